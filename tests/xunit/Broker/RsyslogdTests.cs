using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Generations;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>The stock rsyslogd on the broker: TCP, UDP (both families) and a unix datagram socket.</summary>
public class RsyslogdTests
{
    [Fact]
    public async Task Two_rsyslogds_in_turn_on_the_same_sockets()
    {
        await using var rig = new Rig();
        var (port, log) = (Ports.Next(), Path.Combine(rig.Directory, "log"));
        File.WriteAllText(Path.Combine(rig.Directory, "rsyslog.conf"), $$"""
            global(workDirectory="{{rig.Directory}}")
            module(load="imtcp")
            module(load="imudp")
            module(load="imuxsock" SysSock.Use="off")
            input(type="imtcp" port="{{port}}")
            input(type="imudp" port="{{port}}")
            input(type="imuxsock" Socket="{{log}}" CreatePath="off" RateLimit.Interval="0")
            template(name="out" type="string" string="{{rig.Directory}}/out-%$.gen%.log")
            template(name="line" type="string" string="%rawmsg%\n")
            set $.gen = getenv("AETERNA_GENERATION");
            action(type="omfile" dynaFile="out" template="line")
            """);
        var service = new ServicePlan
        {
            Name = "rsyslogd",
            Command = ["/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", Path.Combine(rig.Directory, "rsyslog.conf")],
            Profile = new Profile { Name = "rsyslog", Notifies = true, FailedBindIsFatal = true },
        };
        var first = rig.Start(service);
        Assert.Null(await first.WaitReady(new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromSeconds(60), [], true), default));
        var held = rig.Listeners.HeldBy(1);
        Assert.Equal(
            new[] { $"tcp://0.0.0.0:{port}", $"tcp://[::]:{port}", $"udp://0.0.0.0:{port}", $"udp://[::]:{port}", $"unixgram://{log}" },
            held.Select(a => a.ToString()).Order(StringComparer.Ordinal));
        Send(port, log, "one");
        await Temp.Until(() => Lines(rig, 1).Count == 3, "generation 1 has written three messages");

        var second = rig.Start(service);
        Assert.Null(await second.WaitReady(new ReadinessRequirement(Readiness.Listeners, TimeSpan.FromSeconds(60), held, true), default));
        first.Signal(15);
        Assert.True((await first.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Clean);
        rig.Listeners.Forget(1);
        Assert.True(File.Exists(log));
        Send(port, log, "two");
        await Temp.Until(() => Lines(rig, 2).Count == 3, "generation 2 has written three messages");
        Assert.Equal(3, Lines(rig, 1).Count);
    }

    private static List<string> Lines(Rig rig, int generation)
    {
        var file = Path.Combine(rig.Directory, $"out-{generation}.log");
        return File.Exists(file) ? [.. File.ReadAllLines(file)] : [];
    }

    private static void Send(int port, string path, string text)
    {
        var bytes = Encoding.ASCII.GetBytes($"<13>Nov 22 10:00:00 host test: {text}\n");
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Connect(IPAddress.Loopback, port);
        tcp.Send(bytes);
        using var udp = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        udp.SendTo(bytes, new IPEndPoint(IPAddress.IPv6Loopback, port));
        using var unix = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        unix.SendTo(bytes, new UnixDomainSocketEndPoint(path));
    }
}
