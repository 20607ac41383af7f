using Aeterna.Contract;
using Aeterna.Load;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Sdk;

/// <summary>Each example with an SDK runs from its folder with the configuration that lies there; only name and port are the test's.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly string _folder = Temp.Folder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [RootFact]
    public Task The_python_agent() => Runs("python-agent", 8080, Repository.File("examples", "python-agent"));

    [RootFact]
    public async Task The_C_counter()
    {
        var source = File.ReadAllText(Repository.File("examples", "c-counter", "counter.c"));
        Assert.Equal("", Gcc.Compile(source, VectorTests.CompileSdk(Path.Combine(_folder, "counter"))));
        await Runs("c-counter", 8081, _folder);
    }

    [RootFact]
    public async Task The_CSharp_counter()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "out"), AppContext.BaseDirectory);
        await Runs("csharp-counter", 8082, _folder);
    }

    private static async Task Runs(string example, int port, string folder)
    {
        var yaml = File.ReadAllText(Repository.File("examples", example, "aeterna.yaml"))
            .Replace($"name: \"{example}\"", "name: \"NAME\"", StringComparison.Ordinal)
            .Replace($"{port}", $"{Ports.Next()}", StringComparison.Ordinal);
        await using var engine = LiveEngine.LaunchUnder(["/usr/bin/env", "-C", folder], yaml);
        await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
        var record = await engine.Reload();
        Assert.Equal((Verdict.Succeeded, "success"), (record.Verdict, record.Handover!.Status));
    }
}
