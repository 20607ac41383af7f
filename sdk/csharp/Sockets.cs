using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aeterna.Sdk;

/// <summary>The sockets that the engine keeps for the service, and the word that it serves.</summary>
internal static class Sockets
{
    private const int FirstDescriptor = 3;

    public static Socket Listen(IPEndPoint endpoint, string? name, int backlog)
    {
        if (Inherited(endpoint.Port, name) is { } inherited)
        {
            AeternaService.Say($"inherited {inherited.LocalEndPoint}");
            return inherited;
        }

        var own = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            own.Bind(endpoint);
            own.Listen(backlog);
            return own;
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    public static void Ready()
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } path)
        {
            return;
        }

        try
        {
            using var notify = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            notify.SendTo("READY=1"u8, SocketFlags.None, new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            AeternaService.Say($"cannot say READY=1: {e.Message}");
        }
    }

    private static Socket? Inherited(int port, string? name)
    {
        var names = (Environment.GetEnvironmentVariable("LISTEN_FDNAMES") ?? "").Split(':');
        _ = int.TryParse(Environment.GetEnvironmentVariable("AETERNA_INHERITED_FDS"), CultureInfo.InvariantCulture, out var count);
        for (var i = 0; i < count; i++)
        {
            if ((name is null || (i < names.Length && names[i] == name)) && Open(FirstDescriptor + i) is { } socket)
            {
                if (name is not null || (socket.LocalEndPoint as IPEndPoint)?.Port == port)
                {
                    return socket;
                }

                socket.Dispose();
            }
        }

        return null;
    }

    private static Socket? Open(int descriptor)
    {
        var own = Native.Duplicate(descriptor);
        try
        {
            return new Socket(new SafeSocketHandle(own, ownsHandle: true));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            AeternaService.Say($"descriptor {descriptor} is no socket: {e.Message}");
            return null;
        }
    }
}
