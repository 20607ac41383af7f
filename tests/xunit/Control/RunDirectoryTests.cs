using System.Net.Sockets;
using System.Text;
using Aeterna.Configuration;
using Aeterna.Control;
using Aeterna.Linux;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

public sealed class RunDirectoryTests : IDisposable
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly ScratchDirectory _scratch = new();

    private EnginePaths Paths => EnginePaths.For("rsyslogd", root: false, name => name == "XDG_RUNTIME_DIR" ? _scratch.Path : null);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Makes_the_directories_and_writes_the_process_id()
    {
        using var run = Take();

        Assert.Equal(OnlyOwner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute, File.GetUnixFileMode(Paths.RunDirectory));
        Assert.Equal(OnlyOwner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute, File.GetUnixFileMode(_scratch["aeterna"]));
        Assert.Equal($"{Environment.ProcessId}\n", ReadPidFile());
    }

    [Fact]
    public void A_second_engine_of_the_name_is_refused_until_the_first_has_ended()
    {
        using (Take())
        {
            Assert.Equal(
                $"cannot start rsyslogd: an engine with this name is running as pid {Environment.ProcessId} (aeterna status -n rsyslogd, or aeterna stop -n rsyslogd)",
                Assert.Throws<EngineStartException>(Take).Message);
        }

        Take().Dispose();
        Assert.False(File.Exists(Paths.PidFile));
    }

    [Fact]
    public void The_pid_file_of_a_killed_engine_is_no_obstacle()
    {
        Directory.CreateDirectory(Paths.RunDirectory);
        File.WriteAllText(Paths.PidFile, "123456789 and a long rest of something");
        using var run = Take();

        Assert.Equal($"{Environment.ProcessId}\n", ReadPidFile());
    }

    [Fact]
    public void A_control_socket_elsewhere_is_found_by_name_too()
    {
        var elsewhere = Paths with { ControlSocket = _scratch["mine.sock"] };
        using (var run = RunDirectory.Take("rsyslogd", elsewhere, Environment.ProcessId))
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(_scratch["mine.sock"]));
            listener.Listen();
            run.PointToSocket();

            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(Paths.ControlSocket));
        }

        Assert.Empty(Directory.GetFileSystemEntries(Paths.RunDirectory));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("open")]
    public void A_place_that_cannot_be_used_or_trusted_is_refused_in_one_sentence(string kind)
    {
        switch (kind)
        {
            case "file":
                File.WriteAllText(_scratch["aeterna"], "");
                break;
            case "open":
                Directory.CreateDirectory(_scratch["aeterna"]);
                File.SetUnixFileMode(_scratch["aeterna"], OnlyOwner | UnixFileMode.OtherWrite);
                break;
        }

        Refused();
    }

    [RootTheory]
    [InlineData("link")]
    [InlineData("folder")]
    [InlineData("above")]
    public void What_another_user_can_exchange_is_refused(string kind)
    {
        Directory.CreateDirectory(_scratch["other"]);
        switch (kind)
        {
            case "link":
                File.CreateSymbolicLink(_scratch["aeterna"], _scratch["other"]);
                Shell.Output("chown", "-h", "nobody", _scratch["aeterna"]);
                break;
            case "folder":
                Directory.CreateDirectory(_scratch["aeterna"]);
                Shell.Output("chown", "nobody", _scratch["aeterna"]);
                break;
            default:
                Shell.Output("chown", "nobody", _scratch.Path);
                break;
        }

        Refused();
    }

    private void Refused()
    {
        var message = Assert.Throws<EngineStartException>(Take).Message;
        Assert.StartsWith($"cannot start rsyslogd: cannot use the run directory {Paths.RunDirectory}: ", message, StringComparison.Ordinal);
        Assert.EndsWith("(start the engine as root, or set XDG_RUNTIME_DIR to a directory of your own)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pid_file_that_is_a_link_is_not_followed()
    {
        Directory.CreateDirectory(Paths.RunDirectory);
        File.WriteAllText(_scratch["precious"], "precious");
        File.CreateSymbolicLink(Paths.PidFile, _scratch["precious"]);

        Assert.Contains("symbolic link", Assert.Throws<EngineStartException>(Take).Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_scratch["precious"]));
    }

    // File.ReadAllText would ask for a lock of its own.
    private string ReadPidFile()
    {
        using var file = PlainFile.OpenUnlocked(Paths.PidFile);
        var text = new byte[100];
        return Encoding.ASCII.GetString(text, 0, RandomAccess.Read(file, text, 0));
    }

    private RunDirectory Take() => RunDirectory.Take("rsyslogd", Paths, Environment.ProcessId);
}
