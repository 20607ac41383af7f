namespace Aeterna.Broker;

/// <summary>What a trapped call gets.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Errno">The error of a failed call.</param>
internal readonly record struct Answer(AnswerKind Kind, int Errno)
{
    /// <summary>The kernel carries it out as if it had not been trapped.</summary>
    public static Answer Untouched { get; } = new(AnswerKind.Untouched, 0);

    /// <summary>It returns 0: the broker has done it, or shields what it would have destroyed.</summary>
    public static Answer Done { get; } = new(AnswerKind.Done, 0);

    /// <summary>The answer went out together with a descriptor.</summary>
    public static Answer Given { get; } = new(AnswerKind.Given, 0);

    /// <summary>The call waits on, and is answered later.</summary>
    public static Answer Parked { get; } = new(AnswerKind.Parked, 0);

    /// <summary>0 is done, anything else an error.</summary>
    public static Answer Of(int errno) => errno == 0 ? Done : new(AnswerKind.Failed, errno);

    /// <summary>For the log.</summary>
    public override string ToString() => Kind == AnswerKind.Failed ? $"errno {Errno}" : Kind.ToString();
}

/// <summary>The kinds of <see cref="Answer"/>.</summary>
internal enum AnswerKind
{
    Untouched,
    Done,
    Failed,
    Given,
    Parked,
}
