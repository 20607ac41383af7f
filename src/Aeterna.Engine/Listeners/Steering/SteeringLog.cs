using System.Net;


using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Listeners.Steering;

/// <summary>The log lines of steered listeners (1010 to 1019).</summary>
internal static partial class SteeringLog
{
    [LoggerMessage(1010, LogLevel.Warning, "cannot carry over datagrams of udp://{Address}: {Why}; they are lost (give the engine CAP_NET_RAW)")]
    public static partial void NoRawSocket(ILogger log, IPEndPoint address, string why);

    [LoggerMessage(1011, LogLevel.Warning, "cannot carry over a datagram of udp://{Address}: {Why}; it and others like it are lost")]
    public static partial void CannotCarry(ILogger log, IPEndPoint address, string why);

    [LoggerMessage(1012, LogLevel.Warning, "cannot carry over all datagrams of {Address}: the receive buffer of the socket they go to was full and {Count} were dropped (raise its receive_buffer)")]
    public static partial void QueueFull(ILogger log, ListenerAddress address, long count);

    [LoggerMessage(1013, LogLevel.Warning, "cannot hold back the traffic of {Address}: {Why}; generation {Generation} goes on getting it")]
    public static partial void NoWaitingRoom(ILogger log, ListenerAddress address, string why, int? generation);

    [LoggerMessage(1014, LogLevel.Error, "cannot bind {Address} for generation {Generation}: its socket belongs to user {User} and the one that is there to user {Holder}, and the kernel shares an address only among sockets of one user (keep service.user as it is, or stop and start the service)")]
    public static partial void OtherUser(ILogger log, ListenerAddress address, int generation, uint user, uint holder);

    [LoggerMessage(1015, LogLevel.Warning, "{Count} connections of {Address} that nobody had accepted were reset (set the sysctl net.ipv4.tcp_migrate_req to 1 to have the kernel move them)")]
    public static partial void ConnectionsLost(ILogger log, long count, ListenerAddress address);

    [LoggerMessage(1016, LogLevel.Warning, "cannot give {Address} a receive buffer of {Wanted} bytes: the kernel gave {Got} (raise net.core.rmem_max, or run the engine with CAP_NET_ADMIN)")]
    public static partial void SmallBuffer(ILogger log, ListenerAddress address, int wanted, int got);
}
