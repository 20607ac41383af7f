using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>A call that is trapped, and with which arguments: a call that need not be looked at must not cost the program anything.</summary>
/// <param name="Number">Its number; -1 = the architecture has no such call.</param>
/// <param name="Call">Which call it is.</param>
/// <param name="Answer">Who answers it.</param>
/// <param name="Condition">Null: always.</param>
internal sealed record TrapRule(int Number, TrappedCall Call, Func<Traps, Caller, Answer> Answer, ArgumentCondition? Condition = null)
{
    /// <summary>The instructions; the accumulator holds the call's number before, and still does when they are passed over.</summary>
    public IReadOnlyList<SockFilter> Instructions()
    {
        var trap = SockFilter.Return(Seccomp.SECCOMP_RET_USER_NOTIF);
        if (Condition is null)
        {
            return [SockFilter.JumpIfEqual((uint)Number, 0, 1), trap];
        }

        var tests = Condition.Tests(toTrap: 1);
        return [SockFilter.JumpIfEqual((uint)Number, 0, (byte)(tests.Count + 2)), .. tests, SockFilter.Return(Seccomp.SECCOMP_RET_ALLOW), trap];
    }
}

/// <summary>What the arguments have to be for the call to be trapped.</summary>
internal abstract record ArgumentCondition
{
    private const uint OffsetOfArguments = 16;
    private const uint BytesOfAnArgument = 8;

    /// <summary>Instructions that jump to the trap when it holds, and else run on to what comes after them.</summary>
    /// <param name="toTrap">Number of instructions between them and the trap.</param>
    public abstract IReadOnlyList<SockFilter> Tests(int toTrap);

    /// <summary>Loads an argument. Only the low half: those in question are ints, of which the kernel ignores the high half too.</summary>
    protected static SockFilter Load(int index) => SockFilter.LoadWord(OffsetOfArguments + ((uint)index * BytesOfAnArgument));

    /// <summary>Jumps to the trap when what is loaded is one of these.</summary>
    protected static IEnumerable<SockFilter> Equals(uint[] values, int toTrap) =>
        values.Select((value, i) => SockFilter.JumpIfEqual(value, (byte)(values.Length - 1 - i + toTrap), 0));
}

/// <summary>An argument (from 0) is at least this, as an unsigned number.</summary>
internal sealed record AtLeast(int Index, uint Least) : ArgumentCondition
{
    public override IReadOnlyList<SockFilter> Tests(int toTrap) => [Load(Index), SockFilter.JumpIfAtLeast(Least, (byte)toTrap, 0)];
}

/// <summary>An argument (from 0) lies from here to there, as an unsigned number.</summary>
internal sealed record Within(int Index, uint Least, uint Most) : ArgumentCondition
{
    public override IReadOnlyList<SockFilter> Tests(int toTrap) =>
        [Load(Index), SockFilter.JumpIfAtLeast(Least, 0, 1), SockFilter.JumpIfAtLeast(Most + 1, 0, (byte)toTrap)];
}

/// <summary>An argument (from 0) is one of these.</summary>
internal sealed record OneOf(int Index, params uint[] Values) : ArgumentCondition
{
    public override IReadOnlyList<SockFilter> Tests(int toTrap) => [Load(Index), .. Equals(Values, toTrap)];
}

/// <summary>One of these options of a level, for getsockopt(2) and setsockopt(2).</summary>
internal sealed record Options(uint Level, params uint[] Names) : ArgumentCondition
{
    public override IReadOnlyList<SockFilter> Tests(int toTrap) =>
        [Load(1), SockFilter.JumpIfEqual(Level, 0, (byte)(Names.Length + 1)), Load(2), .. Equals(Names, toTrap)];
}

/// <summary>Any of these holds.</summary>
internal sealed record AnyOf(params ArgumentCondition[] Conditions) : ArgumentCondition
{
    public override IReadOnlyList<SockFilter> Tests(int toTrap)
    {
        List<SockFilter> tests = [];
        foreach (var condition in Conditions.Reverse())
        {
            tests.InsertRange(0, condition.Tests(toTrap + tests.Count));
        }

        return tests;
    }
}
