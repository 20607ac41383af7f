using System.Diagnostics;
using System.Globalization;

using Aeterna.Linux;
using Aeterna.Machine;
using Aeterna.Relay.Datagrams;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>In whose name the relay sends.</summary>
public class DatagramSenderTests
{
    private const uint Nobody = 65534;

    /// <summary>A sender whose user has no number here, as outside of a container, must not be the end of all.</summary>
    [Fact]
    public void What_the_kernel_does_not_let_through_in_a_senders_name_goes_in_the_engines()
    {
        using var rig = new DatagramRig();
        using var side = DatagramSide.Open();
        var identity = new SenderIdentity(rig.Relay.Address, rig.Log);
        var nobodyHere = new PeerCredentials(Environment.ProcessId, uint.MaxValue, uint.MaxValue);
        Assert.Equal(Errno.EINVAL, Messages.TrySend(side.Ours.Number, "x"u8, nobodyHere));
        Assert.Equal(0, identity.Send(side.Ours, "hello"u8, nobodyHere));
        Assert.Equal("hello", System.Text.Encoding.ASCII.GetString(Assert.Single(side.TakeBack(new byte[100])).Bytes));
    }

    [RootFact]
    public async Task A_living_senders_process_and_user_are_kept()
    {
        using var rig = new DatagramRig();
        var program = rig.Start(1);
        rig.Relay.Direct(new Route(1), null);
        using var sender = Send(rig, stay: true);
        var (text, credentials) = await program.Read();
        Assert.Equal("hello", text);
        Assert.Equal(new PeerCredentials(sender.Id, Nobody, Nobody), credentials);
        sender.StandardInput.Close();
        sender.WaitForExit();
        Assert.Empty(rig.Log.Lines);
    }

    [RootFact]
    public async Task A_reaped_senders_user_is_kept_and_the_engine_stands_for_its_process()
    {
        using var rig = new DatagramRig();
        var program = rig.Start(1);
        using var sender = Send(rig, stay: false);
        await sender.WaitForExitAsync();
        await Waiting.Until(() => rig.Relay.Counts().FramesIn == 1 && !Directory.Exists($"/proc/{sender.Id}"));
        rig.Relay.Direct(new Route(1), null);
        Assert.Equal(("hello", new PeerCredentials(Environment.ProcessId, Nobody, Nobody)), await program.Read());
    }

    [RootFact]
    public async Task Credentials_are_kept_by_what_is_taken_back()
    {
        using var rig = new DatagramRig();
        rig.Start(1);
        var second = rig.Start(2);
        rig.Relay.Direct(new Route(1), null);
        using var sender = Send(rig, stay: true);
        await Waiting.Until(() => rig.Relay.Counts().ToGeneration[1].Frames == 1);
        Assert.Equal(1, rig.Relay.Direct(new Route(2), 1));
        Assert.Equal(("hello", new PeerCredentials(sender.Id, Nobody, Nobody)), await second.Read());
        sender.StandardInput.Close();
        sender.WaitForExit();
    }

    [RootFact]
    public async Task Without_privileges_the_engines_own_credentials_are_seen_and_said_once()
    {
        DatagramRig? rig = null;
        Unprivileged.Run(() => rig = new DatagramRig()); // Its thread has none either.
        using (rig)
        {
            var program = rig!.Start(1);
            rig.Relay.Direct(new Route(1), null);
            for (var n = 0; n < 2; n++)
            {
                using var sender = Send(rig, stay: false);
                Assert.Equal(("hello", new PeerCredentials(Environment.ProcessId, 0, 0)), await program.Read());
                await sender.WaitForExitAsync();
            }

            Assert.Equal(2, rig.Log.Lines.Count);
            Assert.Contains(rig.Log.Lines, l => l.Line.Contains("process ids", StringComparison.Ordinal));
            Assert.Contains(rig.Log.Lines, l => l.Line.Contains("the users", StringComparison.Ordinal));
        }
    }

    /// <summary>A process of the user nobody that sends one datagram; it ends at once, or with its standard input.</summary>
    private static Process Send(DatagramRig rig, bool stay)
    {
        var script = string.Create(
            CultureInfo.InvariantCulture,
            $"import os,socket,sys; os.setgroups([]); os.setgid({Nobody}); os.setuid({Nobody}); s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.connect(sys.argv[1]); s.send(b'hello'); {(stay ? "sys.stdin.read()" : "pass")}");
        return Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-S", "-c", script, rig.Path]) { RedirectStandardInput = true })!;
    }
}
