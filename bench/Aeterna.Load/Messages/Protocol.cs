namespace Aeterna.Load.Messages;

/// <summary>The ways in which messages are sent. Each has its own line in a report.</summary>
internal enum Protocol
{
    /// <summary>TCP, a connection for a few messages.</summary>
    TcpShort,

    /// <summary>TCP, connections that stay.</summary>
    TcpLong,

    Udp,

    /// <summary>Unix datagrams, as syslog(3) sends them.</summary>
    Unix,
}

/// <summary>Names of protocols for people and for files.</summary>
internal static class Protocols
{
    public static IReadOnlyList<Protocol> All { get; } = Enum.GetValues<Protocol>();

    public static string Title(this Protocol protocol) => protocol switch
    {
        Protocol.TcpShort => "TCP short",
        Protocol.TcpLong => "TCP long",
        Protocol.Udp => "UDP",
        Protocol.Unix => "unix",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };
}
