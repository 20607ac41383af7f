using Aeterna.Contract;

namespace Aeterna.Machine;

/// <summary>A state of the table: a step of the open attempt, none when no attempt is open, or one of the words that stand above the steps.</summary>
internal readonly record struct Place
{
    private readonly string? _word;

    private Place(AttemptStep? step, string? word) => (Step, _word) = (step, word);

    /// <summary>Null: this is no step.</summary>
    public AttemptStep? Step { get; }

    /// <summary>No attempt is open; whether a generation serves then is not the table's to say.</summary>
    public static Place NoAttempt => default;

    public static Place PreChecking { get; } = new(null, FsmState.PreChecking);

    public static Place Starting { get; } = new(null, FsmState.Starting);

    public static Place Handshaking { get; } = new(null, FsmState.Handshaking);

    public static Place Soaking { get; } = new(null, FsmState.Soaking);

    public static Place Draining { get; } = new(null, FsmState.Draining);

    /// <summary>All that stand above steps; each step is in one of them.</summary>
    public static IReadOnlyList<Place> Words { get; } = [PreChecking, Starting, Handshaking, Soaking, Draining];

    public static implicit operator Place(AttemptStep step) => new(step, null);

    public override string ToString() => Step?.ToString() ?? _word ?? nameof(NoAttempt);
}
