using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// The filter that sends the broker's calls to the broker and lets every other one pass. A program of another architecture
/// (32-bit code on x86-64) and the x32 calls pass too: their numbers mean other calls.
/// </summary>
internal static class TrapFilter
{
    private const uint OffsetOfNr = 0;
    private const uint OffsetOfArch = 4;

    /// <summary>The program for an architecture.</summary>
    public static SockFilter[] Build(SyscallTable table)
    {
        int[] trapped = [.. Trapped(table).Select(t => t.Number)];

        // arch? -> load nr -> one comparison a call -> allow; the last instruction is the trap.
        List<SockFilter> program =
        [
            SockFilter.LoadWord(OffsetOfArch),
            SockFilter.JumpIfEqual(table.AuditArch, 1, 0),
            SockFilter.Return(Seccomp.SECCOMP_RET_ALLOW),
            SockFilter.LoadWord(OffsetOfNr),
        ];
        for (var i = 0; i < trapped.Length; i++)
        {
            program.Add(SockFilter.JumpIfEqual((uint)trapped[i], (byte)(trapped.Length - i), 0));
        }

        program.Add(SockFilter.Return(Seccomp.SECCOMP_RET_ALLOW));
        program.Add(SockFilter.Return(Seccomp.SECCOMP_RET_USER_NOTIF));
        return [.. program];
    }

    /// <summary>The trapped calls that an architecture has, by number.</summary>
    public static IEnumerable<(int Number, TrappedCall Call)> Trapped(SyscallTable table) =>
        new (int Number, TrappedCall Call)[]
        {
            (table.Bind, TrappedCall.Bind),
            (table.Listen, TrappedCall.Listen),
            (table.Shutdown, TrappedCall.Shutdown),
            (table.Unlink, TrappedCall.Unlink),
            (table.Unlinkat, TrappedCall.Unlinkat),
            (table.Rename, TrappedCall.Rename),
            (table.Renameat, TrappedCall.Renameat),
            (table.Renameat2, TrappedCall.Renameat2),
        }.Where(t => t.Number >= 0);
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
}
