using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>
/// Tries, on a process of a service, all that answering its calls takes. Where one of these is denied (by a container's filter, by missing
/// capabilities over another user's process, by the process itself) its sockets would be bound past the engine, which would show only at
/// the next reload.
/// </summary>
internal static class RightsProbe
{
    private const string Descriptors = "readlink(/proc/PID/fd)";

    /// <summary>What is denied and what to do about it; null when nothing is, or the process has ended.</summary>
    public static string? Lacking(int pid)
    {
        try
        {
            using var process = PidFd.TryOpen(pid);
            if (process is null)
            {
                return null;
            }

            Duplicate(process);
            var error = ProcFs.TrySocketInode(pid, 0, out _);
            if (error is not (0 or Errno.ENOENT or Errno.ESRCH))
            {
                throw new LinuxException(Descriptors, error);
            }

            // Nothing is ever mapped at 1: with the right to look it is EFAULT.
            ProcessMemory.TryRead(pid, 1, stackalloc byte[1]);
            return null;
        }
        catch (LinuxException e)
        {
            return $"the engine may not look into its processes, and so not take their sockets over: {e.Call}: {Errno.Text(e.Number).ToLowerInvariant()} ({Remedy(e.Call)})";
        }
    }

    private static string Remedy(string call) => call == Descriptors
        ? "run the engine as root with CAP_DAC_OVERRIDE, or as the service's own user"
        : "run the engine as root with CAP_SYS_PTRACE, or as the service's own user; "
            + "in a container with --cap-add SYS_PTRACE and a seccomp profile that allows pidfd_getfd and process_vm_readv";

    private static void Duplicate(FileDescriptor process)
    {
        try
        {
            PidFd.GetFd(process, 0).Dispose();
        }
        catch (LinuxException e) when (e.Number is Errno.EBADF or Errno.ESRCH)
        {
            // It has no such descriptor, or has ended.
        }
    }
}
