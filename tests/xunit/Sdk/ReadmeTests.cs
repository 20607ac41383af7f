using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>The README's lines about state, as they stand there, in a program that counts: no count is lost.</summary>
public class ReadmeTests
{
    private const string Before = """
        import os, signal, socket, sys, threading
        sys.path.insert(0, os.environ["SDK"])
        import aeterna
        lock, stopped, ended = threading.Lock(), threading.Event(), threading.Event()

        def stop():
            stopped.set()
            ended.wait()

        """;

    private const string After = """

        listener.settimeout(0.05)  # The other process may be faster at a client.
        while not stopped.is_set():
            try:
                client, _ = listener.accept()
            except socket.timeout:
                continue
            with lock, client:
                count += 1
                client.sendall(b"%d\n" % count)
        ended.set()
        while True:
            signal.pause()
        """;

    [RootTheory]
    [InlineData(Counting.Immediate)]
    [InlineData(Counting.SplitSoak)]
    public async Task The_lines_about_state_lose_no_count(string orchestration)
    {
        var folder = Temp.Folder();
        var program = Path.Combine(folder, "count.py");
        var lines = Snippet().Replace("8080", "int(sys.argv[1])", StringComparison.Ordinal);
        await File.WriteAllTextAsync(program, Before + lines + After);
        await Counting.GoesOn(["/usr/bin/env", $"SDK={Repository.File("sdk", "python")}", "python3", program], orchestration, folder);
    }

    private static string Snippet()
    {
        var state = File.ReadAllText(Repository.File("README.md")).Split("\n## State\n")[1];
        return state.Split("```python\n")[1].Split("```")[0];
    }
}
