using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>A program that answers each connection with the number of connections so far goes through reloads, and counts every one.</summary>
internal static class Counting
{
    /// <summary>The new process takes over as soon as it is ready.</summary>
    public const string Immediate = "strategy: immediate";

    /// <summary>Both processes serve, and count, for a second.</summary>
    public const string SplitSoak = "canary: { traffic: split, soak_time: 1s }";

    private const int Clients = 3;

    /// <summary>Asks it without a pause, also while both processes count, and compares the sums in the end.</summary>
    /// <param name="command">The program; its port is added as the last argument.</param>
    /// <param name="orchestration">The keys that say how it is replaced.</param>
    /// <param name="folder">The engine's folder; removed in the end.</param>
    public static async Task GoesOn(string[] command, string orchestration, string? folder = null)
    {
        var port = Ports.Next();
        await using var engine = await LiveEngine.Start($$"""
            version: "v1"
            service:
              name: "NAME"
              command: {{JsonSerializer.Serialize(command.Append($"{port}"))}}
              listeners: [{ name: count, address: "tcp://127.0.0.1:{{port}}", handoff: inherit }]
            orchestration: { {{orchestration}}, state_handoff: { enabled: true, timeout: 20s } }
            """, folder);
        Assert.Equal((1, 2, 3), (await Next(port), await Next(port), await Next(port)));
        using var enough = new CancellationTokenSource();
        var asking = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => Ask(port, enough.Token))).ToList();
        for (var reload = 0; reload < 2; reload++)
        {
            var record = await engine.Reload();
            Assert.Equal((Verdict.Succeeded, "success"), (record.Verdict, record.Handover!.Status));
        }

        await enough.CancelAsync();
        Assert.Equal(3 + (await Task.WhenAll(asking)).Sum() + 1, await Next(port));
        Assert.DoesNotContain("will be lost", engine.Log, StringComparison.Ordinal);
    }

    private static async Task<int> Ask(int port, CancellationToken enough)
    {
        var asked = 0;
        for (; !enough.IsCancellationRequested; asked++)
        {
            await Next(port);
        }

        return asked;
    }

    private static async Task<int> Next(int port)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, port).Bounded();
        var buffer = new byte[64];
        var length = await client.ReceiveAsync(buffer, SocketFlags.None).Bounded();
        return int.Parse(Encoding.ASCII.GetString(buffer, 0, length).Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
