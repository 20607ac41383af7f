using System.Net.Sockets;
using Aeterna.Sdk;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>A program that takes a state and does not ask for the last part of it is told what it loses; one that misses nothing is not.</summary>
[Collection(Alone.Name)]
public sealed class MissingFinalTests : IDisposable
{
    private const string Loses = "what the old process changes after this snapshot will be lost";

    private const string C = """
        #include "aeterna.h"
        int main(int argc, char **argv) {
            struct aeterna_state state;
            (void)argv;
            return argc > 1 ? !aeterna_load_state_and_follow(&state, NULL) : !aeterna_load_state(&state);
        }
        """;

    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", true)]
    [InlineData("on_final=None", false)]
    public async Task In_Python(string argument, bool said) => Assert.Equal(said, (await Run(
        "/usr/bin/env", "python3", "-c", $"import sys; sys.path.insert(0, '{Repository.File("sdk", "python")}'); import aeterna; sys.exit(not aeterna.load_state({argument}))")).Contains(Loses, StringComparison.Ordinal));

    [Theory]
    [InlineData(new string[0], true)]
    [InlineData(new[] { "quiet" }, false)]
    public async Task In_C(string[] arguments, bool said)
    {
        var program = Path.Combine(_folder, "taker");
        Assert.Equal("", Gcc.Compile(C, VectorTests.CompileSdk(program)));
        Assert.Equal(said, (await Run([program, .. arguments])).Contains(Loses, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task In_CSharp(bool quiet, bool said)
    {
        var lines = new List<string>();
        var log = AeternaService.Log;
        Environment.SetEnvironmentVariable("AETERNA_STATE_SOCK", At);
        AeternaService.Log = lines.Add;
        try
        {
            var giving = Give();
            using var state = await Task.Run(() => quiet ? AeternaService.LoadState(onFinal: null) : AeternaService.LoadState()).Bounded();
            await giving.Bounded();
            Assert.Equal(3, state.Json<int>());
        }
        finally
        {
            AeternaService.Log = log;
            Environment.SetEnvironmentVariable("AETERNA_STATE_SOCK", null);
        }

        Assert.Equal(said, lines.Any(line => line.Contains(Loses, StringComparison.Ordinal)));
    }

    private string At => Path.Combine(_folder, "s");

    private async Task<string> Run(params string[] command)
    {
        var giving = Give();
        var (code, _, error) = await Task.Run(() => Shell.Run("/usr/bin/env", [$"AETERNA_STATE_SOCK={At}", .. command])).Bounded();
        Assert.True(code == 0, error);
        await giving.Bounded();
        return error;
    }

    /// <summary>What an engine does with a receiver that wants no final state.</summary>
    private Task Give()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(At));
        listener.Listen();
        return Task.Run(() =>
        {
            using (listener)
            {
                using var connection = new Connection(listener.Accept(), TimeSpan.FromMinutes(1));
                Assert.Equal("""{"role":"receiver"}""", Connection.Text(connection.Receive()!.Value.Payload).Replace(" ", "", StringComparison.Ordinal));
                connection.Send(Aeterna.Sdk.FrameType.Json, "3"u8);
                connection.Send(Aeterna.Sdk.FrameType.Finished, []);
                Assert.Equal(Aeterna.Sdk.FrameType.Finished, connection.Receive()!.Value.Type);
            }
        });
    }
}
