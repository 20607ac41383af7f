using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Aeterna.Control;

/// <summary>Who sent a request.</summary>
internal static class Caller
{
    /// <summary>The other end, as <see cref="ConnectionGate"/> found it.</summary>
    public static ConnectionPeer? Peer(HttpContext context) => context.Features.Get<ConnectionPeer>();

    /// <summary>Whether the request came over the control socket.</summary>
    public static bool IsOverSocket(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket is { AddressFamily: AddressFamily.Unix };

    /// <summary>As the record names the caller: <c>uid 0 (root) pid 123</c>, <c>uid 0 (root) from 127.0.0.1</c>, or the address.</summary>
    public static string Describe(HttpContext context)
    {
        var peer = Peer(context);
        var user = peer?.Uid is { } uid ? $"uid {uid}{UserName(uid)}" : null;
        if (IsOverSocket(context))
        {
            return user is null ? "control socket" : $"{user} pid {peer!.Pid}";
        }

        var address = context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        return user is null ? address : $"{user} from {address}";
    }

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
