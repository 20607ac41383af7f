using System.Net.Sockets;
using Aeterna.Load.Accounts;

namespace Aeterna.Load.Senders;

/// <summary>Which mishap an error of a socket call is.</summary>
internal static class SocketMishap
{
    public static MishapKind OfConnect(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => MishapKind.Refused,
        SocketError.TimedOut or SocketError.OperationAborted => MishapKind.TimedOut,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => MishapKind.Reset,
        _ => MishapKind.Local,
    };

    public static MishapKind OfTransfer(SocketError error) => error switch
    {
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown or SocketError.NotConnected => MishapKind.Reset,
        SocketError.TimedOut or SocketError.OperationAborted => MishapKind.NotClosed,
        _ => MishapKind.Local,
    };

    /// <summary>.NET maps ENOENT of a unix socket's path to AddressNotAvailable.</summary>
    public static MishapKind OfUnixSend(SocketError error) => error switch
    {
        SocketError.AddressNotAvailable or SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.NotConnected
            => MishapKind.PathGone,
        SocketError.TimedOut or SocketError.WouldBlock => MishapKind.TimedOut,
        _ => MishapKind.Local,
    };
}
