using Aeterna.Configuration;
using Aeterna.Generations;
using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Keeper;

/// <summary>Whether another program could go on from a ledger: it is started with that as its standard input, reads it, says its version, and ends.</summary>
internal static class UpgradeTrial
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "__ledger";

    // A slow machine may take long to start a program; who upgrades waits for no more.
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    /// <summary>Asks a program.</summary>
    /// <param name="runner">Runs it.</param>
    /// <param name="program">Its path.</param>
    /// <param name="ledger">The ledger; stays the caller's.</param>
    /// <returns>The version that it says.</returns>
    /// <exception cref="LedgerException">It could not; why.</exception>
    public static async Task<string> Ask(IPipedCommandRunner runner, string program, FileDescriptor ledger)
    {
        using var limit = new CancellationTokenSource(_longest);
        CommandResult result;
        try
        {
            result = await runner.Run([program, Verb], [], null, new CommandPipes(ledger, null, () => { }), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new LedgerException($"{program} did not say within {_longest.TotalSeconds:F0} s whether it could go on (is it an engine?)");
        }

        if (result.StartError is { } why)
        {
            throw new LedgerException(why);
        }

        var said = result.OutputTail.Trim();
        return result.Succeeded && said.Length > 0 && !said.Contains('\n', StringComparison.Ordinal) ? said
            : throw new LedgerException($"{program} could not go on: {(said.Length > 0 ? said : $"it ended with {result.Exit}")}");
    }

    /// <summary>What the program does: reads the ledger that is its standard input.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string version, TextWriter output)
    {
        try
        {
            using var ledger = new FileDescriptor(LibC.fcntl(0, Libc.F_DUPFD_CLOEXEC, 0));
            PlanOf(LedgerText.Read(ledger));
            output.WriteLine(version);
            return 0;
        }
        catch (LedgerException e)
        {
            output.WriteLine($"cannot read the ledger: {e.Message}");
            return 1;
        }
    }

    /// <summary>The configuration that is served.</summary>
    /// <exception cref="LedgerException">This engine cannot read it.</exception>
    public static Plan PlanOf(EngineState state)
    {
        var (path, sha256, text) = (state.Service.SourcePath, state.Service.SourceSha256, state.Service.SourceText);
        var loaded = ConfigurationLoader.Load(new SourceFile(path, sha256, text), Environment.GetEnvironmentVariable);
        return loaded.Plan ?? throw new LedgerException(
            $"the configuration that is served is no good to it: {loaded.Findings.First(f => f.Severity == Contract.FindingSeverity.Error)}");
    }
}
