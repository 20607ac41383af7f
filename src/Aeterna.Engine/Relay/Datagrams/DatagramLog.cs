using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay.Datagrams;

/// <summary>The log lines of the datagram relay (1650 to 1659).</summary>
internal static partial class DatagramLog
{
    [LoggerMessage(1650, LogLevel.Warning, "cannot keep the process ids of those who send to {Address}: the kernel does not let the engine use them (give it CAP_SYS_ADMIN); the service sees the engine's process id")]
    public static partial void NoSenderPid(ILogger log, ListenerAddress address);

    [LoggerMessage(1651, LogLevel.Warning, "cannot keep the users of those who send to {Address}: the kernel does not let the engine use them (give it CAP_SETUID and CAP_SETGID); the service sees the engine's user")]
    public static partial void NoSenderUser(ILogger log, ListenerAddress address);

    [LoggerMessage(1652, LogLevel.Warning, "cannot relay file descriptors: some came with a datagram to {Address} and were closed; its bytes were relayed (use handoff: shared for this socket). Said once")]
    public static partial void DescriptorsDropped(ILogger log, ListenerAddress address);

    [LoggerMessage(1653, LogLevel.Warning, "cannot relay a datagram of {Length} bytes to {Address}: {Why}; it is lost")]
    public static partial void TooLong(ILogger log, int length, ListenerAddress address, string why);

    [LoggerMessage(1654, LogLevel.Warning, "cannot send datagrams of {Address} to generation {Generation}: {Why}; they wait for the next generation")]
    public static partial void SideBroken(ILogger log, ListenerAddress address, int generation, string why);

    [LoggerMessage(1655, LogLevel.Warning, "{Count} datagrams of {Address} that no generation had been given are lost with the end of the engine")]
    public static partial void LostAtEnd(ILogger log, int count, ListenerAddress address);
}
