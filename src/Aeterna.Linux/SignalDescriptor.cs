using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>Signals as something to read (signalfd(2)), for a process that all of them wait in: from its first thread on, so it was executed with them held.</summary>
internal sealed partial class SignalDescriptor : IDisposable
{
    private const int SFD_NONBLOCK = 0x800;
    private const int SFD_CLOEXEC = 0x80000;

    /// <summary><c>struct signalfd_siginfo</c> (linux/signalfd.h), of which the number comes first.</summary>
    private const int InfoBytes = 128;

    private readonly FileDescriptor _descriptor;

    /// <param name="signals">As the kernel's own mask has them.</param>
    /// <exception cref="LinuxException">EMFILE, ENFILE, ENOMEM.</exception>
    public unsafe SignalDescriptor(ulong signals)
    {
        var mask = stackalloc ulong[Signals.MaskLength / sizeof(ulong)];
        new Span<byte>(mask, Signals.MaskLength).Clear();
        mask[0] = signals;
        _descriptor = new FileDescriptor(Errno.ThrowIfFailed(signalfd(-1, mask, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd"));
    }

    /// <summary>To be polled for POLLIN; this object's.</summary>
    public int Number => _descriptor.Number;

    /// <summary>The next signal that waits; null: none does.</summary>
    public unsafe int? Read()
    {
        var info = stackalloc byte[InfoBytes];
        return Libc.read(_descriptor.Number, info, InfoBytes) == InfoBytes ? *(int*)info : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int signalfd(int fd, ulong* mask, int flags);
}
