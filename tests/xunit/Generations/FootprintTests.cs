using System.Text.RegularExpressions;
using Aeterna.Generations;
using Aeterna.Generations.Footprints;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>What real programs show of things that a second process beside them would spoil.</summary>
public class FootprintTests
{
    [Theory]
    [InlineData("f = open(D + '/data', 'w')", "has D/data open for writing")]
    [InlineData("f = open(D + '/append.aof', 'a')", "has D/append.aof open for writing")]
    [InlineData("f = open(D + '/own.log', 'w')", "has D/own.log open for writing")]
    [InlineData("f = open(D + '/l.lock', 'w'); fcntl.flock(f, fcntl.LOCK_EX)", "holds a lock on D/l.lock")]
    [InlineData("f = open(D + '/l.log', 'a'); fcntl.lockf(f, fcntl.LOCK_EX)", "holds a lock on D/l.log")]
    [InlineData("os.mkfifo(D + '/pipe'); f = os.open(D + '/pipe', os.O_RDWR)", "reads the pipe D/pipe")]
    [InlineData("open(D + '/m', 'wb').write(bytes(4096)); f = open(D + '/m', 'r+b'); libc.mmap(None, ctypes.c_size_t(4096), 3, 1, f.fileno(), ctypes.c_long(0)); f.close()", "has D/m in its memory for writing")]
    [InlineData("open(D + '/t', 'w').close(); os.replace(D + '/t', D + '/store')", "has put a new D/store in the place of an old one")]
    [InlineData("open(D + '/a.pid', 'w').write(str(os.getpid()) + '\\n')", "keeps its process id in D/a.pid", "--pid=D/a.pid")]
    [InlineData("", "was given the name D/none/../store.json, which it may write to", "D/none/../store.json")]
    [InlineData("", "was given the name D/new, which it may write to", "--db", "sqlite:D/new")]
    [InlineData("", "was given the folder D, which it may write to", "-dD")]
    [InlineData("os.chdir(D)", "was given the name D/kv.json, which it may write to", "kv.json")]
    [InlineData("child = os.fork()\nif child == 0: f = open(D + '/data', 'w'); signal.pause()", "has D/data open for writing")]
    public async Task What_it_has_or_was_given_shows(string script, string shown, params string[] arguments)
    {
        await using var rig = new Rig();
        var generation = await Up(rig, script, arguments);
        // In one pass: the folder's own name may end in a D, too.
        var wanted = Regex.Replace(shown, @"\bD(/none/\.\.)?(?=[/,])", rig.Directory);
        await Temp.Until(() => generation.Footprint() == wanted, $"{wanted}; it shows {generation.Footprint()}");
    }

    [Theory]
    [InlineData("s = socket.create_server(('127.0.0.1', 0))")]
    [InlineData("f = open(D + '/own.log', 'a')")]
    [InlineData("f = tempfile.TemporaryFile(); g = tempfile.NamedTemporaryFile(dir='/tmp')")]
    [InlineData("f = open(D + '/gone', 'w'); os.unlink(D + '/gone')")]
    [InlineData("f = open(os.environ['AETERNA_INSTANCE_DIR'] + '/mine', 'w')")]
    [InlineData("f = open(D + '/x.%d.tmp' % os.getpid(), 'w')")]
    [InlineData("open(D + '/a.log.1', 'w').close(); open(D + '/t', 'w').close(); os.replace(D + '/t', D + '/a.log')")]
    [InlineData("f = [open('/dev/null', 'r+'), open('/dev/urandom', 'rb')]")]
    [InlineData("", "--config", "D/a.yaml", "--threads=4", "--listen", "0.0.0.0:80", "http://example.org/a/b", "/health", "/api/v1", "-v", "1.5", "D/settings.json")]
    [InlineData("", "-cp", "D")]
    [InlineData("", "/usr/share/doc", "/etc/hostname", "/tmp", "/var/log/a/b.log", "D/a.sock", "/nowhere/at/all")]
    public async Task What_does_no_harm_does_not(string script, params string[] arguments)
    {
        await using var rig = new Rig();
        var generation = await Up(rig, script, arguments);
        Assert.Null(generation.Footprint());
    }

    [Fact]
    public async Task A_file_that_it_follows_shows_and_one_that_was_there_before_does_not()
    {
        await using var rig = new Rig();
        File.WriteAllText(rig.Directory + "/in", "one\n");
        File.SetLastWriteTimeUtc(rig.Directory + "/in", DateTime.UtcNow.AddDays(-1));
        var generation = await Up(rig, "f = open(D + '/in'); f.read()");
        Assert.Null(generation.Footprint());
        File.AppendAllText(rig.Directory + "/in", "two\n");
        Assert.Equal($"reads {rig.Directory}/in, which grows", generation.Footprint());
    }

    [RootFact]
    public async Task A_packet_socket_and_a_raw_one_show()
    {
        await using var rig = new Rig();
        var packet = await Up(rig, "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)");
        Assert.Equal("has a packet socket", packet.Footprint());
        var raw = await Up(rig, "s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)");
        Assert.Equal("has a raw socket", raw.Footprint());
    }

    [Fact]
    public async Task What_one_generation_renames_at_its_end_tells_of_the_next()
    {
        await using var rig = new Rig();
        const string store = "def end(*_): open(D + '/t', 'w').close(); os.replace(D + '/t', D + '/store'); os._exit(0)\nsignal.signal(15, end)";
        var first = await Up(rig, store);
        Assert.Null(first.Footprint());
        first.Signal(15);
        await first.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal($"has put a new {rig.Directory}/store in the place of an old one", (await Up(rig, store)).Footprint());
    }

    [RootFact]
    public async Task A_folder_that_its_user_may_not_write_to_is_none()
    {
        await using var rig = new Rig();
        var folder = Directory.CreateDirectory(rig.Directory + "/data").FullName;
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)493); // 0755
        File.SetUnixFileMode(folder, (UnixFileMode)493);
        var file = rig.Directory + "/p.py";
        File.WriteAllText(file, "import threading; threading.Event().wait()");
        var service = new ServicePlan { Name = "test", Command = ["/usr/bin/python3", "-S", file, folder + "/new"], User = "nobody" };
        Assert.Null(rig.Start(service).Footprint());
        File.SetUnixFileMode(folder, (UnixFileMode)511); // 0777
        Assert.Equal($"was given the name {folder}/new, which it may write to", rig.Start(service).Footprint());
    }

    [Fact]
    public void A_number_in_a_name_is_a_word_of_its_own()
    {
        Assert.True(PathKinds.HasNumber("a.12.tmp", 12));
        Assert.True(PathKinds.HasNumber("12", 12));
        Assert.False(PathKinds.HasNumber("a.123", 12));
        Assert.False(PathKinds.HasNumber("312", 12));
        Assert.True(PathKinds.HasNumber("112-12", 12));
    }

    private static async Task<IGeneration> Up(Rig rig, string script, params string[] arguments)
    {
        var up = Path.Combine(rig.Directory, $"up{rig.Generations.Count}.sock");
        var generation = rig.StartPython(
            $"""
            import ctypes, fcntl, os, signal, socket, sys, tempfile, threading
            libc = ctypes.CDLL(None)
            D = os.path.dirname(sys.argv[0])
            {script}
            os.mkfifo('{up}')
            threading.Event().wait()
            """,
            [.. arguments.Select(a => a.StartsWith("D/", StringComparison.Ordinal) ? rig.Directory + a[1..]
                : a.EndsWith('D') ? a[..^1] + rig.Directory
                : a.Replace("=D/", $"={rig.Directory}/", StringComparison.Ordinal).Replace(":D/", $":{rig.Directory}/", StringComparison.Ordinal))]);
        await Temp.Until(() => File.Exists(up) || generation.Exited.IsCompleted, "it runs");
        return generation;
    }
}
