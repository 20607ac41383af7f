using System.Globalization;

using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>The thread that waits for an answer: what can be known of it, and what can be done in its name. Valid for one notification.</summary>
internal sealed class Caller(int listener, SeccompNotif notification, ThreadGroups groups)
{
    private int? _process;

    /// <summary>Its thread id.</summary>
    public int Tid { get; } = (int)notification.Pid;

    /// <summary>Its process.</summary>
    /// <exception cref="CallerGoneException">It died.</exception>
    public int Process => _process ??= groups.Of(Tid) ?? throw new CallerGoneException();

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

    /// <summary>Answers its call with a descriptor of ours, under this number there. False when it died.</summary>
    /// <exception cref="LinuxException">EBADF: the number is above its limit of open descriptors.</exception>
    public bool AnswerWith(int ours, int theirs, bool closeOnExec) => Seccomp.AnswerWith(listener, notification.Id, ours, theirs, closeOnExec);

    /// <summary>Answers its call after it was parked. Nothing happens when it died.</summary>
    public void AnswerNow(Answer answer) =>
        Seccomp.Send(listener, notification.Id, 0, answer.Errno, answer.Kind == AnswerKind.Untouched ? Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0);

    /// <summary>Bytes of its memory; null when they cannot be read.</summary>
    public byte[]? Read(ulong address, int length)
    {
        var bytes = new byte[length];
        return ProcessMemory.TryRead(Tid, address, bytes) ? bytes : null;
    }

    /// <summary>Writes to its memory; false when that cannot be.</summary>
    public bool Write(ulong address, ReadOnlySpan<byte> bytes) => ProcessMemory.TryWrite(Tid, address, bytes);

    /// <summary>
    /// Writes a socket address as the kernel does for accept(2) and its like: at most as much as there is room for, and the whole
    /// length into the length argument. Returns 0 or EFAULT or EINVAL.
    /// </summary>
    public int WriteAddress(ulong address, ulong lengthAddress, ReadOnlySpan<byte> bytes)
    {
        if (Read(lengthAddress, sizeof(int)) is not { } room)
        {
            return Errno.EFAULT;
        }

        var size = BitConverter.ToInt32(room);
        return size < 0 ? Errno.EINVAL
            : Write(address, bytes[..Math.Min(size, bytes.Length)]) && Write(lengthAddress, BitConverter.GetBytes(bytes.Length)) ? 0
            : Errno.EFAULT;
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

/// <summary>The caller died before it got an answer, so that nobody waits for one; or nothing could be read of it, and it still waits.</summary>
internal sealed class CallerGoneException() : Exception("nothing can be known of the caller");
