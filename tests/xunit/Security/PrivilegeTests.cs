using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>What a service keeps of the ways to more privileges, and what the engine's own user has to itself.</summary>
public class PrivilegeTests
{
    [RootTheory]
    [InlineData("65534", null, "1")]
    [InlineData("65534", false, "0")]
    [InlineData("65534", true, "1")]
    [InlineData(null, null, "0")]
    [InlineData(null, true, "1")]
    public async Task A_service_with_a_user_of_its_own_gets_no_new_privileges(string? user, bool? configured, string expected)
    {
        await using var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)1023);
        var file = Path.Combine(rig.Directory, "told");
        var generation = rig.Start(new ServicePlan
        {
            Name = "test",
            Command = ["/bin/sh", "-c", $"grep NoNewPrivs /proc/self/status > {file}"],
            User = user,
            NoNewPrivileges = configured,
        });
        Assert.Equal(0, (await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
        Assert.Equal($"NoNewPrivs:\t{expected}", File.ReadAllText(file).Trim());
    }

    [RootFact]
    public async Task A_program_with_privileges_of_its_own_keeps_them_unless_that_is_configured()
    {
        await using var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)1023);
        var program = Path.Combine(rig.Directory, "python");
        File.Copy("/proc/self/exe", program); // Any file will do to be looked at.
        Assert.False(FilePrivileges.Of(program));
        File.SetUnixFileMode(program, UnixFileMode.SetUser | (UnixFileMode)0x1ED);
        Assert.True(FilePrivileges.Of(program));
        File.SetUnixFileMode(program, UnixFileMode.SetGroup | (UnixFileMode)0x1ED);
        Assert.True(FilePrivileges.Of(program));
        Assert.False(FilePrivileges.Of("/no/such/file"));

        // It copies what the kernel says of it.
        var (copier, said) = (Path.Combine(rig.Directory, "cp"), Path.Combine(rig.Directory, "said"));
        File.Copy("/bin/cp", copier);
        File.SetUnixFileMode(copier, UnixFileMode.SetUser | (UnixFileMode)0x1ED);
        foreach (var (configured, expected) in new[] { (default(bool?), 0), (true, 1) })
        {
            var generation = rig.Start(new ServicePlan { Name = "test", Command = [copier, "/proc/self/status", said], User = "65534", NoNewPrivileges = configured });
            Assert.Equal(0, (await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
            Assert.Contains($"NoNewPrivs:\t{expected}\n", File.ReadAllText(said), StringComparison.Ordinal);
            File.Delete(said);
        }
    }

    [Fact]
    public void Without_folders_of_his_own_a_users_files_go_where_nobody_elses_do()
    {
        var uid = Libc.geteuid();
        Assert.Equal($"/tmp/aeterna-{uid}", OwnFolder.Path);
        var paths = EnginePaths.For("mine", root: false, _ => null);
        Assert.Equal($"/tmp/aeterna-{uid}/aeterna/mine", paths.RunDirectory);
        Assert.Equal($"/tmp/aeterna-{uid}/.local/state/aeterna/mine", paths.HistoryDirectory);
    }
}
