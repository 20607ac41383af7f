using Aeterna.Contract;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.StateHandoff;

/// <summary>A real engine that runs a Python program which gives or takes state; the program writes what it got to FOLDER/got-GENERATION.</summary>
internal static class StateEngine
{
    /// <summary>What every program begins with; no SDK, only the page.</summary>
    public const string Prelude = """
        import json, os, signal, socket, struct, sys, threading, time
        folder, gen = sys.argv[1], int(os.environ['AETERNA_GENERATION'])
        path = os.environ.get('AETERNA_STATE_SOCK')
        def frame(kind, payload=b''):
            return struct.pack('>IIBBH', 8 + len(payload), 0xAE7E2024, 1, kind, 0) + payload
        def connect():
            s = socket.socket(socket.AF_UNIX)
            s.connect(path)
            return s
        def exactly(s, n):
            data = b''
            while len(data) < n:
                piece = s.recv(n - len(data))
                if not piece:
                    return None
                data += piece
            return data
        def receive(s):
            head = exactly(s, 12)
            if head is None:
                return None
            length, magic, version, kind, reserved = struct.unpack('>IIBBH', head)
            assert (magic, version, reserved) == (0xAE7E2024, 1, 0)
            return kind, exactly(s, length - 8)
        def note(text):
            with open(folder + '/new-%d' % gen, 'w') as f:
                f.write(text)
            os.rename(folder + '/new-%d' % gen, folder + '/got-%d' % gen)
        def take(s, ack=True):
            got = ''
            while True:
                f = receive(s)
                if f is None:
                    return got + 'EOF'
                kind, payload = f
                if payload is None:
                    return got + 'EOF'
                if kind == 0xFF:
                    if ack:
                        s.sendall(frame(0xFF))
                    return got
                if kind == 0x7F:
                    return 'ERROR ' + payload.decode()
                got += payload.decode()
        def provide(give):
            s = connect()
            s.sendall(frame(1, b'{"role":"provider"}'))
            def run():
                while True:
                    f = receive(s)
                    if f is None:
                        return
                    if f[0] == 6:
                        give(s, json.loads(f[1])['phase'])
            threading.Thread(target=run, daemon=True).start()
            return s
        def state(s, phase):
            s.sendall(frame(2, ('{"from":%d,"phase":"%s"}' % (gen, phase)).encode()) + frame(0xFF))
        def receiver(hello=b'{"role":"receiver"}'):
            s = connect()
            s.sendall(frame(1, hello))
            return s
        def forever():
            open(folder + '/up-%d' % gen, 'w').close()
            while True:
                time.sleep(0.01) # No signal.pause(): a handler that runs just before it would be the last.

        """;

    /// <summary>Starts an engine with a program; the handoff's settings are added to a short soak.</summary>
    /// <param name="program">What comes after the prelude.</param>
    /// <param name="handoff">The settings.</param>
    /// <param name="ready">How a generation becomes ready.</param>
    /// <param name="isUp">Wait until it has done all that it does at its start.</param>
    public static async Task<LiveEngine> Start(string program, string handoff, bool isUp = true, string ready = "listeners")
    {
        var folder = Temp.Folder();
        File.WriteAllText(Path.Combine(folder, "program.py"), Prelude + program);
        var engine = await LiveEngine.Start($$"""
            version: "v1"
            service: { name: "NAME", command: ["/usr/bin/env", "python3", "-S", "-u", "FOLDER/program.py", "FOLDER"], profile: none }
            orchestration:
              strategy: immediate
              startup: { ready: {{ready}} }
              drain: { timeout: 5s }
              state_handoff: { {{handoff}} }
            """, folder);
        if (isUp)
        {
            await engine.Up(1);
        }

        return engine;
    }

    /// <summary>Waits until a generation has done all it does at its start.</summary>
    public static Task Up(this LiveEngine engine, int generation) =>
        Temp.Until(() => File.Exists(Path.Combine(engine.Folder, $"up-{generation}")), $"generation {generation} is up; the engine said:\n{engine.Log}");

    /// <summary>What a generation says that it has got.</summary>
    public static async Task<string> Got(this LiveEngine engine, int generation)
    {
        var file = Path.Combine(engine.Folder, $"got-{generation}");
        await Temp.Until(() => File.Exists(file), $"generation {generation} has got something; the engine said:\n{engine.Log}");
        return await File.ReadAllTextAsync(file);
    }

    public static HandoverReport Handover(this ReloadRecord record) => record.Handover ?? throw new InvalidOperationException($"the record has no handover: {record}\n{string.Join("\n", record.Phases)}");
}
