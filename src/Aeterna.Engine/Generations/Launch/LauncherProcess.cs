using System.Buffers.Binary;
using System.Text;

using Aeterna.Linux;

namespace Aeterna.Generations.Launch;

/// <summary>
/// A launcher seen from the engine: started, in a control group of its own, waiting for its order. Owns the control socket, the process,
/// its control group, and until it has become a command the read ends of its output pipes.
/// </summary>
internal sealed class LauncherProcess : IDisposable
{
    private static readonly TimeSpan _killGrace = TimeSpan.FromSeconds(5);

    private readonly FileDescriptor _control;
    private FileDescriptor? _stdout;
    private FileDescriptor? _stderr;

    private LauncherProcess(ChildProcess child, Cgroup? group, FileDescriptor control, FileDescriptor stdout, FileDescriptor stderr)
    {
        Child = child;
        Group = group;
        _control = control;
        _stdout = stdout;
        _stderr = stderr;
    }

    /// <summary>The process.</summary>
    public ChildProcess Child { get; }

    /// <summary>Its control group; null where the engine may make none.</summary>
    public Cgroup? Group { get; }

    /// <summary>Starts a launcher; it needs some tens of milliseconds until it can take an order.</summary>
    /// <param name="reaper">Keeps watch over it.</param>
    /// <param name="groups">Folder of the control groups.</param>
    /// <exception cref="LinuxException">EMFILE, EAGAIN, ENOMEM.</exception>
    public static LauncherProcess Start(ChildReaper reaper, string groups)
    {
        using var starting = new Unfinished();
        var (mine, theirs) = SocketPair();
        starting.Own(mine);
        using (theirs)
        {
            var (outRead, outWrite) = Pipe();
            starting.Own(outRead);
            using (outWrite)
            {
                var (errRead, errWrite) = Pipe();
                starting.Own(errRead);
                using (errWrite)
                using (var nothing = new FileDescriptor(Errno.ThrowIfFailed(Libc.open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC, 0), "open(/dev/null)")))
                {
                    int[] descriptors = [.. Enumerable.Repeat(nothing.Number, Launcher.ControlFd), theirs.Number];
                    descriptors[1] = outWrite.Number;
                    descriptors[2] = errWrite.Number;
                    var child = reaper.Spawn(() => PosixSpawn.Start(
                        SelfCommand.Path, [.. SelfCommand.Arguments, Launcher.Verb], ChildEnvironment.Whole(), descriptors, null));
                    var launcher = new LauncherProcess(child, Enclose(groups, child.Pid), mine, outRead, errRead);
                    starting.Finish();
                    return launcher;
                }
            }
        }
    }

    /// <summary>Waits until it can take an order; false when it has died.</summary>
    public bool AwaitReady()
    {
        var buffer = new byte[1];
        try
        {
            return FdPassing.Receive(_control.Number, buffer, []) == 1 && buffer[0] == Launcher.Ready;
        }
        catch (LinuxException)
        {
            return false; // ECONNRESET: it died with something unread.
        }
    }

    /// <summary>Gives the order, after <see cref="AwaitReady"/>, and waits until the process has become the command.</summary>
    /// <returns>The notification descriptor and the output pipes, owned by the caller. The process stays owned here until <see cref="LetGo"/>.</returns>
    /// <exception cref="StartException">The launcher could not carry it out, or died.</exception>
    public (FileDescriptor Notify, FileDescriptor Stdout, FileDescriptor Stderr) Execute(LaunchOrder order, IReadOnlyList<int> descriptors)
    {
        FileDescriptor? notify = null;
        try
        {
            SendOrder(order, descriptors);
            notify = AwaitNotify(order);
            AwaitExec(order);
        }
        catch (LinuxException e)
        {
            notify?.Dispose();
            throw new StartException($"cannot start {order.Path}: its launcher ended early ({e.Message})", e);
        }
        catch (StartException)
        {
            notify?.Dispose();
            throw;
        }

        var result = (notify, _stdout!, _stderr!);
        (_stdout, _stderr) = (null, null);
        return result;
    }

    /// <summary>Closes the control socket; the process and its control group are the caller's from here on.</summary>
    public void LetGo() => _control.Dispose();

    /// <summary>Ends the process, whatever it has become, and closes everything.</summary>
    public void Dispose()
    {
        _control.Dispose();
        _stdout?.Dispose();
        _stderr?.Dispose();
        Child.KillAndWait(_killGrace);
        SpinWait.SpinUntil(() => Group?.TryRemove() != false, _killGrace); // Others that were in it may take a moment to end.
    }

    /// <summary>Here and not at the order: the kernel takes many milliseconds to move a process between groups.</summary>
    private static Cgroup? Enclose(string groups, int pid)
    {
        var group = Cgroup.TryCreate($"{groups}/{pid}");
        try
        {
            group?.Add(pid);
            return group;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            group?.TryRemove();
            return null;
        }
    }

    private void SendOrder(LaunchOrder order, IReadOnlyList<int> descriptors)
    {
        var body = order.ToBytes();
        var head = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(head, body.Length);
        FdPassing.Send(_control.Number, head, [.. descriptors]);
        for (var sent = 0; sent < body.Length;)
        {
            sent += FdPassing.Send(_control.Number, body.AsSpan(sent), []);
        }
    }

    private FileDescriptor AwaitNotify(LaunchOrder order)
    {
        var buffer = new byte[512];
        var fds = new List<int>();
        var received = FdPassing.Receive(_control.Number, buffer, fds);
        return received switch
        {
            0 => throw new LinuxException("recvmsg", Errno.ESRCH),
            _ when buffer[0] == Launcher.Notify && fds.Count == 1 => new FileDescriptor(fds[0]),
            _ => throw Refused(order, buffer.AsSpan(0, received)),
        };
    }

    private void AwaitExec(LaunchOrder order)
    {
        var buffer = new byte[512];
        var received = FdPassing.Receive(_control.Number, buffer, []);
        if (received > 0)
        {
            throw Refused(order, buffer.AsSpan(0, received));
        }
    }

    private static StartException Refused(LaunchOrder order, ReadOnlySpan<byte> message)
    {
        var errno = message.Length >= 5 ? BinaryPrimitives.ReadInt32LittleEndian(message[1..]) : 0;
        var step = message.Length > 5 ? Encoding.UTF8.GetString(message[5..]) : "unknown step";
        var advice = errno switch
        {
            Errno.ENOENT => " (check the path; for a script, its interpreter)",
            Errno.EACCES => " (check the mode of the file and of the folders above it)",
            Errno.EPERM when step.StartsWith(Launcher.Becoming, StringComparison.Ordinal) => " (give the engine CAP_SETUID and CAP_SETGID)",
            Errno.EPERM when step.StartsWith(Launcher.Limiting, StringComparison.Ordinal) => " (it is above the engine's own: give that CAP_SYS_RESOURCE, or a higher limit)",
            Errno.EPERM => " (the engine needs more privileges for this; run it as root)",
            Errno.ENOSYS or Errno.EINVAL => " (Aeterna needs Linux 5.14 or later with seccomp user notification)",
            _ => "",
        };
        return new StartException($"cannot start {order.Path}: {step}: {Errno.Text(errno).ToLowerInvariant()}{advice}");
    }

    private static unsafe (FileDescriptor Mine, FileDescriptor Theirs) SocketPair()
    {
        var fds = stackalloc int[2];
        Errno.ThrowIfFailed(LibC.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, fds), "socketpair");
        return (new FileDescriptor(fds[0]), new FileDescriptor(fds[1]));
    }

    private static unsafe (FileDescriptor Read, FileDescriptor Write) Pipe()
    {
        var fds = stackalloc int[2];
        Errno.ThrowIfFailed(LibC.pipe2(fds, Libc.O_CLOEXEC), "pipe2");
        return (new FileDescriptor(fds[0]), new FileDescriptor(fds[1]));
    }
}
