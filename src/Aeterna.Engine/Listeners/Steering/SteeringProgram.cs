using Aeterna.Linux;

namespace Aeterna.Listeners.Steering;

/// <summary>The program by which the kernel chooses a member of the group for each datagram or connection.</summary>
internal static class SteeringProgram
{
    /// <summary>Mark of the packets that the engine itself puts back into the network, "AETE" in ASCII.</summary>
    public const int Mark = 0x41455445;

    /// <param name="main">Index of the member that gets what nobody else gets.</param>
    /// <param name="share">Index of the member that gets a percentage, at random; null: none.</param>
    /// <param name="pinned">Index of the member that gets all that carries the mark; null: treated as everything else.</param>
    public static SockFilter[] Build(int main, (int Index, int Percent)? share = null, int? pinned = null)
    {
        List<SockFilter> program = [];
        if (pinned is { } index)
        {
            program.AddRange([SockFilter.LoadMark, SockFilter.JumpIfEqual(Mark, 0, 1), SockFilter.Return((uint)index)]);
        }

        if (share is { Percent: > 0 } some)
        {
            program.AddRange(
            [
                SockFilter.LoadRandom,
                SockFilter.Modulo(100),
                SockFilter.JumpIfAtLeast((uint)some.Percent, 1, 0),
                SockFilter.Return((uint)some.Index),
            ]);
        }

        return [.. program, SockFilter.Return((uint)main)];
    }

    /// <summary>Spreads senders over some members; one sender always comes to the same.</summary>
    /// <param name="members">Their indices, at most 128.</param>
    /// <param name="v6">The group's address is an IPv6 one.</param>
    public static SockFilter[] Spread(IReadOnlyList<int> members, bool v6)
    {
        // The end of the sender's address, and its port (RFC 791, 8200, 768, 9293).
        var (source, port) = v6 ? (20, 40) : (12, 20);
        List<SockFilter> program =
        [
            SockFilter.LoadHeaderWord(source), SockFilter.ToIndex, SockFilter.LoadHeaderHalf(port), SockFilter.XorIndex,
            SockFilter.Modulo((uint)members.Count),
        ];
        for (var i = 0; i < members.Count - 1; i++)
        {
            program.AddRange([SockFilter.JumpIfEqual((uint)i, 0, 1), SockFilter.Return((uint)members[i])]);
        }

        return [.. program, SockFilter.Return((uint)members[^1])];
    }
}
