using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>
/// A service takes apart a socket that the engine, or an earlier generation of root's, has made (connect(2) with AF_UNSPEC), connects it to
/// the control API, and asks for the end of the service. The kernel says whose the socket is: it must not be root's.
/// </summary>
public sealed class OwnSocketTests
{
    // It serves until a client comes, so that the engine is there to be asked, and answers that client with what it was answered.
    private const string Thief = """
        import ctypes, os, select, socket, sys
        how, port, metrics = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        if how == 'inherit': s = socket.socket(fileno=3)
        else:
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', port)); s.listen()
        def serve(client):
            client.recv(100)
            if os.getuid() == 0:
                client.sendall(b'root'); return
            prey = client.dup() if how == 'relay' else s
            owner = os.fstat(prey.fileno()).st_uid
            if ctypes.CDLL(None).connect(prey.fileno(), bytes(16), 16) != 0:
                client.sendall(b'it stays'); return # A unix socket.
            prey.settimeout(60)
            prey.connect(('127.0.0.1', metrics))
            prey.sendall(b'POST /v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
            client.sendall(b'%d %s' % (owner, prey.makefile('rb').readline()))
        while True:
            select.select([s], [], [])
            try: client, _ = s.accept()
            except BlockingIOError: continue
            serve(client); client.close()
        """;

    [RootTheory]
    [InlineData("inherit", "65534 HTTP/1.1 403 Forbidden")]
    [InlineData("shared", "65534 HTTP/1.1 403 Forbidden")]
    [InlineData("steered", "65534 HTTP/1.1 403 Forbidden")]
    [InlineData("relay", "it stays")]
    public async Task A_socket_that_the_engine_has_made_is_the_services_when_it_asks_with_it(string handoff, string answer)
    {
        var (port, metrics) = (Ports.Next(), Ports.Next());
        await using var engine = await LiveEngine.Start(Yaml("nobody", handoff, port, metrics), Folder());
        Assert.Equal(answer, await Steal(port));
        Assert.NotEqual(FsmState.Draining, (await engine.Status()).FsmState);
    }

    [RootTheory]
    [InlineData("inherit")]
    [InlineData("shared")]
    [InlineData("steered")]
    public async Task A_socket_of_an_earlier_generation_of_roots_is_no_more_roots(string handoff)
    {
        var (port, metrics) = (Ports.Next(), Ports.Next());
        await using var engine = await LiveEngine.Start(Yaml("root", handoff, port, metrics), Folder());
        engine.Configure(Yaml("nobody", handoff, port, metrics));
        var reloaded = await engine.Reload();
        Assert.True(reloaded.Verdict == Verdict.Succeeded, reloaded.Message);
        Assert.Equal("65534 HTTP/1.1 403 Forbidden", await Steal(port));
    }

    [RootTheory]
    [InlineData("inherit")]
    [InlineData("shared")]
    [InlineData("steered")]
    public async Task Nor_does_it_become_roots_while_the_earlier_generation_has_it(string handoff)
    {
        var (port, metrics) = (Ports.Next(), Ports.Next());
        await using var engine = await LiveEngine.Start(Yaml("nobody", handoff, port, metrics), Folder());
        engine.Configure(Yaml("root", handoff, port, metrics).Replace("200ms", "60s", StringComparison.Ordinal));
        await engine.BeginReload();
        await engine.Until(s => s.FsmState == FsmState.Soaking && s.Soak is not null, "both generations are there");
        string answer;
        for (var i = 0; (answer = await Steal(port)) == "root"; i++)
        {
            Assert.True(i < 1000); // Each gets some of the clients.
        }

        Assert.Equal("65534 HTTP/1.1 403 Forbidden", answer);
    }

    private static string Folder()
    {
        var folder = Temp.Folder();
        File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
        File.WriteAllText($"{folder}/thief.py", Thief);
        return folder;
    }

    private static string Yaml(string user, string handoff, int port, int metrics) => string.Create(CultureInfo.InvariantCulture, $$"""
        version: "v1"
        service:
          name: "NAME"
          user: {{user}}
          profile: none
          command: ["/usr/bin/python3", "-S", "FOLDER/thief.py", "{{handoff}}", "{{port}}", "{{metrics}}"]
          listeners: [ { name: a, address: "tcp://127.0.0.1:{{port}}", handoff: {{handoff}}{{(handoff == "relay" ? ", framing: line" : "")}} } ]
        orchestration: { canary: { soak_time: "200ms" } }
        observability: { metrics_port: "127.0.0.1:{{metrics}}" }

        """);

    private static async Task<string> Steal(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        await client.GetStream().WriteAsync("steal\n"u8.ToArray(), limit.Token);
        using var reader = new StreamReader(client.GetStream());
        return (await reader.ReadToEndAsync(limit.Token)).Trim();
    }
}
