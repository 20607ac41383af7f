using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary><c>struct sock_filter</c> (linux/filter.h): one instruction of a classic BPF program.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct SockFilter(ushort code, byte jumpTrue, byte jumpFalse, uint k)
{
    private const int SKF_AD_OFF = -0x1000;
    private const int SKF_NET_OFF = -0x100000;
    private const int SKF_AD_MARK = 20;
    private const int SKF_AD_RANDOM = 56;

    public readonly ushort Code = code;
    public readonly byte Jt = jumpTrue;
    public readonly byte Jf = jumpFalse;
    public readonly uint K = k;

    /// <summary>Loads the 32-bit word at an offset of the data.</summary>
    public static SockFilter LoadWord(uint offset) => new(0x20, 0, 0, offset); // BPF_LD | BPF_W | BPF_ABS

    /// <summary>Loads the mark of the packet (SO_MARK of the socket that sent it, when that is on this machine).</summary>
    public static SockFilter LoadMark { get; } = LoadWord(unchecked((uint)(SKF_AD_OFF + SKF_AD_MARK)));

    /// <summary>Loads a random word.</summary>
    public static SockFilter LoadRandom { get; } = LoadWord(unchecked((uint)(SKF_AD_OFF + SKF_AD_RANDOM)));

    /// <summary>Loads the 32-bit word at an offset of the IP header.</summary>
    public static SockFilter LoadHeaderWord(int offset) => LoadWord(unchecked((uint)(SKF_NET_OFF + offset)));

    /// <summary>Loads the 16-bit word at an offset of the IP header.</summary>
    public static SockFilter LoadHeaderHalf(int offset) => new(0x28, 0, 0, unchecked((uint)(SKF_NET_OFF + offset))); // BPF_LD | BPF_H | BPF_ABS

    /// <summary>Loads the byte at an offset of the data.</summary>
    public static SockFilter LoadByte(uint offset) => new(0x30, 0, 0, offset); // BPF_LD | BPF_B | BPF_ABS

    /// <summary>Loads the length of the packet.</summary>
    public static SockFilter LoadLength { get; } = new(0x80, 0, 0, 0); // BPF_LD | BPF_W | BPF_LEN

    /// <summary>Leaves the accumulator and <paramref name="k"/>, bit by bit.</summary>
    public static SockFilter And(uint k) => new(0x54, 0, 0, k); // BPF_ALU | BPF_AND | BPF_K

    /// <summary>Shifts the accumulator to the right.</summary>
    public static SockFilter ShiftRight(uint k) => new(0x74, 0, 0, k); // BPF_ALU | BPF_RSH | BPF_K

    /// <summary>Leaves the accumulator minus the index register.</summary>
    public static SockFilter SubtractIndex { get; } = new(0x1c, 0, 0, 0); // BPF_ALU | BPF_SUB | BPF_X

    /// <summary>Copies the accumulator to the index register.</summary>
    public static SockFilter ToIndex { get; } = new(0x07, 0, 0, 0); // BPF_MISC | BPF_TAX

    /// <summary>Leaves the accumulator exclusive-or the index register.</summary>
    public static SockFilter XorIndex { get; } = new(0xac, 0, 0, 0); // BPF_ALU | BPF_XOR | BPF_X

    /// <summary>Leaves the rest of the accumulator divided by <paramref name="k"/>.</summary>
    public static SockFilter Modulo(uint k) => new(0x94, 0, 0, k); // BPF_ALU | BPF_MOD | BPF_K

    /// <summary>Skips <paramref name="jumpTrue"/> instructions when the accumulator is <paramref name="k"/> or more, else <paramref name="jumpFalse"/>.</summary>
    public static SockFilter JumpIfAtLeast(uint k, byte jumpTrue, byte jumpFalse) => new(0x35, jumpTrue, jumpFalse, k); // BPF_JMP | BPF_JGE | BPF_K

    /// <summary>Skips <paramref name="jumpTrue"/> instructions when the accumulator equals <paramref name="k"/>, else <paramref name="jumpFalse"/>.</summary>
    public static SockFilter JumpIfEqual(uint k, byte jumpTrue, byte jumpFalse) => new(0x15, jumpTrue, jumpFalse, k); // BPF_JMP | BPF_JEQ | BPF_K

    /// <summary>Ends the program with a value.</summary>
    public static SockFilter Return(uint k) => new(0x06, 0, 0, k); // BPF_RET | BPF_K
}

/// <summary><c>struct sock_fprog</c> (linux/filter.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SockFprog
{
    public ushort Len;
    public SockFilter* Filter;
}
