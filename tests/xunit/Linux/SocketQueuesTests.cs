using System.Net;
using System.Net.Sockets;
using Aeterna.Linux;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Linux;

/// <summary>What the kernel tells of bytes that have gone through a socket: by it an engine that goes on after a death knows what was done.</summary>
public class SocketQueuesTests
{
    [Fact]
    public async Task What_was_taken_out_of_a_connection_is_told_to_the_byte_also_after_its_end()
    {
        using var listener = Listening();
        using var client = ConnectedTo(listener);
        using var server = listener.Accept();
        var fd = (int)server.Handle;
        Assert.Equal(0, SocketQueues.TakenFrom(fd));
        client.Send(new byte[1000]);
        await Temp.Until(() => server.Available == 1000, "it has arrived");
        Assert.Equal(0, SocketQueues.TakenFrom(fd));
        Assert.Equal(300, server.Receive(new byte[300]));
        Assert.Equal(300, SocketQueues.TakenFrom(fd));
        client.Shutdown(SocketShutdown.Send);
        await Temp.Until(() => server.Poll(0, SelectMode.SelectRead) && Ended(fd), "the end has arrived");
        Assert.Equal(300, SocketQueues.TakenFrom(fd));
        Assert.Equal(700, server.Receive(new byte[2000]));
        Assert.Equal(1000, SocketQueues.TakenFrom(fd));
        Assert.Equal(0, server.Receive(new byte[10]));
        Assert.Equal(1000, SocketQueues.TakenFrom(fd));
    }

    [Fact]
    public async Task What_was_written_to_an_accepted_connection_is_told_to_the_byte_whoever_has_read_how_much()
    {
        using var listener = Listening();
        using var client = ConnectedTo(listener);
        using var server = listener.Accept();
        var fd = (int)server.Handle;
        Assert.Equal(0, SocketQueues.Written(fd));
        server.Blocking = false;
        long written = 0;
        for (int count; (count = server.Send(new byte[100_000], SocketFlags.None, out var error)) > 0 || error == SocketError.Success;)
        {
            written += count;
            Assert.Equal(written, SocketQueues.Written(fd));
        }

        for (var read = 0L; read < written;)
        {
            read += client.Receive(new byte[50_000]);
            Assert.Equal(written, SocketQueues.Written(fd));
        }

        await Temp.Until(() => Libc.Unsent(fd) == 0, "all is acknowledged");
        Assert.Equal(written, SocketQueues.Written(fd));
    }

    [Fact]
    public void What_was_taken_out_of_a_unix_stream_is_counted()
    {
        var (ours, theirs) = Pair();
        using (ours)
        using (theirs)
        {
            Assert.Null(SocketQueues.Taken((int)ours.Handle));
            SocketQueues.CountTaken((int)ours.Handle);
            theirs.Send(new byte[50]);
            Assert.Equal(0, SocketQueues.Taken((int)ours.Handle));
            Assert.Equal(20, ours.Receive(new byte[20]));
            Assert.Equal(20, SocketQueues.Taken((int)ours.Handle));
            Assert.Equal(30, ours.Receive(new byte[90]));
            Assert.Equal(50, SocketQueues.Taken((int)ours.Handle));
        }
    }

    [Fact]
    public void What_came_to_a_unix_stream_is_counted_whoever_has_read_how_much()
    {
        var (ours, theirs) = Pair();
        using (ours)
        using (theirs)
        {
            Assert.Null(SocketQueues.CameTo((int)theirs.Handle));
            ours.Send(new byte[50]);
            SocketQueues.CountTaken((int)theirs.Handle); // What is unread counts.
            Assert.Equal(50, SocketQueues.CameTo((int)theirs.Handle));
            ours.Send(new byte[70]);
            Assert.Equal(120, SocketQueues.CameTo((int)theirs.Handle));
            Assert.Equal(100, theirs.Receive(new byte[100]));
            Assert.Equal(120, SocketQueues.CameTo((int)theirs.Handle));
            Assert.Equal(20, theirs.Receive(new byte[100]));
            Assert.Equal(120, SocketQueues.CameTo((int)theirs.Handle));
            SocketQueues.CountNoMore((int)theirs.Handle);
            ours.Send([7]);
            Assert.Null(SocketQueues.CameTo((int)theirs.Handle));
            Assert.Equal([7], Libc.Look((int)theirs.Handle));
        }
    }

    [Fact]
    public void Of_what_is_no_such_socket_nothing_is_told()
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Null(SocketQueues.TakenFrom((int)udp.Handle));
        Assert.Null(SocketQueues.Written((int)udp.Handle));
        var (ours, theirs) = Pair();
        using (ours)
        using (theirs)
        {
            Assert.Null(SocketQueues.TakenFrom((int)ours.Handle));
            Assert.Null(SocketQueues.Written((int)ours.Handle));
        }
    }

    private static bool Ended(int fd) => Libc.GetOption(fd, Libc.IPPROTO_TCP, 11) is { } state && (byte)state == 8; // TCP_INFO begins with the state: TCP_CLOSE_WAIT.

    private static Socket Listening()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static Socket ConnectedTo(Socket listener)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        return client;
    }

    private static (Socket Ours, Socket Theirs) Pair()
    {
        var path = Path.Combine(Temp.Folder(), "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var ours = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        ours.Connect(new UnixDomainSocketEndPoint(path));
        var theirs = listener.Accept();
        Directory.Delete(Path.GetDirectoryName(path)!, true);
        return (ours, theirs);
    }
}
