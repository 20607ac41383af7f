using System.Net.Sockets;
using Aeterna.Linux;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Aeterna.Control;

/// <summary>Who sent a request.</summary>
internal static class Caller
{
    /// <summary>Credentials of a peer on the control socket; null over TCP or when the kernel does not say.</summary>
    public static PeerCredentials? Peer(HttpContext context) =>
        Socket(context) is { AddressFamily: AddressFamily.Unix } socket ? PeerCredentials.Of(socket) : null;

    /// <summary>Whether the request came over the control socket.</summary>
    public static bool IsOverSocket(HttpContext context) => Socket(context) is { AddressFamily: AddressFamily.Unix };

    /// <summary>As the record names the caller: <c>uid 0 (root) pid 123</c>, or the address.</summary>
    public static string Describe(HttpContext context)
    {
        if (!IsOverSocket(context))
        {
            return context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        }

        return Peer(context) is { } peer ? $"uid {peer.Uid}{UserName(peer.Uid)} pid {peer.Pid}" : "control socket";
    }

    private static Socket? Socket(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()?.Socket;

    private static string UserName(uint uid)
    {
        try
        {
            var name = File.ReadLines("/etc/passwd")
                .Select(line => line.Split(':'))
                .FirstOrDefault(fields => fields.Length > 2 && uint.TryParse(fields[2], out var id) && id == uid)?[0];
            return name is null ? "" : $" ({name})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The number says it all the same.
            return "";
        }
    }
}
