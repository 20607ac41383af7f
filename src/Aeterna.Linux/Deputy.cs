using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Aeterna.Linux;

/// <summary>
/// Does something in somebody's place, with what that one may and no more: on a thread of its own that first takes over his file
/// system user, all his groups and his capabilities, and, where a path is to mean what it means to him, his root directory, working
/// directory and umask. The thread never gets anything back; it ends.
/// </summary>
/// <remarks>
/// The user is changed by setfsuid(2) and not by setuid(2): a thread that had another's user id could be killed by him, and the engine
/// with it. All of this is by thread in the kernel; where libc would do it for all threads it is asked for without libc.
/// </remarks>
internal static unsafe partial class Deputy
{
    /// <summary>The call that <see cref="Do"/> names in its error when the engine may not change where a thread stands.</summary>
    public const string Standing = "unshare(CLONE_FS)";

    private const int CLONE_FS = 0x200;
    private const int StackBytes = 256 << 10;

    // The runtime looks imported functions up at their first call. There, with somebody's root, it could find nothing.
    private static readonly Lazy<int> _rehearsal = new(() => Run(Rehearse));

    /// <summary>Does it; what it throws is thrown here.</summary>
    /// <param name="rights">Whose rights.</param>
    /// <param name="surroundings">From where; null: it depends on none of these.</param>
    /// <param name="action">What; system calls only.</param>
    /// <exception cref="LinuxException">EPERM: the engine may not become him. Nothing was done.</exception>
    public static T Do<T>(Rights rights, Surroundings? surroundings, Func<T> action)
    {
        _ = _rehearsal.Value;
        return Run(() =>
        {
            TakeOver(rights, surroundings);
            return action();
        });
    }

    private static int Rehearse()
    {
        var own = new Rights(setfsuid(uint.MaxValue), setfsgid(uint.MaxValue), OwnGroups(), Capabilities.Own().Effective);
        using var root = new FileDescriptor(Errno.ThrowIfFailed(Libc.open("/", Libc.O_PATH | Libc.O_CLOEXEC, 0), "open(/)"));
        using var place = new Surroundings(null, root, 0x3F);
        try
        {
            TakeOver(own, place);
        }
        catch (LinuxException)
        {
            // The engine may not change where it stands; then it never will.
        }

        _ = chroot("");
        _ = syscall(-1, 0, null);
        UnixFiles.Rehearse();
        return 0;
    }

    private static T Run<T>(Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = action();
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e);
                }
            },
            StackBytes)
        {
            IsBackground = true,
            Name = "deputy",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    private static void TakeOver(Rights rights, Surroundings? surroundings)
    {
        var (_, permitted) = Capabilities.Own();
        Capabilities.Set(permitted, permitted);
        if (surroundings is not null)
        {
            Stand(surroundings);
        }

        var groups = rights.Groups.ToArray();
        if (!OwnGroups().ToHashSet().SetEquals(groups))
        {
            fixed (uint* list = groups)
            {
                Errno.ThrowIfFailed(setgroups(groups.Length, list), "setgroups");
            }
        }

        // The group first: giving up the user takes away the right to change it. Neither tells whether it succeeded.
        _ = setfsgid(rights.Gid);
        _ = setfsuid(rights.Uid);
        if (setfsgid(uint.MaxValue) != rights.Gid || setfsuid(uint.MaxValue) != rights.Uid)
        {
            throw new LinuxException("setfsuid", Errno.EPERM);
        }

        Capabilities.Set(rights.Capabilities & permitted, rights.Capabilities & permitted);
    }

    private static void Stand(Surroundings surroundings)
    {
        if (LibC.unshare(CLONE_FS) < 0)
        {
            // Denied in many containers. In place of one who stands where the engine does nothing has to be changed.
            var error = Errno.Last;
            if (surroundings.AreOurs())
            {
                return;
            }

            throw new LinuxException(Standing, error);
        }

        if (surroundings.Root is { } root)
        {
            Errno.ThrowIfFailed(LibC.fchdir(root.Number), "fchdir");
            Errno.ThrowIfFailed(chroot("."), "chroot, which takes CAP_SYS_CHROOT");
        }

        Errno.ThrowIfFailed(LibC.fchdir(surroundings.Directory.Number), "fchdir");
        _ = Libc.umask(surroundings.Umask);
    }

    private static uint[] OwnGroups()
    {
        var groups = new uint[Errno.ThrowIfFailed(getgroups(0, null), "getgroups")];
        fixed (uint* list = groups)
        {
            Errno.ThrowIfFailed(getgroups(groups.Length, list), "getgroups");
        }

        return groups;
    }

    /// <summary>Without libc, whose function changes all threads.</summary>
    private static long setgroups(int count, uint* list) => syscall(SyscallTable.Native.Setgroups, count, list);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long count, uint* list);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getgroups(int size, uint* list);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chroot(string path);

    [LibraryImport("libc")]
    private static partial uint setfsuid(uint uid);

    [LibraryImport("libc")]
    private static partial uint setfsgid(uint gid);
}
