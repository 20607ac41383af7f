namespace Aeterna.Linux;

/// <summary>Puts another program in the place of this one, in the same process (execve(2)): its children, its locks and chosen descriptors stay.</summary>
internal static class Successor
{
    private const int F_GETFD = 1;
    private const int F_SETFD = 2;
    private const int FD_CLOEXEC = 1;

    /// <summary>Has descriptors stay open across execve(2), or not any more. One that is not open (EBADF) is passed over: who needs it says so.</summary>
    public static void Keep(IEnumerable<int> descriptors, bool kept)
    {
        foreach (var fd in descriptors)
        {
            if (LibC.fcntl(fd, F_GETFD, 0) is >= 0 and var flags)
            {
                _ = LibC.fcntl(fd, F_SETFD, kept ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC);
            }
        }
    }

    /// <summary>Has all but the standard three be closed by execve(2), whatever they are: one call, however many they are.</summary>
    /// <exception cref="LinuxException">None on a kernel that engines run on.</exception>
    public static void KeepNone() => Errno.ThrowIfFailed(Libc.close_range(3, uint.MaxValue, Libc.CLOSE_RANGE_CLOEXEC), "close_range");

    /// <summary>Those that this process was executed with: what it has opened itself is closed on exec.</summary>
    public static HashSet<int> Inherited(IEnumerable<int> descriptors) => [.. descriptors.Where(fd => LibC.fcntl(fd, F_GETFD, 0) is >= 0 and var flags && (flags & FD_CLOEXEC) == 0)];

    /// <summary>
    /// Executes a program in place of this one. Requests by signals wait meanwhile, until <see cref="Signals.LetRequestsCome"/>. Returns only when
    /// that cannot be done; nothing is different then.
    /// </summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments, its name first.</param>
    /// <param name="environment"><c>NAME=value</c>.</param>
    /// <returns>The errno: ENOENT, EACCES, ENOEXEC, E2BIG, ENOMEM.</returns>
    public static unsafe int Execute(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        using var names = new NativeStrings(arguments);
        using var variables = new NativeStrings(environment);
        using var file = new NativeStrings([path]);
        var before = stackalloc byte[Signals.MaskLength];
        Signals.HoldRequests(before);
        _ = LibC.execve(file.Pointer[0], names.Pointer, variables.Pointer);
        var error = Errno.Last;
        Signals.SetMask(before);
        return error;
    }
}
