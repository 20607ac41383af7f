using System.Diagnostics;
using System.Net.Sockets;
using Aeterna.Linux;
using Aeterna.Relay.Sides;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Relay;

public class OtherHoldersTests
{
    /// <summary>The first process has a connection and forks; both close it, one after the other.</summary>
    private const string Script = """
        import os, socket, sys
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
        child = os.fork()
        if child == 0:
            os.read(0, 1); s.close(); print('child', flush=True); os.read(0, 1); os._exit(0)
        print(child, flush=True)
        os.wait()
        """;

    [Fact]
    public async Task A_child_that_was_forked_for_a_connection_has_it_until_it_closes_it()
    {
        var folder = Temp.Folder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        listener.Listen();
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-S", "-c", Script, Path.Combine(folder, "s")]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var accepted = await listener.AcceptAsync();
        var child = int.Parse((await process.StandardOutput.ReadLineAsync())!, System.Globalization.CultureInfo.InvariantCulture);
        var theirs = Theirs(process.Id);
        var (none, member) = (new OtherHolders(() => []), new OtherHolders(() => [process.Id, child]));
        Assert.Equal([child], ProcFs.Children(process.Id));
        Assert.True(none.Have(process.Id, theirs));
        Assert.True(none.Have(process.Id, theirs));
        Assert.False(none.Have(child, theirs)); // Its parent is no child of it, and nobody knows it.
        Assert.True(member.Have(child, theirs));
        await process.StandardInput.WriteAsync("x");
        await process.StandardInput.FlushAsync();
        Assert.Equal("child", await process.StandardOutput.ReadLineAsync());
        Assert.False(none.Have(process.Id, theirs));
        Assert.False(member.Have(process.Id, theirs));
        Assert.True(member.Have(child, theirs));
        await process.StandardInput.WriteAsync("x");
        await process.StandardInput.FlushAsync();
        await process.WaitForExitAsync();
        Assert.Empty(ProcFs.Children(process.Id));
        theirs.Dispose();
        Directory.Delete(folder, true);
    }

    // Its socket, as this process has it from here on.
    private static FileDescriptor Theirs(int pid)
    {
        using var handle = PidFd.TryOpen(pid)!;
        var number = ProcFs.Descriptors(pid).Single(fd => ProcFs.SocketInode(pid, fd) is not null);
        return PidFd.GetFd(handle, number);
    }
}
