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
/// By <c>__recover PROGRAM [TIME...] LEDGER TIME</c> the guard of an engine that has died becomes the next one: there is no other then, and its keeper starts the service anew if it
/// cannot go on. The times are when it was found dead, and when those before were whose place it had taken.
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
    private readonly IReadOnlyList<long> _died;
    private readonly TextWriter _error;
    private IReadOnlyList<int> _programs = []; // Open ones of those before.
    private EngineState? _state;
    private int _course;

    // Which of the two goes on is decided once.
    private const int Open = 0;
    private const int Up = 1;
    private const int GivenBack = 2;

    private EngineSuccessor(int ledger, int program, string? why, IReadOnlyList<long> died, TextWriter error) =>
        (_ledger, _program, _why, _died, _error) = (new FileDescriptor(ledger), program, why, died, error);

    /// <summary>What the predecessor has written.</summary>
    public EngineState State => _state!;

    /// <summary>Why the program that was to go on could not; null: this is that program.</summary>
    public string? Why => _why;

    /// <summary>It was executed from a descriptor, and not by a path.</summary>
    public bool IsFromDescriptor => _why is not null || DiedAt is not null;

    /// <summary>What it has of its keeper; null: nobody keeps it.</summary>
    public Keeping? Keeping { get; set; }

    /// <summary>When the predecessor was found dead (CLOCK_MONOTONIC, ns); null: it has handed the service over.</summary>
    public long? DiedAt => _died.Count == 0 ? null : _died[^1];

    /// <summary>When the last engines were found dead, this one's predecessor as the last.</summary>
    public IReadOnlyList<long> Died => _died;

    /// <summary>Those of them that the ledger does not know of: its writer, and engines that have died before they could write one.</summary>
    public IReadOnlyList<long> DiedSince => State.Own.Steadiness.New(_died);

    /// <summary>Reads what the arguments name; null when these are of another kind.</summary>
    public static EngineSuccessor? Of(string[] args, TextWriter error) =>
        args is [Keeping.RecoveryVerb, var own, .. var earlier, var left, var time]
        && int.TryParse(own, NumberStyles.None, CultureInfo.InvariantCulture, out var self)
        && int.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var book)
        && Times([.. earlier, time]) is { } died
            ? new EngineSuccessor(book, self, null, died, error)
        : args is [Verb, var ledger, var program, ..] && args.Length <= 4
        && int.TryParse(ledger, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
        && int.TryParse(program, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? new EngineSuccessor(from, before, args.ElementAtOrDefault(3), [], error)
            : null;

    private static List<long>? Times(IReadOnlyList<string> words)
    {
        List<long> times = [];
        foreach (var word in words)
        {
            if (!long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
            {
                return null;
            }

            times.Add(time);
        }

        return times.Count > Steadiness.Most ? times[^Steadiness.Most..] : times;
    }

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
            _programs = [.. Successor.Inherited([_program, _state.Own.Program])];
            Successor.KeepNone();

            if (Keeping is { } keeping)
            {
                // Should it be the ledger that they die of, the last of them is the last.
                keeping.Inherit(_ledger, _state, inherited, arms: DiedSince.Count < Steadiness.Most);
                _state = _state with { Own = _state.Own with { Guard = null } };
            }

            Signals.Name("aeterna"); // One that was executed by the number of a descriptor has that as its name.
            _state = DiedAt is null ? _state : LedgerSifting.Sift(_state, inherited);
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

        Keeping?.Disinherit();
        _ledger.Dispose();
        foreach (var program in _programs)
        {
            _ = LibC.close(program);
        }
    }

    /// <summary>Executes the program that has written the ledger, unless this is that one, or goes on already.</summary>
    private void GiveBack(string why)
    {
        if (_why is not null || (_state is null && DiedAt is null) || Volatile.Read(ref _course) == Up)
        {
            return;
        }

        if (DiedAt is not null)
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
