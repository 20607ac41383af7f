using System.Diagnostics;

using Aeterna.Linux;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Linux;

/// <summary>The readers of /proc on a program that has everything open that the kernel has odd words for.</summary>
public class ProcFsTests
{
    private const string Odd = """
        import ctypes, os, select, shutil, socket, sys
        folder = sys.argv[1]
        ctypes.CDLL(None).prctl(15, b'a) S 1 (b\nc')
        def number(name, *flags): return os.open(name, *flags)
        w = os.O_CREAT | os.O_WRONLY
        own = os.open('/proc/self/fd', os.O_RDONLY | os.O_DIRECTORY)
        os.open('/proc/self/fdinfo', os.O_RDONLY | os.O_DIRECTORY)
        os.open('/proc/self', os.O_RDONLY | os.O_DIRECTORY)
        os.open('/proc/thread-self/comm', os.O_RDWR)
        os.open(folder + '/plain', w)
        os.open(folder + '/gone', w); os.unlink(folder + '/gone')
        os.open(folder + '/two\nlines', w)
        os.open(folder.encode() + b'/\xff\xfe', w)
        os.open(folder + '/socket:[1]', w)
        deep = os.open(folder, os.O_RDONLY)
        for _ in range(20):
            os.mkdir('d' * 250, dir_fd=deep)
            deep = os.open('d' * 250, os.O_RDONLY, dir_fd=deep)
        os.open('too-deep', w, dir_fd=deep)
        os.memfd_create('x'); os.pipe(); os.eventfd(0); os.pidfd_open(os.getpid()); e = select.epoll()
        s = socket.socket(); os.dup2(s.fileno(), 250); s.close()
        print(own, flush=True)
        sys.stdin.read()
        shutil.rmtree(folder) # Nobody else can: no whole path is short enough.
        """;

    [Fact]
    public void Whatever_a_program_has_open_can_be_read()
    {
        var folder = Temp.Folder();
        var script = Path.Combine(folder, "odd.py");
        File.WriteAllText(script, Odd);
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-S", script, folder]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var own = int.Parse(process.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal($"/proc/{process.Id}/fd", ProcFs.DescriptorTarget(process.Id, own));
        var targets = ProcFs.Descriptors(process.Id).Select(fd => ProcFs.DescriptorTarget(process.Id, fd)).ToList();
        Assert.Contains("anon_inode:[eventpoll]", targets);
        Assert.Contains("anon_inode:[eventfd]", targets);
        Assert.Contains($"{folder}/gone (deleted)", targets);
        Assert.Contains($"{folder}/two\nlines", targets);
        Assert.Contains(null, targets); // Longer than PATH_MAX.
        Assert.Contains(targets, t => t?.StartsWith("pipe:[", StringComparison.Ordinal) == true);
        Assert.Equal([$"{folder}/plain", $"{folder}/socket:[1]", $"{folder}/two\nlines"], ProcFs.FilesWritten(process.Id).Order(StringComparer.Ordinal));

        Assert.NotNull(ProcFs.SocketInode(process.Id, 250));
        Assert.Equal(1, ProcFs.Descriptors(process.Id).Count(fd => ProcFs.SocketInode(process.Id, fd) is not null));
        Assert.True(ProcFs.HasDescriptor(process.Id, own));
        Assert.False(ProcFs.HasDescriptor(process.Id, 999));
        Assert.Equal(Environment.ProcessId, ProcFs.Stat(process.Id)?.Parent);
        Assert.Equal("a) S 1 (b\nc", ProcThreads.Of(process.Id).Single().Name);
        Assert.Equal(process.Id, ProcFs.ThreadGroup(process.Id));
        Assert.All(ProcFs.Descriptors(process.Id), fd => Assert.NotNull(ProcFs.DescriptorFlags(process.Id, fd)));

        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Null(ProcFs.DescriptorTarget(process.Id, own));
        Assert.Empty(ProcFs.FilesWritten(process.Id));
        Assert.Null(ProcFs.Stat(process.Id));
        Assert.Null(ProcFs.OpenFileLimit(process.Id));
        Assert.Empty(ProcThreads.Of(process.Id));
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData("64", 64ul)]
    [InlineData("unlimited", null)]
    public void The_limit_of_descriptors_of_another_users_process_needs_no_privilege(string soft, ulong? limit)
    {
        // The hard limit is the engine's; "unlimited" is for whoever may.
        var script = $"ulimit -Sn {soft} 2> /dev/null || ulimit -Sn 77; echo; read x";
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.StandardOutput.ReadLine();
        ulong? found = null;
        Unprivileged.Run(() => found = ProcFs.OpenFileLimit(process.Id), 65_534);
        Assert.Equal(limit ?? (found == 77 ? 77 : ResourceLimit.Infinity), found);
        process.StandardInput.Close();
        process.WaitForExit();
    }
}
