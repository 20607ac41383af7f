using System.Globalization;
using Aeterna.Control;
using Aeterna.Generations;
using Aeterna.Keeper;
using Aeterna.Ledger;
using Aeterna.Linux;

namespace Aeterna;

/// <summary>
/// The hidden verb that an engine executes another one with: <c>__succeed LEDGER PROGRAM [WHY]</c>, two descriptors, and why the first one that was tried
/// could not go on. Whatever goes wrong before it goes on, the program that has written the ledger is executed once more, from the same ledger.
/// By <c>__recover PROGRAM LEDGER TIME</c> the guard of an engine that has died becomes the next one: there is no other then, and its keeper starts the service anew if it cannot go on.
/// </summary>
internal sealed class EngineSuccessor
{
    /// <summary>The verb.</summary>
    public const string Verb = "__succeed";

    /// <summary>An engine that is not up by then has hung: the clients wait.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    private readonly FileDescriptor _ledger;
    private readonly int _program;
    private readonly string? _why;
    private readonly long? _diedAt;
    private readonly TextWriter _error;
    private EngineState? _state;
    private int _course;

    // Which of the two goes on is decided once.
    private const int Open = 0;
    private const int Up = 1;
    private const int GivenBack = 2;

    private EngineSuccessor(int ledger, int program, string? why, long? diedAt, TextWriter error) =>
        (_ledger, _program, _why, _diedAt, _error) = (new FileDescriptor(ledger), program, why, diedAt, error);

    /// <summary>What the predecessor has written.</summary>
    public EngineState State => _state!;

    /// <summary>Why the program that was to go on could not; null: this is that program.</summary>
    public string? Why => _why;

    /// <summary>It was executed from a descriptor, and not by a path.</summary>
    public bool IsFromDescriptor => _why is not null || _diedAt is not null;

    /// <summary>What it has of its keeper; null: nobody keeps it.</summary>
    public Keeping? Keeping { get; set; }

    /// <summary>When the predecessor was found dead (CLOCK_MONOTONIC, ns); null: it has handed the service over.</summary>
    public long? DiedAt => _diedAt;

    /// <summary>Reads what the arguments name; null when these are of another kind.</summary>
    public static EngineSuccessor? Of(string[] args, TextWriter error) =>
        args is [Keeping.RecoveryVerb, var own, var left, var time]
        && int.TryParse(own, NumberStyles.None, CultureInfo.InvariantCulture, out var self)
        && int.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var book)
        && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var died)
            ? new EngineSuccessor(book, self, null, died, error)
        : args is [Verb, var ledger, var program, ..] && args.Length <= 4
        && int.TryParse(ledger, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
        && int.TryParse(program, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? new EngineSuccessor(from, before, args.ElementAtOrDefault(3), null, error)
            : null;

    /// <summary>Executes a program with the verb, which gets the state's descriptors and the ledger. Returns only with an errno; they are closed on exec again then.</summary>
    public static int Execute(string path, string name, EngineState state, int ledger, string? why)
    {
        string[] arguments =
        [
            name, Verb, ledger.ToString(CultureInfo.InvariantCulture), state.Own.Program.ToString(CultureInfo.InvariantCulture), .. why is null ? Array.Empty<string>() : [why],
        ];
        var noFile = string.Create(CultureInfo.InvariantCulture, $"{ChildEnvironment.StartNoFile}={state.Own.NoFileSoft}");
        int[] kept = [ledger, .. state.Descriptors().Distinct()];
        Successor.Keep(kept, kept: true);
        try
        {
            return Successor.Execute(path, arguments, ChildEnvironment.Merge(ChildEnvironment.Whole(), [noFile]));
        }
        finally
        {
            Successor.Keep(kept, kept: false);
        }
    }

    /// <summary>Runs the engine that goes on.</summary>
    /// <param name="goOn">Runs it; calls <see cref="IsUp"/> when it goes on.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> Run(Func<EngineSuccessor, Task<int>> goOn)
    {
        using var watch = new Timer(_ => GiveBack($"it did not go on within {_longest.TotalSeconds:F0} s"), null, _longest, Timeout.InfiniteTimeSpan);
        try
        {
            _state = LedgerText.Read(_ledger);
            var inherited = Successor.Inherited(_state.Descriptors());
            Successor.Keep([_ledger.Number, .. inherited], kept: false);
            _state = _diedAt is null ? _state : LedgerSifting.Sift(_state, inherited);
            return await goOn(this).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var why = e is LedgerException or LinuxException or IOException or EngineStartException ? e.Message : $"it failed ({e.GetType().Name}: {e.Message})";
            GiveBack(why);
            await _error.WriteLineAsync($"cannot go on with the service: {why}").ConfigureAwait(false);
            return Contract.ExitCode.Failed;
        }
    }

    /// <summary>It has all that it needs: from here on nothing is given back. If that is being done already it does not return.</summary>
    public void IsUp()
    {
        if (Interlocked.CompareExchange(ref _course, Up, Open) == GivenBack)
        {
            Thread.Sleep(Timeout.Infinite); // Another thread is about to execute the program of before, which ends this one.
        }

        _ledger.Dispose();
        _ = LibC.close(_program);
    }

    /// <summary>Executes the program that has written the ledger, unless this is that one, or goes on already.</summary>
    private void GiveBack(string why)
    {
        if (_why is not null || (_state is null && _diedAt is null) || Volatile.Read(ref _course) == Up)
        {
            return;
        }

        if (_diedAt is not null)
        {
            // There is no other; whoever keeps this one starts the service anew.
            _error.WriteLine($"cannot go on with the service: {why}");
            Environment.Exit(Contract.ExitCode.Failed);
        }

        if (Interlocked.CompareExchange(ref _course, GivenBack, Open) == GivenBack)
        {
            Thread.Sleep(Timeout.Infinite); // Another thread is about to do it.
        }

        Keeping?.DismissGuard();
        var state = _state!;
        var error = Execute(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_program}"), state.Own.ProgramPath, state, _ledger.Number, why);
        _error.WriteLine($"cannot go on with the service ({why}), and cannot execute the engine of before: {Errno.Text(error)}");
        Environment.Exit(Contract.ExitCode.Failed);
    }
}
