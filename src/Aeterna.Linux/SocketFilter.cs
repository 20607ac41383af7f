namespace Aeterna.Linux;

/// <summary>
/// A classic BPF program that says of each packet for a socket whether it gets it (SO_ATTACH_FILTER, socket(7); linux/filter.h). It belongs to the
/// socket and not to a descriptor. What it does not let through was never received: TCP sends it again.
/// </summary>
internal static class SocketFilter
{
    private const int SO_ATTACH_FILTER = 26;
    private const int SO_DETACH_FILTER = 27;
    private const int SO_GET_FILTER = 26;
    private const uint All = uint.MaxValue;

    // Where in a TCP header its own length stands, in the upper half of the byte and in words of four bytes.
    private const uint TcpLength = 12;
    private const uint UpperHalf = 0xf0;

    /// <summary>Nothing comes through: on a TCP socket that listens, no connection is made meanwhile, and none refused.</summary>
    public static IReadOnlyList<SockFilter> Nothing { get; } = [SockFilter.Return(0)];

    /// <summary>On a TCP connection: whatever has no bytes of the stream in it comes through, as acknowledgements, the end of a stream that was read to its end, and resets.</summary>
    public static IReadOnlyList<SockFilter> NoBytes { get; } =
    [
        SockFilter.LoadByte(TcpLength), SockFilter.And(UpperHalf), SockFilter.ShiftRight(2), SockFilter.ToIndex, SockFilter.LoadLength, SockFilter.SubtractIndex,
        SockFilter.JumpIfEqual(0, 0, 1), SockFilter.Return(All), SockFilter.Return(0),
    ];

    /// <summary>Puts a program in the place of the last one.</summary>
    /// <param name="socket">Stays the caller's.</param>
    /// <param name="program">At most 4096 instructions; copied.</param>
    /// <exception cref="LinuxException">EPERM (the program is locked), ENOMEM.</exception>
    public static unsafe void Attach(int socket, IReadOnlyList<SockFilter> program)
    {
        fixed (SockFilter* instructions = program.ToArray())
        {
            var fprog = new SockFprog { Len = (ushort)program.Count, Filter = instructions };
            if (!Libc.SetOption(socket, Libc.SOL_SOCKET, SO_ATTACH_FILTER, new ReadOnlySpan<byte>(&fprog, sizeof(SockFprog))))
            {
                throw new LinuxException("setsockopt(SO_ATTACH_FILTER)", Errno.Last);
            }
        }
    }

    /// <summary>Takes the program away; false when there is none.</summary>
    public static bool Detach(int socket) => Libc.SetOption(socket, Libc.SOL_SOCKET, SO_DETACH_FILTER, 0);

    /// <summary>Whether a socket has a program, whoever attached it.</summary>
    public static bool IsOn(int socket) => Libc.GetOption(socket, Libc.SOL_SOCKET, SO_GET_FILTER, Span<byte>.Empty) > 0;
}
