using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Linux;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Linux;

/// <summary>What holds TCP back without refusing or losing any of it, and what keeps the name of a socket.</summary>
public class SocketFilterTests
{
    [Fact]
    public async Task Bytes_that_do_not_come_through_come_when_the_filter_is_gone()
    {
        var (client, server, listener) = await Connected();
        using (client)
        using (server)
        using (listener)
        {
            Assert.False(SocketFilter.IsOn((int)server.Handle));
            SocketFilter.Attach((int)server.Handle, SocketFilter.NoBytes);
            Assert.True(SocketFilter.IsOn((int)server.Handle));
            await server.SendAsync(Encoding.ASCII.GetBytes("the other way"));
            Assert.Equal(13, await client.ReceiveAsync(new byte[20])); // Acknowledgements come through.
            await client.SendAsync(Encoding.ASCII.GetBytes("bytes"));
            await Temp.Until(() => Retransmission.IsUnderWay(client), "it is sent again");
            Assert.Equal(0, server.Available);
            Assert.True(SocketFilter.Detach((int)server.Handle));
            Assert.Equal(5, await server.ReceiveAsync(new byte[20]));
            SocketFilter.Attach((int)server.Handle, SocketFilter.NoBytes);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await server.ReceiveAsync(new byte[20])); // So does the end.
        }
    }

    [Fact]
    public async Task Who_connects_to_a_listener_behind_a_filter_waits_and_is_not_refused()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        SocketFilter.Attach((int)listener.Handle, SocketFilter.Nothing);
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var connecting = client.ConnectAsync(listener.LocalEndPoint!);
        await Temp.Until(() => connecting.IsCompleted || Retransmission.IsUnderWay(client), "it tries again");
        Assert.False(connecting.IsCompleted);
        Assert.Equal(0, SocketQueues.Waiting((int)listener.Handle));
        SocketFilter.Detach((int)listener.Handle);
        await connecting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Connections_are_known_when_a_program_has_accepted_them()
    {
        var (client, server, listener) = await Connected();
        using (listener)
        using (client)
        {
            var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
            var inode = ProcFs.SocketInode(Environment.ProcessId, (int)server.Handle)!.Value;
            Assert.Equal([inode], ServedConnections.On(new HashSet<int> { port }));
            server.Dispose();
            Assert.Empty(ServedConnections.On(new HashSet<int> { port }));
        }
    }

    [RootFact]
    public void A_name_with_a_mount_on_it_is_not_removed_and_leads_to_the_same_file()
    {
        // As /var/run is a link: what counts is where it leads.
        var (folder, link) = (Temp.Folder(), Temp.Folder() + "/link");
        File.CreateSymbolicLink(link, folder);
        var path = Path.Combine(folder, "a socket");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        var inode = ProcFs.SocketInode(Environment.ProcessId, (int)socket.Handle)!.Value;
        Assert.Equal([inode], UnixTable.At(path, isDatagram: true));
        Assert.Empty(UnixTable.At(path, isDatagram: false));
        using (var place = FilePlace.Resolve(UnixFiles.AT_FDCWD, Path.Combine(link, "a socket"))!)
        using (var mount = BindMount.Of(place))
        {
            Assert.True(mount.IsSeenBy(Environment.ProcessId));
            Assert.False(Shell.Run("/bin/rm", "-f", path).Code == 0);
            using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(path));
        }

        Assert.True(File.Exists(path));
        Assert.Equal(0, Shell.Run("/bin/rm", path).Code);
        Directory.Delete(folder);
        Directory.Delete(Path.GetDirectoryName(link)!, recursive: true);
    }

    /// <summary>Whoever may write in the folder may put a link to a foreign file there.</summary>
    [RootFact]
    public void What_is_no_socket_is_not_mounted()
    {
        var folder = Temp.Folder();
        File.CreateSymbolicLink($"{folder}/a", "/etc/passwd");
        File.WriteAllText($"{folder}/b", "");
        foreach (var name in new[] { "a", "b", "c" })
        {
            using var place = FilePlace.Resolve(UnixFiles.AT_FDCWD, $"{folder}/{name}")!;
            Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => BindMount.Of(place)).Number);
        }

        Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(folder, StringComparison.Ordinal) || line.Contains("/etc/passwd", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<(Socket Client, Socket Server, Socket Listener)> Connected()
    {
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        return (client, await listener.AcceptAsync(), listener);
    }
}
