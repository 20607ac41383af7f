using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>A call that is trapped, and with which arguments: a call that need not be looked at must not cost the program anything.</summary>
/// <param name="Number">Its number; -1 = the architecture has no such call.</param>
/// <param name="Call">Which call it is.</param>
/// <param name="Condition">Null: always.</param>
internal sealed record TrapRule(int Number, TrappedCall Call, ArgumentCondition? Condition = null)
{
    private const uint OffsetOfArguments = 16;
    private const uint BytesOfAnArgument = 8;

    /// <summary>The instructions; the accumulator holds the call's number before, and still does when they are passed over.</summary>
    public IReadOnlyList<SockFilter> Instructions()
    {
        var trap = SockFilter.Return(Seccomp.SECCOMP_RET_USER_NOTIF);
        if (Condition is null)
        {
            return [SockFilter.JumpIfEqual((uint)Number, 0, 1), trap];
        }

        // Only the low half: the arguments in question are ints, of which the kernel ignores the high half too.
        List<SockFilter> tests =
        [
            SockFilter.LoadWord(OffsetOfArguments + ((uint)Condition.Index * BytesOfAnArgument)),
            .. Condition.Tests(),
            SockFilter.Return(Seccomp.SECCOMP_RET_ALLOW),
            trap,
        ];
        return [SockFilter.JumpIfEqual((uint)Number, 0, (byte)tests.Count), .. tests];
    }
}

/// <summary>What an argument has to be for the call to be trapped.</summary>
/// <param name="Index">Which argument, from 0.</param>
internal abstract record ArgumentCondition(int Index)
{
    /// <summary>Instructions after which "allow" comes first and "trap" second.</summary>
    public abstract IEnumerable<SockFilter> Tests();
}

/// <summary>At least this, as an unsigned number.</summary>
internal sealed record AtLeast(int Index, uint Least) : ArgumentCondition(Index)
{
    public override IEnumerable<SockFilter> Tests() => [SockFilter.JumpIfAtLeast(Least, 1, 0)];
}

/// <summary>One of these.</summary>
internal sealed record OneOf(int Index, params uint[] Values) : ArgumentCondition(Index)
{
    public override IEnumerable<SockFilter> Tests() =>
        Values.Select((value, i) => SockFilter.JumpIfEqual(value, (byte)(Values.Length - i), 0));
}
