using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aeterna.Linux;

/// <summary>
/// A socket address as the kernel has it: <c>sockaddr_in</c>, <c>sockaddr_in6</c> (netinet/in.h) or <c>sockaddr_un</c> (unix(7)).
/// Family in host order, ports and addresses in network order.
/// </summary>
internal static class SockAddr
{
    /// <summary>The largest that any of the families has (<c>sockaddr_un</c>: 2 + 108).</summary>
    public const int MaxLength = 110;

    private const int UnixPathOffset = 2;

    /// <summary>The family, or -1 when the bytes are too few.</summary>
    public static int Family(ReadOnlySpan<byte> address) => address.Length < 2 ? -1 : BitConverter.ToUInt16(address);

    /// <summary>Reads an AF_INET or AF_INET6 address; null when it is neither or too short.</summary>
    public static IPEndPoint? ReadEndpoint(ReadOnlySpan<byte> address) => Family(address) switch
    {
        Libc.AF_INET when address.Length >= 8 =>
            new IPEndPoint(new IPAddress(address.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
        Libc.AF_INET6 when address.Length >= 24 =>
            new IPEndPoint(
                new IPAddress(address.Slice(8, 16), address.Length >= 28 ? BitConverter.ToUInt32(address[24..]) : 0),
                BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
        _ => null,
    };

    /// <summary>Reads an AF_UNIX address: a path as it was given, <c>@name</c> for an abstract one, or null (autobind, too short, not UTF-8).</summary>
    public static string? ReadUnix(ReadOnlySpan<byte> address)
    {
        if (Family(address) != Libc.AF_UNIX || address.Length <= UnixPathOffset)
        {
            return null;
        }

        var name = address[UnixPathOffset..];
        var isAbstract = name[0] == 0;
        if (isAbstract)
        {
            name = name[1..];
        }
        else if (name.IndexOf((byte)0) is >= 0 and var end)
        {
            name = name[..end];
        }

        try
        {
            return (isAbstract ? "@" : "") + _strictUtf8.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The bytes of an internet address.</summary>
    public static byte[] Write(IPEndPoint endpoint)
    {
        var v6 = endpoint.AddressFamily == AddressFamily.InterNetworkV6;
        var bytes = new byte[v6 ? 28 : 16];
        BitConverter.TryWriteBytes(bytes, (ushort)(v6 ? Libc.AF_INET6 : Libc.AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)endpoint.Port);
        endpoint.Address.TryWriteBytes(bytes.AsSpan(v6 ? 8 : 4), out _);
        if (v6)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(24), (uint)endpoint.Address.ScopeId);
        }

        return bytes;
    }

    /// <summary>The bytes of a unix address, <c>@name</c> for an abstract one.</summary>
    public static byte[] WriteUnix(string path)
    {
        var isAbstract = path.StartsWith('@');
        var name = Encoding.UTF8.GetBytes(path);
        var bytes = new byte[UnixPathOffset + name.Length + (isAbstract ? 0 : 1)];
        BitConverter.TryWriteBytes(bytes, (ushort)Libc.AF_UNIX);
        name.CopyTo(bytes, UnixPathOffset);
        if (isAbstract)
        {
            bytes[UnixPathOffset] = 0;
        }

        return bytes;
    }

    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);
}
