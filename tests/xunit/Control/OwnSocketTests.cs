using System.Globalization;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Control;

/// <summary>A service with its own user is not taken for root because of a socket that the engine has given it.</summary>
public sealed class OwnSocketTests
{
    [RootTheory]
    [InlineData("inherit", "s = socket.socket(fileno=3)")]
    [InlineData("shared", "s = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\ns.bind(('127.0.0.1', PORT))\ns.listen()")]
    public async Task A_socket_of_the_engines_is_the_services_when_it_asks_with_it(string handoff, string take)
    {
        var (port, metrics) = (Ports.Next(), Ports.Next());
        var folder = Temp.Folder();
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        await File.WriteAllTextAsync(Path.Combine(folder, "program.py"), $$"""
            import ctypes, socket, time
            {{take.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)}}
            # connect(2) with AF_UNSPEC takes a listening socket apart.
            assert ctypes.CDLL(None).connect(s.fileno(), bytes(16), 16) == 0
            s.setblocking(True)
            s.connect(('127.0.0.1', {{metrics}}))
            s.sendall(b'POST /v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n')
            answer = s.recv(4096).decode()
            with open('{{folder}}/new', 'w') as f:
                f.write(answer)
            import os
            os.rename('{{folder}}/new', '{{folder}}/answer')
            time.sleep(1000)
            """);
        await using var engine = LiveEngine.Launch($$"""
            version: "v1"
            service:
              name: "NAME"
              user: nobody
              command: ["/usr/bin/env", "python3", "-S", "{{folder}}/program.py"]
              profile: none
              listeners: [{ name: a, address: "tcp://127.0.0.1:{{port}}", handoff: {{handoff}} }]
            orchestration: { startup: { ready: delay, warmup_delay: 1s } }
            observability: { metrics_port: "127.0.0.1:{{metrics}}" }
            """, folder);

        await Temp.Until(() => File.Exists(Path.Combine(folder, "answer")), $"the service has been answered; the engine said:\n{engine.Log}");

        var answer = await File.ReadAllTextAsync(Path.Combine(folder, "answer"));
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("not uid 65534", answer, StringComparison.Ordinal);
    }
}
