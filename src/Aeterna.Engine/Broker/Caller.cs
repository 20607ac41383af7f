using Aeterna.Linux;

namespace Aeterna.Broker;

/// <summary>The thread that waits for an answer: what can be known of it, and what can be done in its name. Valid for one notification.</summary>
internal sealed class Caller(int listener, SeccompNotif notification, ThreadGroups groups)
{
    private int? _process;
    private Rights? _rights;

    /// <summary>Its thread id.</summary>
    public int Tid { get; } = (int)notification.Pid;

    /// <summary>As the kernel told of it.</summary>
    public SeccompNotif Notification => notification;

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

    /// <summary>The inode of the socket that it has under a number; null when that is no socket of its.</summary>
    /// <exception cref="CallerGoneException">It died.</exception>
    /// <exception cref="LinuxException">EACCES, EPERM: the engine may not look.</exception>
    public ulong? SocketInode(int fd)
    {
        var error = ProcFs.TrySocketInode(Process, fd, out var inode);
        ThrowIfGone();
        return error is 0 or Errno.ENOENT ? inode : throw new LinuxException("readlink(/proc/PID/fd)", error);
    }

    /// <summary>With what its call ends because of a signal that waits for it; null when none does.</summary>
    public Answer? AnswerForSignal() => ProcessSignals.Pending(Tid) switch
    {
        PendingSignal.Certain => Answer.Of(Errno.ERESTARTSYS),
        PendingSignal.Possible => Answer.Of(Errno.EINTR),
        _ => null,
    };

    /// <summary>Puts our descriptor in the place of one of its own, with the CLOEXEC flag that this had. False when it died.</summary>
    public bool Give(int ours, int theirs)
    {
        var flags = ProcFs.DescriptorFlags(Process, theirs) ?? 0;
        return Seccomp.Replace(listener, notification.Id, ours, theirs, (flags & Libc.O_CLOEXEC) != 0);
    }

    /// <summary>Answers its call with a descriptor of ours, under this number there. False when it died.</summary>
    /// <exception cref="LinuxException">EBADF: the number is above its limit of open descriptors.</exception>
    public bool AnswerWith(int ours, int theirs, bool closeOnExec) => Seccomp.AnswerWith(listener, notification.Id, ours, theirs, closeOnExec);

    /// <summary>The same in two steps, between which another engine can find out how far this one has come.</summary>
    /// <exception cref="LinuxException">EBADF: the number is above its limit of open descriptors.</exception>
    public bool AnswerInSteps(int ours, int theirs, bool closeOnExec) =>
        Seccomp.Replace(listener, notification.Id, ours, theirs, closeOnExec) && AnswerWith(theirs);

    /// <summary>Answers its call with a number that it has already. False when it died.</summary>
    public bool AnswerWith(int theirs) => Seccomp.Send(listener, notification.Id, theirs, 0, 0);

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

    /// <summary>Whether it lives where the engine does, as to users and what they may.</summary>
    public bool SharesUsers => ProcFs.SharesNamespace(Tid, "user");

    /// <summary>What it may; its capabilities only where they count for us too.</summary>
    /// <exception cref="CallerGoneException">It died.</exception>
    public Rights Rights => _rights ??= Known(Rights.Of(Tid));

    /// <summary>Does something in its place: with its rights, seen from where it stands.</summary>
    /// <exception cref="LinuxException">EPERM: the engine may not take its place.</exception>
    /// <exception cref="CallerGoneException">It died.</exception>
    /// <param name="path">The path that the action uses: where it begins at the root the working directory does not count.</param>
    /// <param name="action">What to do.</param>
    public T InItsPlace<T>(string path, Func<T> action)
    {
        var rights = Rights;
        using var surroundings = Known(Surroundings.Of(Tid));
        return Deputy.Do(rights, surroundings with { DirectoryCounts = !path.StartsWith('/') }, action);
    }

    /// <summary>Where a path of its leads, as the kernel has it for the caller. Null when the path ends in no name. The caller of this method owns it.</summary>
    /// <param name="folder">Its descriptor where a relative path begins, or AT_FDCWD.</param>
    /// <param name="path">The path.</param>
    /// <exception cref="LinuxException">The error that the path has for it too; ELOOP may be for the engine only.</exception>
    public FilePlace? Find(int folder, string path)
    {
        if (folder == UnixFiles.AT_FDCWD || path.StartsWith('/'))
        {
            return InItsPlace(path, () => FilePlace.Resolve(UnixFiles.AT_FDCWD, path));
        }

        using var start = Duplicate(folder) ?? throw new LinuxException("openat2", Errno.EBADF);
        return InItsPlace("/", () => FilePlace.Resolve(start.Number, path));
    }

    /// <summary>
    /// What to call a place that it has named: by its own path where that is the same for us. With <c>..</c> in it, or another root, only
    /// the kernel knows where it leads.
    /// </summary>
    public string NameOf(string path, FilePlace place) =>
        Surroundings.SharesRoot(Tid) && !path.Split('/').Contains("..") ? Path.GetFullPath(path, ProcFs.Link(Tid, "cwd") ?? "/") : place.Path;

    /// <summary>What was read of it, if it still waits: then it was read of no other that has its number now.</summary>
    private T Known<T>(T? read)
        where T : class
    {
        ThrowIfGone();
        return read ?? throw new CallerGoneException();
    }
}

/// <summary>The caller died before it got an answer, so that nobody waits for one; or nothing could be read of it, and it still waits.</summary>
internal sealed class CallerGoneException() : Exception("nothing can be known of the caller");
