using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A candidate closes the connections that it is given: it lives, reads and rests, and its clients would be without service.</summary>
[Collection(Alone.Name)]
public class TurnedAwayTests
{
    private const int Connections = 100;
    private const int Shorts = 100;

    /// <summary>A list of permitted senders with an error in it.</summary>
    private const string NobodyIsTrusted = "\n$AllowedSender TCP, 127.0.0.99\n";

    [RootFact]
    public async Task A_candidate_that_trusts_none_of_its_clients_is_rolled_back_and_none_of_them_notices()
    {
        await using var site = await LoadedSite.Start();
        await site.Load(Connections, shorts: Shorts);
        await site.MoreSent();
        File.AppendAllText(site.Rsyslogd.ConfigPath, NobodyIsTrusted);
        var record = await site.Engine.Reload();
        Assert.True(record.Verdict == Verdict.RolledBack, site.Engine.Log);
        var said = Regex.Match(record.Message ?? "", "failed .*: connections: it has closed ([0-9]+) of the ([0-9]+) connections that the one before had open");
        Assert.True(said.Success, record.Message);
        Assert.InRange(int.Parse(said.Groups[1].ValueSpan, CultureInfo.InvariantCulture), 10, int.Parse(said.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
        Assert.InRange(int.Parse(said.Groups[2].ValueSpan, CultureInfo.InvariantCulture), 10, Connections + Shorts); // Each once, however often it was closed.
        await site.MoreSent();
        await site.SettleCleanly();
    }

    /// <summary>It has read the beginning of a line on each when it closes them: that is the old one's as a whole. Or it closes what it has only accepted, and before the switch.</summary>
    [RootTheory]
    [InlineData("exclusive", "c.recv(5)", 100, "20")]
    [InlineData("split", "c.recv(5)", 50, "(9|10|11)")]
    [InlineData("exclusive", "pass", null, "20")]
    public async Task A_candidate_that_expects_another_protocol_is_rolled_back_and_no_line_is_lost(string traffic, string before, int? percent, string moved)
    {
        var (port, folder) = (Ports.Next(), Temp.Folder());
        var (other, output) = (Path.Combine(folder, "other"), Path.Combine(folder, "lines"));
        await using var engine = await LiveEngine.Start(PidServer.Yaml(
            $$"""
            import os, socket, threading
            other = os.path.exists('{{other}}')
            out = os.open('{{output}}', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{port}})); s.listen()
            def serve(c):
                if other:
                    {{before}}
                else:
                    for line in c.makefile('rb'): os.write(out, line)
                c.close()
            while True:
                c, _ = s.accept()
                threading.Thread(target=serve, args=(c,), daemon=True).start()
            """,
            $"listeners: [{{ name: lines, address: \"tcp://127.0.0.1:{port}\", handoff: relay, framing: line }}]",
            $"canary: {{ traffic: {traffic}, soak_time: \"10m\", health_check: {{ command: [\"/bin/true\"], interval: \"50ms\" }} }}"));
        List<Socket> clients = [.. Enumerable.Range(0, 20).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        clients.ForEach(client => client.Connect(IPAddress.Loopback, port));
        List<string> sent = [];
        SendAll("before");
        await Temp.Until(() => Lines().Count == sent.Count, "they are written");
        File.WriteAllText(other, "");
        var id = await engine.BeginReload();
        await engine.Until(s => percent is null || (s.FsmState == FsmState.Soaking && s.Generations.Any(g => g is { Role: "candidate", TrafficPercent: var share } && share == percent)), "the candidate has the traffic");
        SendAll("meanwhile");
        var record = await engine.Finished(id);
        Assert.Equal(Verdict.RolledBack, record.Verdict);
        Assert.Matches($"of the {moved} connections that the one before had open", record.Message);
        SendAll("after");
        await Temp.Until(() => Lines().Count >= sent.Count, "the rest is written");
        Assert.Equal(sent.Order(StringComparer.Ordinal), Lines().Order(StringComparer.Ordinal));
        clients.ForEach(client => client.Dispose());
        Directory.Delete(folder, true);

        List<string> Lines() => [.. File.ReadAllLines(output)];

        void SendAll(string when)
        {
            foreach (var (client, i) in clients.Select((client, i) => (client, i)))
            {
                sent.Add($"client {i} {when} and a line of some length");
                client.Send(Encoding.ASCII.GetBytes(sent[^1] + "\n"));
            }
        }
    }

    /// <summary>Somebody was taken off the list. It is told so when the way back is closed.</summary>
    [RootTheory]
    [InlineData("")]
    [InlineData("drain: { keep_warm: \"10m\" }")]
    public async Task A_client_that_is_no_longer_wanted_is_closed_when_the_reload_has_succeeded(string drain)
    {
        await using var site = await LoadedSite.Start(orchestration: drain);
        List<Socket> wanted = [.. Enumerable.Range(0, 4).Select(_ => site.Connect("127.0.0.2"))];
        using var unwanted = site.Connect("127.0.0.9");
        foreach (var (client, i) in wanted.Append(unwanted).Select((client, i) => (client, i)))
        {
            client.Send(Encoding.ASCII.GetBytes($"<13>Nov 22 10:00:00 host test: before {i};\n"));
            await site.Written($"before {i};");
        }

        File.AppendAllText(site.Rsyslogd.ConfigPath, "\n$AllowedSender TCP, 127.0.0.2\n");
        var record = await site.Engine.Reload();
        Assert.True(record.Verdict == Verdict.Succeeded, record.Message);
        unwanted.ReceiveTimeout = 60_000;
        Assert.Equal(0, unwanted.Receive(new byte[1]));
        foreach (var (client, i) in wanted.Select((client, i) => (client, i)))
        {
            client.Send(Encoding.ASCII.GetBytes($"<13>Nov 22 10:00:00 host test: after {i};\n"));
            await site.Written($"after {i};");
            client.Dispose();
        }

        await site.Engine.Until(s => s.Relay!.Connections == 0, "all are gone");
    }
}
