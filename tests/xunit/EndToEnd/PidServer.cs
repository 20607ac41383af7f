using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A program that tells each client its process id, for tests that kill what is around it.</summary>
internal static class PidServer
{
    /// <summary>A configuration that runs a script.</summary>
    public static string Yaml(string script, string listeners, string orchestration = "canary: { traffic: split, soak_time: \"100ms\" }") => $$"""
        version: "v1"
        service: { name: "NAME", command: ["/usr/bin/python3", "-S", "-c", {{System.Text.Json.JsonSerializer.Serialize(script)}}], profile: none, {{listeners}} }
        orchestration: { pre_flight: [], {{orchestration}} }
        """;

    /// <summary>The script: a thread for each connection, and one that waits in accept.</summary>
    public static string Server(int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        import os, socket, threading
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', {{port}})); s.listen()
        def serve(c):
            while c.recv(65536): c.sendall(b'%d\n' % os.getpid())
            c.close()
        while True:
            c, _ = s.accept()
            threading.Thread(target=serve, args=(c,), daemon=True).start()
        """);

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <summary>One of its clients.</summary>
    internal sealed class Talk : IDisposable
    {
        private readonly TcpClient _client = new();
        private readonly StreamReader _answers;

        public Talk(int port)
        {
            _client.Connect(IPAddress.Loopback, port);
            _answers = new StreamReader(_client.GetStream());
        }

        public async Task<string?> Ask()
        {
            _client.Client.Send("who\n"u8);
            return await _answers.ReadLineAsync().WaitAsync(_limit);
        }

        public void Dispose()
        {
            _answers.Dispose();
            _client.Dispose();
        }
    }
}
