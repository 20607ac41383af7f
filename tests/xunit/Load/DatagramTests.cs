using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Load.Running;
using Aeterna.Load.Senders;
using Xunit;

namespace Aeterna.Tests.Load;

public sealed class DatagramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aeterna-test-").FullName;

    private string UnixPath => Path.Combine(_folder, "log.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Udp_counts_what_it_sent_exactly()
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var received = new List<(string Source, long Connection, long Number)>();
        var plan = new LoadPlan { Duration = TimeSpan.FromMinutes(1), Udp = new UdpPlan((IPEndPoint)receiver.LocalEndPoint!, 200) };
        var report = await LoadSupport.RunUntil(plan, r =>
        {
            Drain(receiver, received);
            return r.Senders[0].Messages >= 50;
        });
        await LoadSupport.Until(() =>
        {
            Drain(receiver, received);
            return received.Count >= report.Senders[0].Messages;
        });
        Assert.Equal(report.Senders[0].Messages, received.Count);
        Assert.Equal(8, received.Select(m => m.Source).Distinct().Count());
        foreach (var source in report.Sources)
        {
            Assert.Equal(source.Last, received.Count(m => m.Source == source.Id));
        }
    }

    [Fact]
    public async Task Udp_counts_refusals_that_connected_ports_are_told_of()
    {
        int port;
        using (var gone = TcpPeer.Refusing(ProtocolType.Udp))
        {
            port = ((IPEndPoint)gone.LocalEndPoint!).Port;
        }

        var plan = new LoadPlan { Duration = TimeSpan.FromMinutes(1), Udp = new UdpPlan(new IPEndPoint(IPAddress.Loopback, port), 500) };
        var sender = (await LoadSupport.RunUntil(plan, r => r.Senders[0].Refused >= 20)).Senders[0];
        Assert.Equal(0, sender.Local);
    }

    [Fact]
    public async Task Unix_sends_nothing_while_there_is_no_path()
    {
        var plan = new LoadPlan { Duration = TimeSpan.FromMinutes(1), Unix = new UnixPlan(UnixPath, 500) };
        var sender = (await LoadSupport.RunUntil(plan, r => r.Senders[0].PathGone >= 10)).Senders[0];
        Assert.Equal((sender.Attempted, 0), (sender.PathGone, sender.Messages));
    }

    [Fact]
    public async Task Unix_counts_a_path_that_is_gone_and_finds_it_again()
    {
        var plan = new LoadPlan { Duration = TimeSpan.FromMinutes(1), Unix = new UnixPlan(UnixPath, 500) };
        await using var run = LoadRun.Start(plan);
        await LoadSupport.Until(() => run.Report().Senders[0].PathGone >= 10);

        var received = new List<(string Source, long Connection, long Number)>();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var receiver = Bound(UnixPath);
            await WaitForMore(receiver, received);
            File.Delete(UnixPath);
            Drain(receiver, received);
        }

        await run.Stop();
        var sender = run.Report().Senders[0];
        Assert.Equal(sender.Attempted, sender.Messages + sender.PathGone);

        // What was on its way when a receiver was closed is lost; nothing else is.
        Assert.InRange(received.Count, 1, sender.Messages);
        Assert.Equal(["x0", "x1"], received.Select(m => m.Source).Distinct().Order());
    }

    [Fact]
    public async Task Unix_follows_a_socket_that_takes_the_path_without_a_gap()
    {
        var received = new List<(string Source, long Connection, long Number)>();
        var first = PutInPlace("first");
        var plan = new LoadPlan { Duration = TimeSpan.FromMinutes(1), Unix = new UnixPlan(UnixPath, 500) };
        await using var run = LoadRun.Start(plan);
        await WaitForMore(first, received);
        using var second = PutInPlace("second");
        first.Dispose();
        await WaitForMore(second, received);
        await run.Stop();
        Assert.Equal(0, run.Report().Senders[0].PathGone);
    }

    // Bound elsewhere and moved: .NET unlinks the path that a socket was bound to when it closes it.
    private Socket PutInPlace(string name)
    {
        var elsewhere = Path.Combine(_folder, name);
        var socket = Bound(elsewhere);
        File.Move(elsewhere, UnixPath, overwrite: true);
        return socket;
    }

    private static Socket Bound(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    // Both sources must reach this receiver: the one that stays connected has then connected again.
    private static async Task WaitForMore(Socket receiver, List<(string Source, long Connection, long Number)> received)
    {
        var before = received.Count;
        await LoadSupport.Until(() =>
        {
            Drain(receiver, received);
            return received.Skip(before).Select(m => m.Source).Distinct().Count() == 2 && received.Count >= before + 50;
        });
    }

    private static void Drain(Socket receiver, List<(string Source, long Connection, long Number)> received)
    {
        var buffer = new byte[16 * 1024];
        while (receiver.Available > 0)
        {
            received.Add(Frames.Read(Encoding.ASCII.GetString(buffer, 0, receiver.Receive(buffer))));
        }
    }
}
