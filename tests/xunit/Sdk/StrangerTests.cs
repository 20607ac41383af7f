using System.Diagnostics;
using Aeterna.Sdk;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>Somebody else listens where the state socket should be: no client says anything to him, nor takes anything from him.</summary>
[Collection(Alone.Name)]
public sealed class StrangerTests
{
    private const string Stranger = """
        import os, socket, sys
        socket.setdefaulttimeout(60)  # A client that does talk to him waits for an answer: it gets his end.
        s = socket.socket(socket.AF_UNIX)
        s.bind(sys.argv[1])
        os.chmod(sys.argv[1], 0o777)
        s.listen()
        print('listens', flush=True)
        c, _ = s.accept()
        got = b''
        while True:
            try:
                piece = c.recv(65536)
            except OSError:
                break
            if not piece:
                break
            got += piece
        print(len(got), flush=True)
        """;

    [RootTheory]
    [InlineData("python")]
    [InlineData("c")]
    [InlineData("csharp")]
    [InlineData("srp")]
    public async Task A_client_asks_the_kernel_who_listens(string client)
    {
        var folder = Temp.Folder();
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        var path = Path.Combine(folder, "s");
        var start = new ProcessStartInfo("setpriv", ["--reuid=1234", "--regid=1234", "--clear-groups", "/usr/bin/env", "python3", "-S", "-c", Stranger, path]) { RedirectStandardOutput = true };
        using var stranger = Process.Start(start)!;
        Assert.Equal("listens", await stranger.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));

        switch (client)
        {
            case "python":
                Assert.Equal("False", Run(path, "/usr/bin/env", "python3", "-c", $"import sys; sys.path.insert(0, '{Repository.File("sdk", "python")}'); import aeterna; print(bool(aeterna.load_state(timeout=60)))"));
                break;
            case "c":
                Assert.Equal("0", Run(path, CompiledC(folder)));
                break;
            case "csharp":
                Environment.SetEnvironmentVariable("AETERNA_STATE_SOCK", path);
                try
                {
                    Assert.Null(Connection.Open(TimeSpan.FromSeconds(60)));
                }
                finally
                {
                    Environment.SetEnvironmentVariable("AETERNA_STATE_SOCK", null);
                }

                break;
            default:
                var (code, _, error) = Shell.Run(LiveEngine.Program, "srp", "receive", "--socket", path);
                Assert.Equal(1, code);
                Assert.Contains("is neither root nor uid 0, so it is not the engine", error, StringComparison.Ordinal);
                break;
        }

        Assert.Equal("0", await stranger.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        await stranger.WaitForExitAsync();
        Directory.Delete(folder, true);
    }

    private static string Run(string path, params string[] command) =>
        Shell.Output("/usr/bin/env", [$"AETERNA_STATE_SOCK={path}", .. command]).Trim();

    private static string CompiledC(string folder)
    {
        const string source = """
            #include <stdio.h>
            #include "aeterna.h"
            int main(void) { struct aeterna_state state; printf("%d\n", aeterna_load_state(&state)); return 0; }
            """;
        var program = Path.Combine(folder, "main");
        Assert.Equal("", Gcc.Compile(source, "-I", Repository.File("sdk", "c"), Repository.File("sdk", "c", "aeterna.c"), "-o", program));
        return program;
    }
}
