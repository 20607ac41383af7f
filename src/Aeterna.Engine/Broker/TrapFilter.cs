using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// The filter that sends the broker's calls to the broker and lets every other one pass, and who answers them. A program of another architecture
/// (32-bit code on x86-64) and the x32 calls pass too: their numbers mean other calls.
/// </summary>
internal static class TrapFilter
{
    /// <summary>No relayed connection gets a number above this: the table of descriptors of a process grows with its highest one.</summary>
    public const uint HighestLeg = 65_535;

    private const uint OffsetOfNr = 0;
    private const uint OffsetOfArch = 4;

    // Whether a socket listens: a held one may do so before its program has said so.
    private static readonly Options _asked = new(Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN);

    // What belongs to all who share a socket, and is to be one generation's.
    private static readonly Options[] _memberships =
    [
        new(Libc.IPPROTO_IP, [.. MembershipOption.Names(v6: false)]),
        new(Libc.IPPROTO_IPV6, [.. MembershipOption.Names(v6: true)]),
    ];

    /// <summary>The program for an architecture.</summary>
    /// <param name="table">Its calls.</param>
    /// <param name="firstLeg">See <see cref="Rules"/>.</param>
    public static SockFilter[] Build(SyscallTable table, int firstLeg = 0)
    {
        // arch? -> load nr -> rule after rule -> allow.
        return
        [
            SockFilter.LoadWord(OffsetOfArch),
            SockFilter.JumpIfEqual(table.AuditArch, 1, 0),
            SockFilter.Return(Seccomp.SECCOMP_RET_ALLOW),
            SockFilter.LoadWord(OffsetOfNr),
            .. Rules(table, firstLeg).SelectMany(rule => rule.Instructions()),
            SockFilter.Return(Seccomp.SECCOMP_RET_ALLOW),
        ];
    }

    /// <summary>The trapped calls that an architecture has.</summary>
    /// <param name="table">Its calls.</param>
    /// <param name="firstLeg">The lowest descriptor that a relayed connection may have in the program; 0: nothing is relayed, and the
    /// calls that only concern relayed connections pass.</param>
    public static IEnumerable<TrapRule> Rules(SyscallTable table, int firstLeg)
    {
        IEnumerable<TrapRule> rules =
        [
            new(table.Bind, TrappedCall.Bind, (traps, caller) => traps.Bind.Handle(caller)),
            new(table.Listen, TrappedCall.Listen, (traps, caller) => traps.Sockets.Listen(caller)),
            new(table.Shutdown, TrappedCall.Shutdown, (traps, caller) => traps.Sockets.Shutdown(caller)),
            new(table.Unlink, TrappedCall.Unlink, (traps, caller) => traps.Paths.Unlink(caller)),
            new(table.Unlinkat, TrappedCall.Unlinkat, (traps, caller) => traps.Paths.Unlinkat(caller)),
            new(table.Rename, TrappedCall.Rename, (traps, caller) => traps.Paths.Rename(caller)),
            new(table.Renameat, TrappedCall.Renameat, (traps, caller) => traps.Paths.Renameat(caller)),
            new(table.Renameat2, TrappedCall.Renameat2, (traps, caller) => traps.Paths.Renameat2(caller)),
        ];
        return rules.Concat(firstLeg == 0 ? Unrelayed(table) : Relayed(table, (uint)firstLeg)).Where(rule => rule.Number >= 0);
    }

    private static Answer GetOption(Traps traps, Caller caller) => traps.Options.Getsockopt(caller) ?? traps.Legs.Getsockopt(caller);

    private static Answer SetOption(Traps traps, Caller caller) => traps.Options.Setsockopt(caller) ?? traps.Legs.Setsockopt(caller);

    private static IEnumerable<TrapRule> Unrelayed(SyscallTable table) =>
    [
        new(table.Getsockopt, TrappedCall.Getsockopt, GetOption, _asked),
        new(table.Setsockopt, TrappedCall.Setsockopt, SetOption, new AnyOf(_memberships)),
    ];

    private static IEnumerable<TrapRule> Relayed(SyscallTable table, uint firstLeg)
    {
        // The options of a relayed connection, and those that a listening socket has as a TCP socket: in the program it is another kind.
        uint[] levels = [Libc.IPPROTO_IP, Libc.IPPROTO_TCP, Libc.IPPROTO_IPV6];
        return
        [
            new(table.Accept, TrappedCall.Accept, (traps, caller) => traps.Accept.Handle(caller, accept4: false)),
            new(table.Accept4, TrappedCall.Accept4, (traps, caller) => traps.Accept.Handle(caller, accept4: true)),
            new(table.Close, TrappedCall.Close, (traps, caller) => traps.Legs.Close(caller), new Within(0, firstLeg, HighestLeg)),
            new(table.CloseRange, TrappedCall.CloseRange, (traps, caller) => traps.Legs.CloseRange(caller), new AtLeast(1, firstLeg)),
            new(table.Getsockname, TrappedCall.Getsockname, (traps, caller) => traps.Legs.Getsockname(caller)),
            new(table.Getpeername, TrappedCall.Getpeername, (traps, caller) => traps.Legs.Getpeername(caller), new Within(0, firstLeg, HighestLeg)),
            new(table.Getsockopt, TrappedCall.Getsockopt, GetOption, new AnyOf(new OneOf(1, levels), _asked)),
            new(table.Setsockopt, TrappedCall.Setsockopt, SetOption, new OneOf(1, [.. levels, Libc.SOL_SOCKET])),
        ];
    }
}

/// <summary>The calls that the broker looks at.</summary>
internal enum TrappedCall
{
    Bind,
    Listen,
    Shutdown,
    Unlink,
    Unlinkat,
    Rename,
    Renameat,
    Renameat2,
    Accept,
    Accept4,
    Close,
    CloseRange,
    Getsockname,
    Getpeername,
    Getsockopt,
    Setsockopt,
}
