using System.Diagnostics;

using Aeterna.Broker;
using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Load;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>What is denied to the engine is found out at the start, or does not matter.</summary>
public class RightsProbeTests
{
    private const string Bind = """
        import errno, os, socket, sys, time
        os.umask(int(sys.argv[1], 8))
        s = socket.socket(socket.AF_UNIX)
        try: s.bind(sys.argv[2]); said = 'bound'
        except OSError as e: said = errno.errorcode[e.errno]
        with open(sys.argv[3] + '.new', 'w') as f: f.write(said)
        os.rename(sys.argv[3] + '.new', sys.argv[3])
        time.sleep(1000)
        """;

    [Fact]
    public async Task A_service_whose_sockets_cannot_be_taken_over_is_not_started()
    {
        await using var rig = new Rig();
        var refused = Assert.Throws<StartException>(() => Denied.Run([Denied.PidfdGetfd], () => rig.Start("/bin/sleep", "1000")));
        Assert.StartsWith("cannot start /bin/sleep: the engine may not look into its processes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("pidfd_getfd: operation not permitted (run the engine as root", refused.Message, StringComparison.Ordinal);
        await Temp.Until(() => rig.Reaper.Count == 0, "the process that was started for it is gone");
    }

    [RootFact]
    public void Another_users_process_is_out_of_reach_without_the_capability()
    {
        using var process = Process.Start("/bin/sleep", "1000");
        string? lacking = null;
        Unprivileged.Run(() => lacking = RightsProbe.Lacking(process.Id), 65_534);
        Assert.Contains("CAP_SYS_PTRACE", lacking, StringComparison.Ordinal);
        Assert.Null(RightsProbe.Lacking(process.Id));
        process.Kill();
        process.WaitForExit();
        Assert.Null(RightsProbe.Lacking(process.Id));
    }

    [Fact]
    public async Task Memory_is_read_and_written_by_its_file_where_the_calls_are_denied()
    {
        await using var rig = new Rig();
        var port = Ports.Next();
        var generation = Denied.Run(
            [Denied.ProcessVmReadv, Denied.ProcessVmWritev], () => rig.StartPython(CaptureTests.Server, "tcp", $"{port}"));
        Assert.Null(await generation.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        Assert.Contains(Temp.Tcp(port), rig.Listeners.HeldBy(1));
    }

    [Fact]
    public async Task Without_unshare_a_program_that_stands_where_the_engine_does_is_served_and_another_is_told()
    {
        await using var rig = new Rig();
        Assert.Equal("bound", await Said(rig, "0"));
        var umask = ProcFs.StatusField(Environment.ProcessId, "Umask")!;
        Assert.Equal("bound", await Denied.Run([Denied.Unshare], () => Said(rig, umask)));
        Assert.Equal("EPERM", await Denied.Run([Denied.Unshare], () => Said(rig, umask == "0007" ? "0070" : "0007")));
        Assert.Equal(2, rig.Listeners.Report().Count);
    }

    [Fact]
    public void Without_unshare_the_engines_own_sockets_have_their_mode_all_the_same()
    {
        var folder = Temp.Folder();
        var path = Path.Combine(folder, "own.sock");
        using var socket = new FileDescriptor(LibC.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
        using var file = Denied.Run([Denied.Unshare], () => SocketFile.Bind(socket, path, null));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        file.Remove();
        Directory.Delete(folder);
    }

    private static Task<string> Said(Rig rig, string umask)
    {
        var said = Path.Combine(rig.Directory, $"said-{rig.Generations.Count}");
        rig.StartPython(Bind, umask, Path.Combine(rig.Directory, $"socket{rig.Generations.Count}"), said);
        return Read(said);

        static async Task<string> Read(string said)
        {
            await Temp.Until(() => File.Exists(said), "an answer");
            return await File.ReadAllTextAsync(said);
        }
    }
}
