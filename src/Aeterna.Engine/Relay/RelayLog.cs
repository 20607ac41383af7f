using Aeterna.Machine.Plans;
using Microsoft.Extensions.Logging;

namespace Aeterna.Relay;

internal static partial class RelayLog
{
    [LoggerMessage(1600, LogLevel.Warning, "cannot take more clients on {Address}: {Why} (raise the limit of open descriptors: LimitNOFILE= or ulimit -n; a relayed connection takes three, and two more during a reload). They wait until others have ended")]
    public static partial void Crowded(ILogger log, ListenerAddress address, string why);

    [LoggerMessage(1601, LogLevel.Information, "{Address} takes clients again")]
    public static partial void Uncrowded(ILogger log, ListenerAddress address);

    [LoggerMessage(1602, LogLevel.Warning, "a frame of more than {Largest} bytes from {Client} on {Address} was lost: generation {Generation} had read its beginning")]
    public static partial void FrameLost(ILogger log, int largest, string client, ListenerAddress address, int generation);

    [LoggerMessage(1603, LogLevel.Error, "closed the connection of {Client} on {Address}: {Why}")]
    public static partial void Closed(ILogger log, string client, ListenerAddress address, string why);

    [LoggerMessage(1604, LogLevel.Error, "the relay failed at something: {Why}")]
    public static partial void Unexpected(ILogger log, string why);

    [LoggerMessage(1605, LogLevel.Information, "a TLS connection of {Client} ended: {Why}")]
    public static partial void TlsEnded(ILogger log, System.Net.EndPoint? client, string why);

    [LoggerMessage(1607, LogLevel.Warning, "closed the connection of {Client} on {Address}: what relayed connections hold has come to relay.max_memory, and this one held the most, {Unfinished} bytes, of what was not finished")]
    public static partial void Refused(ILogger log, string client, ListenerAddress address, long unfinished);

    [LoggerMessage(1606, LogLevel.Information, "closed the connection of {Client} on {Address}: it carries something whose messages the relay cannot tell apart (TLS, RELP), so it cannot go on to another generation")]
    public static partial void CannotMove(ILogger log, string client, ListenerAddress address);
}
