using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Numbers of the calls that the guard makes (x86-64: asm/unistd_64.h; arm64: asm-generic/unistd.h).</summary>
internal sealed class GuardCalls
{
    public required int Clone { get; init; }

    public required int Prctl { get; init; }

    public required int Ppoll { get; init; }

    public required int Fcntl { get; init; }

    public required int ClockGettime { get; init; }

    public required int RtSigprocmask { get; init; }

    public required int Execve { get; init; }

    public required int ExitGroup { get; init; }

    public static GuardCalls X64 { get; } = new()
    {
        Clone = 56,
        Prctl = 157,
        Ppoll = 271,
        Fcntl = 72,
        ClockGettime = 228,
        RtSigprocmask = 14,
        Execve = 59,
        ExitGroup = 231,
    };

    public static GuardCalls Arm64 { get; } = new()
    {
        Clone = 220,
        Prctl = 167,
        Ppoll = 73,
        Fcntl = 25,
        ClockGettime = 113,
        RtSigprocmask = 135,
        Execve = 221,
        ExitGroup = 94,
    };

    /// <summary>This machine's.</summary>
    public static GuardCalls Native { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? X64 : Arm64;
}
