using Aeterna.Contract;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>What <c>make install</c> and <c>make dist</c> put onto a machine, and what a service notices of it: nothing.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_installed_is_removed_and_nothing_else()
    {
        Shell.Output(Repository.File("src", "install.sh"), _folder, "/usr/local");
        string[] wanted =
        [
            "bin/aeterna", "lib/systemd/system/aeterna@.service", "share/doc/aeterna/README.md", "share/doc/aeterna/examples/systemd/hardening.conf",
            "share/man/man1/aeterna.1", "share/bash-completion/completions/aeterna", "share/zsh/site-functions/_aeterna",
            "share/fish/vendor_completions.d/aeterna.fish", "include/aeterna.h", "lib/libaeterna.a", "lib/pkgconfig/aeterna.pc",
            "share/doc/aeterna/sdk/python/pyproject.toml",
        ];
        Assert.All(wanted, file => Assert.True(File.Exists(At(file)), file));
        Assert.Contains("0.", Shell.Output(At("bin/aeterna"), "version"), StringComparison.Ordinal);
        var module = Directory.GetDirectories(At("share/powershell/Modules/Aeterna")).Single();
        Assert.True(File.Exists(Path.Combine(module, "Aeterna.psd1")) && File.Exists(Directory.GetDirectories(Path.Combine(module, "engine")).Single() + "/aeterna"));

        var mine = At("share/doc/aeterna/mine");
        File.WriteAllText(mine, "");
        Shell.Output(Repository.File("src", "install.sh"), _folder, "/usr/local"); // An upgrade.
        Shell.Output(Repository.File("src", "install.sh"), "--remove", _folder, "/usr/local");
        Assert.Equal([mine], Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Where(entry => !Directory.Exists(entry)));
        var (code, _, error) = Shell.Run(Repository.File("src", "install.sh"), "--remove", _folder, "/usr/local");
        Assert.Equal(1, code);
        Assert.Contains("cannot remove Aeterna: nothing was installed", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_C_program_finds_the_library_by_pkg_config()
    {
        Shell.Output(Repository.File("src", "install.sh"), "", _folder);
        var flags = Shell.Output("/usr/bin/env", $"PKG_CONFIG_PATH={_folder}/lib/pkgconfig", "pkg-config", "--cflags", "--libs", "aeterna");
        Assert.Contains(
            Shell.Output("/usr/bin/env", $"PKG_CONFIG_PATH={_folder}/lib/pkgconfig", "pkg-config", "--modversion", "aeterna").Trim(),
            File.ReadAllText(Repository.File("Directory.Build.props")),
            StringComparison.Ordinal);
        var source = File.ReadAllText(Path.Combine(_folder, "share/doc/aeterna/examples/c-counter/counter.c"));
        Assert.Equal("", Gcc.Compile(source, [.. flags.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), "-o", Path.Combine(_folder, "counter")]));
    }

    [Fact]
    public void The_unit_is_one_that_systemd_takes()
    {
        Shell.Output(Repository.File("src", "install.sh"), "", _folder);
        var unit = Path.Combine(_folder, "lib/systemd/system/aeterna@x.service");
        File.Copy(Path.Combine(_folder, "lib/systemd/system/aeterna@.service"), unit);
        var (code, output, error) = Shell.Run("systemd-analyze", "verify", "--recursive-errors=no", unit);
        Assert.True(code == 0 && output + error == "", output + error);
    }

    [RootFact]
    public async Task Packages_are_installed_upgraded_and_removed_under_a_service_that_goes_on()
    {
        Shell.Output(Repository.File("src", "dist.sh"), Path.Combine(_folder, "out"));
        var package = Directory.GetFiles(Path.Combine(_folder, "out"), "*.deb").Single();
        var listed = Shell.Output("rpm", "-qlp", Directory.GetFiles(Path.Combine(_folder, "out"), "*.rpm").Single()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var root = Path.Combine(_folder, "root");
        foreach (var folder in new[] { "info", "updates", "triggers" })
        {
            Directory.CreateDirectory(Path.Combine(root, "var/lib/dpkg", folder));
        }

        File.WriteAllText(Path.Combine(root, "var/lib/dpkg/status"), "");
        Package(root, "--install", package);
        var program = Path.Combine(root, "usr/bin/aeterna");
        Assert.Equal(
            listed.Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(root, "usr"), "*", SearchOption.AllDirectories).Select(file => "/" + Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal));

        await using var engine = LiveEngine.LaunchUnder(
            ["/bin/sh", "-c", $"shift; exec {program} \"$@\"", "sh"],
            Sleeping("10ms"));
        await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
        var pid = (await engine.Status()).CurrentPid;
        Assert.Contains($"the engine of {engine.Name} is ", Package(root, "--install", package), StringComparison.Ordinal);
        Assert.Equal((pid, Verdict.Succeeded), ((await engine.Status()).CurrentPid, (await engine.Status()).LastUpgrade!.Verdict));
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict);

        // One that cannot be replaced goes on with the program that it was started from.
        engine.Configure(Sleeping("10m"));
        var id = await engine.BeginReload();
        await engine.Until(s => s.FsmState == FsmState.Soaking, "a reload is under way");
        Assert.Contains($"the engine of {engine.Name} goes on", Package(root, "--install", package), StringComparison.Ordinal);
        Assert.Equal(202, (await engine.Ask(HttpMethod.Post, Routes.Rollback)).Status);
        await engine.Finished(id);
        engine.Configure(Sleeping("10ms"));
        pid = (await engine.Status()).CurrentPid;
        pid = (await engine.Status()).CurrentPid;
        Package(root, "--remove", "aeterna");
        Assert.False(File.Exists(program));
        Assert.Equal(pid, (await engine.Status()).CurrentPid);
        Assert.Equal(Verdict.Succeeded, (await engine.Reload()).Verdict); // Also with the program's file gone.
    }

    private static string Sleeping(string soak) =>
        $"version: v1\nservice: {{ name: NAME, command: [\"/bin/sleep\", \"1000\"] }}\norchestration: {{ canary: {{ soak_time: {soak} }} }}\n";

    private string At(string file) => Path.Combine(_folder, "usr/local", file);

    private static string Package(string root, params string[] what) => Shell.Output(
        "dpkg", ["--root", root, "--force-depends", "--force-script-chrootless", "--log=/dev/null", .. what]);
}
