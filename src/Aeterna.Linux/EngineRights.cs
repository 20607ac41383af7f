namespace Aeterna.Linux;

/// <summary>The capabilities that an engine of root's works with. All others are given up when it starts.</summary>
internal static class EngineRights
{
    /// <summary>What each is for is in docs/security.md.</summary>
    private static readonly int[] _needed =
    [
        0, // CAP_CHOWN: gives folders and sockets to the service's user
        1, // CAP_DAC_OVERRIDE: reads /proc of other users' processes, and configuration in their folders
        5, // CAP_KILL
        6, // CAP_SETGID: acts in a caller's place
        7, // CAP_SETUID
        10, // CAP_NET_BIND_SERVICE: listeners of the configuration, and callers that have it
        12, // CAP_NET_ADMIN: receive buffers above the system's limit
        13, // CAP_NET_RAW: gives datagrams back with their sender's address
        18, // CAP_SYS_CHROOT: acts in a caller's place
        19, // CAP_SYS_PTRACE: reads a caller's arguments, takes its sockets
        21, // CAP_SYS_ADMIN: passes on who sent a unix datagram
        24, // CAP_SYS_RESOURCE: limits of the service above its own
    ];

    /// <summary>All that are needed, as a mask.</summary>
    public static ulong Needed { get; } = _needed.Aggregate(0ul, (mask, capability) => mask | Capabilities.Bit(capability));

    /// <summary>
    /// Gives up the others, on this thread and on all that come from it; so it comes before anything that starts one. Not under
    /// no_new_privs: there a service of root's could have no more than the engine.
    /// </summary>
    public static void DropTheRest()
    {
        var (effective, permitted) = Capabilities.Own();
        if ((permitted & ~Needed) != 0 && Libc.prctl(Libc.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
        {
            Capabilities.Set(effective & Needed, permitted & Needed);
        }
    }
}
