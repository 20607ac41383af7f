using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Numbers of the system calls that the broker traps, by architecture (x86-64: asm/unistd_64.h; arm64: asm-generic/unistd.h,
/// which has neither unlink nor rename). -1 = the architecture has no such call.
/// </summary>
internal sealed record SyscallTable
{
    /// <summary><c>AUDIT_ARCH_*</c> (linux/audit.h), as <c>seccomp_data.arch</c> has it.</summary>
    public required uint AuditArch { get; init; }

    public required int Seccomp { get; init; }

    /// <summary>Not trapped: a thread's own groups.</summary>
    public required int Setgroups { get; init; }

    public required int Bind { get; init; }

    public required int Listen { get; init; }

    public required int Shutdown { get; init; }

    public required int Unlink { get; init; }

    public required int Unlinkat { get; init; }

    public required int Rename { get; init; }

    public required int Renameat { get; init; }

    public required int Renameat2 { get; init; }

    public required int Accept { get; init; }

    public required int Accept4 { get; init; }

    public required int Close { get; init; }

    public required int CloseRange { get; init; }

    public required int Getsockname { get; init; }

    public required int Getpeername { get; init; }

    public required int Getsockopt { get; init; }

    public required int Setsockopt { get; init; }

    public static SyscallTable X64 { get; } = new()
    {
        AuditArch = 0xC000003E,
        Seccomp = 317,
        Setgroups = 116,
        Bind = 49,
        Listen = 50,
        Shutdown = 48,
        Unlink = 87,
        Unlinkat = 263,
        Rename = 82,
        Renameat = 264,
        Renameat2 = 316,
        Accept = 43,
        Accept4 = 288,
        Close = 3,
        CloseRange = 436,
        Getsockname = 51,
        Getpeername = 52,
        Getsockopt = 55,
        Setsockopt = 54,
    };

    public static SyscallTable Arm64 { get; } = new()
    {
        AuditArch = 0xC00000B7,
        Seccomp = 277,
        Setgroups = 159,
        Bind = 200,
        Listen = 201,
        Shutdown = 210,
        Unlink = -1,
        Unlinkat = 35,
        Rename = -1,
        Renameat = 38,
        Renameat2 = 276,
        Accept = 202,
        Accept4 = 242,
        Close = 57,
        CloseRange = 436,
        Getsockname = 204,
        Getpeername = 205,
        Getsockopt = 209,
        Setsockopt = 208,
    };

    /// <summary>The table of the architecture that the engine runs on.</summary>
    /// <exception cref="PlatformNotSupportedException">Neither x86-64 nor arm64.</exception>
    public static SyscallTable Native { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        var other => throw new PlatformNotSupportedException($"cannot run on {other}: only x86-64 and arm64 have a table of system calls"),
    };
}
