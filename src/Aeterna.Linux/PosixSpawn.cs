using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Starts a program with posix_spawn(3) (glibc 2.34 or later for closefrom): a fork in managed code could not be safe.
/// The child has its own session, default signal dispositions, an empty signal mask, and no descriptor that was not named.
/// </summary>
internal static partial class PosixSpawn
{
    private const short POSIX_SPAWN_SETSIGDEF = 0x04;
    private const short POSIX_SPAWN_SETSIGMASK = 0x08;
    private const short POSIX_SPAWN_SETSID = 0x80;

    // posix_spawn_file_actions_t is 80 bytes, posix_spawnattr_t 336 and sigset_t 128 in glibc on both architectures.
    private const int ActionsSize = 128;
    private const int AttributesSize = 512;
    private const int SigSetSize = 128;

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawn_file_actions_adddup2(byte* actions, int fd, int target);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawn_file_actions_addclosefrom_np(byte* actions, int from);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int posix_spawn_file_actions_addchdir_np(byte* actions, string path);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);

    [LibraryImport("libc")]
    private static unsafe partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);

    /// <summary>Starts a program.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="argv">Its arguments, the first being its name.</param>
    /// <param name="environment">Its whole environment, <c>NAME=value</c>.</param>
    /// <param name="descriptors">Ours, which become 0, 1, 2, … there; they stay ours here.</param>
    /// <param name="workingDirectory">Null: ours.</param>
    /// <returns>The process id; the caller has to wait for it.</returns>
    /// <exception cref="LinuxException">ENOENT, EACCES, ENOEXEC, EAGAIN, ENOMEM, E2BIG.</exception>
    public static unsafe int Start(
        string path, IReadOnlyList<string> argv, IReadOnlyList<string> environment, IReadOnlyList<int> descriptors, string? workingDirectory)
    {
        byte* actions = stackalloc byte[ActionsSize];
        byte* attributes = stackalloc byte[AttributesSize];
        byte* all = stackalloc byte[SigSetSize];
        byte* none = stackalloc byte[SigSetSize];
        new Span<byte>(all, SigSetSize).Fill(0xff);
        new Span<byte>(none, SigSetSize).Clear();
        _ = posix_spawn_file_actions_init(actions);
        _ = posix_spawnattr_init(attributes);
        using var file = new NativeStrings([path]);
        using var arguments = new NativeStrings(argv);
        using var variables = new NativeStrings(environment);
        var lifted = Lift(descriptors);
        try
        {
            for (var i = 0; i < descriptors.Count; i++)
            {
                Check(posix_spawn_file_actions_adddup2(actions, lifted[descriptors[i]].Number, i), "posix_spawn_file_actions_adddup2");
            }

            Check(posix_spawn_file_actions_addclosefrom_np(actions, descriptors.Count), "posix_spawn_file_actions_addclosefrom_np");
            if (workingDirectory is not null)
            {
                Check(posix_spawn_file_actions_addchdir_np(actions, workingDirectory), "posix_spawn_file_actions_addchdir_np");
            }

            Check(posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID), "posix_spawnattr_setflags");
            Check(posix_spawnattr_setsigdefault(attributes, all), "posix_spawnattr_setsigdefault");
            Check(posix_spawnattr_setsigmask(attributes, none), "posix_spawnattr_setsigmask");
            int pid;
            Check(posix_spawn(&pid, file.Pointer[0], actions, attributes, arguments.Pointer, variables.Pointer), "posix_spawn");
            return pid;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
            foreach (var descriptor in lifted.Values)
            {
                descriptor.Dispose();
            }
        }
    }

    /// <summary>Duplicates above the child's own numbers: a dup2 must not overwrite what a later one still needs.</summary>
    private static Dictionary<int, FileDescriptor> Lift(IReadOnlyList<int> descriptors)
    {
        Dictionary<int, FileDescriptor> lifted = [];
        foreach (var fd in descriptors.Distinct())
        {
            lifted[fd] = new FileDescriptor(
                Errno.ThrowIfFailed(LibC.fcntl(fd, Libc.F_DUPFD_CLOEXEC, descriptors.Count), "fcntl(F_DUPFD_CLOEXEC)"));
        }

        return lifted;
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
        {
            throw new LinuxException(call, error);
        }
    }
}

/// <summary>A NULL-terminated array of C strings, as execve(2) wants it; freed when disposed.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    public NativeStrings(IReadOnlyList<string> strings)
    {
        _count = strings.Count;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < _count; i++)
        {
            Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }
    }

    /// <summary>The array; owned by this object.</summary>
    public byte** Pointer { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
        {
            Marshal.FreeCoTaskMem((nint)Pointer[i]);
        }

        NativeMemory.Free(Pointer);
    }
}
