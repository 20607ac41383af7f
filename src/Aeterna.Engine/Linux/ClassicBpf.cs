using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary><c>struct sock_filter</c> (linux/filter.h): one instruction of a classic BPF program.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct SockFilter(ushort code, byte jumpTrue, byte jumpFalse, uint k)
{
    public readonly ushort Code = code;
    public readonly byte Jt = jumpTrue;
    public readonly byte Jf = jumpFalse;
    public readonly uint K = k;

    /// <summary>Loads the 32-bit word at an offset of the data.</summary>
    public static SockFilter LoadWord(uint offset) => new(0x20, 0, 0, offset); // BPF_LD | BPF_W | BPF_ABS

    /// <summary>Skips <paramref name="jumpTrue"/> instructions when the accumulator equals <paramref name="k"/>, else <paramref name="jumpFalse"/>.</summary>
    public static SockFilter JumpIfEqual(uint k, byte jumpTrue, byte jumpFalse) => new(0x15, jumpTrue, jumpFalse, k); // BPF_JMP | BPF_JEQ | BPF_K

    /// <summary>Skips <paramref name="jumpTrue"/> instructions when the accumulator is at least <paramref name="k"/> (unsigned), else <paramref name="jumpFalse"/>.</summary>
    public static SockFilter JumpIfAtLeast(uint k, byte jumpTrue, byte jumpFalse) => new(0x35, jumpTrue, jumpFalse, k); // BPF_JMP | BPF_JGE | BPF_K

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
