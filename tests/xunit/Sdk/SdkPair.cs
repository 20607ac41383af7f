using System.Net.Sockets;
using Aeterna.Sdk;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.Sdk;

/// <summary>Two ends of a unix stream connection: a plain socket, and a connection of the C# SDK.</summary>
internal static class SdkPair
{
    public static (Socket Plain, Connection Sdk) Open()
    {
        var folder = Temp.Folder();
        var path = Path.Combine(folder, "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        near.Connect(new UnixDomainSocketEndPoint(path));
        var far = new Connection(listener.Accept(), TimeSpan.FromMinutes(1));
        Directory.Delete(folder, true);
        return (near, far);
    }
}
