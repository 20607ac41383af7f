using System.Globalization;

using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>The thread that waits for an answer: what can be known of it, and what can be done in its name. Valid for one notification.</summary>
internal sealed class Caller(int listener, SeccompNotif notification)
{
    private int? _process;

    /// <summary>Its thread id.</summary>
    public int Tid { get; } = (int)notification.Pid;

    /// <summary>Its process.</summary>
    /// <exception cref="CallerGoneException">It died.</exception>
    public int Process => _process ??= ProcFs.ThreadGroup(Tid) ?? throw new CallerGoneException();

    /// <summary>An argument of the call.</summary>
    public unsafe ulong Argument(int index)
    {
        var data = notification.Data;
        return data.Args[index];
    }

    /// <summary>An argument that is an int.</summary>
    public int IntArgument(int index) => (int)Argument(index);

    /// <summary>Whether it still waits: what was read of it before this is its own only then.</summary>
    /// <exception cref="CallerGoneException">It does not.</exception>
    public void ThrowIfGone()
    {
        if (!Seccomp.IsValid(listener, notification.Id))
        {
            throw new CallerGoneException();
        }
    }

    /// <summary>A path argument; null when it cannot be read (the kernel then gives the right error).</summary>
    public string? PathArgument(int index) => ProcessMemory.TryReadPath(Tid, Argument(index));

    /// <summary>A duplicate of one of its sockets, which the caller of this method owns. Null when the number is no open descriptor.</summary>
    /// <exception cref="CallerGoneException">It died.</exception>
    public FileDescriptor? Duplicate(int fd)
    {
        using var process = PidFd.TryOpen(Process) ?? throw new CallerGoneException();
        try
        {
            return PidFd.GetFd(process, fd);
        }
        catch (LinuxException e) when (e.Number == Errno.EBADF)
        {
            return null;
        }
    }

    /// <summary>Puts our descriptor in the place of one of its own, with the CLOEXEC flag that this had. False when it died.</summary>
    public bool Give(int ours, int theirs)
    {
        var flags = ProcFs.DescriptorFlags(Process, theirs) ?? 0;
        return Seccomp.Replace(listener, notification.Id, ours, theirs, (flags & Libc.O_CLOEXEC) != 0);
    }

    /// <summary>Whether its root directory is ours: only then do its paths mean the same to us.</summary>
    public bool SharesRoot => LinkTarget("root") == "/";

    /// <summary>A path as it is from the root.</summary>
    public string Absolute(int folder, string path) =>
        Path.GetFullPath(path, LinkTarget(folder == UnixFiles.AT_FDCWD ? "cwd" : $"fd/{folder}") ?? "/");

    /// <summary>Does something on this thread with the caller's working directory, umask, and file system user and group.</summary>
    /// <remarks>The thread must have its own directory and umask (<see cref="ThreadCredentials.OwnDirectoryAndUmask"/>).</remarks>
    public int InItsPlace(Func<int> action)
    {
        var (uid, gid) = (FileSystemId("Uid"), FileSystemId("Gid"));
        var umask = Convert.ToInt32(ProcFs.StatusField(Tid, "Umask") ?? throw new CallerGoneException(), 8);
        using (var cwd = new FileDescriptor(Libc.open($"/proc/{Tid}/cwd", Libc.O_PATH | Libc.O_CLOEXEC, 0)))
        {
            if (!cwd.IsInvalid)
            {
                ThreadCredentials.Enter(cwd);
            }
        }

        var mine = Libc.umask(umask);
        ThreadCredentials.ActAs(uid, gid);
        try
        {
            return action();
        }
        finally
        {
            ThreadCredentials.ActAs(Libc.geteuid(), Libc.getegid());
            _ = Libc.umask(mine);
        }
    }

    /// <summary>Whether it may bind to ports below net.ipv4.ip_unprivileged_port_start.</summary>
    public bool MayBindLowPorts()
    {
        const int CAP_NET_BIND_SERVICE = 10;
        var effective = ulong.Parse(
            ProcFs.StatusField(Tid, "CapEff") ?? throw new CallerGoneException(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (effective & (1ul << CAP_NET_BIND_SERVICE)) != 0;
    }

    // The last of the four numbers: real, effective, saved, file system.
    private uint FileSystemId(string field) =>
        uint.Parse((ProcFs.StatusField(Tid, field) ?? throw new CallerGoneException()).Split('\t')[3], CultureInfo.InvariantCulture);

    private string? LinkTarget(string name)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{Tid}/{name}", false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>The caller died before it got an answer; nobody waits for one.</summary>
internal sealed class CallerGoneException : Exception;
