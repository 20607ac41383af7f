using Aeterna.Linux;

using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay.Datagrams;

/// <summary>
/// Sends datagrams in the name of those who sent them to us, as far as the kernel lets the engine: another process id needs
/// CAP_SYS_ADMIN and a process that still exists, another user CAP_SETUID and CAP_SETGID. What cannot be kept is replaced by the engine's own.
/// </summary>
internal sealed class SenderIdentity(ListenerAddress address, ILogger log)
{
    private bool _mayUsePid = true;
    private bool _mayUseUser = true;

    /// <summary>Sends one; 0 or an errno as of <see cref="Messages.TrySend"/>, but never one that speaks of the sender: EPERM, ESRCH, EINVAL.</summary>
    public int Send(FileDescriptor socket, ReadOnlySpan<byte> bytes, PeerCredentials? sender)
    {
        if (sender is { } whole && _mayUsePid)
        {
            var error = Messages.TrySend(socket.Number, bytes, whole);
            if (error is not (Errno.EPERM or Errno.ESRCH or Errno.EINVAL))
            {
                return error;
            }

            if (error == Errno.EPERM)
            {
                _mayUsePid = false;
                DatagramLog.NoSenderPid(log, address);
            }
        }

        // The sender is gone and reaped, or its process id may not be used.
        if (sender is { } user && _mayUseUser)
        {
            var error = Messages.TrySend(socket.Number, bytes, user with { Pid = Environment.ProcessId });
            if (error is not (Errno.EPERM or Errno.EINVAL))
            {
                return error;
            }

            // EINVAL: that user has no number in the engine's user namespace, which says nothing of others.
            if (error == Errno.EPERM)
            {
                _mayUseUser = false;
                DatagramLog.NoSenderUser(log, address);
            }
        }

        return Messages.TrySend(socket.Number, bytes, null);
    }
}
