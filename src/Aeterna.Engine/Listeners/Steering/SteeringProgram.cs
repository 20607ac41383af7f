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
}
