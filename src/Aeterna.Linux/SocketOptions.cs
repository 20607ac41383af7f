namespace Aeterna.Linux;

/// <summary>Socket options that are more than an integer.</summary>
internal static partial class Libc
{
    /// <summary>Reads an option into <paramref name="value"/>: the number of bytes that the kernel wrote, or -1 with <see cref="Errno.Last"/>.</summary>
    public static unsafe int GetOption(int fd, int level, int name, Span<byte> value)
    {
        fixed (byte* p = value)
        {
            var length = (uint)value.Length;
            return getsockopt(fd, level, name, p, &length) == 0 ? (int)length : -1;
        }
    }

    /// <summary>Sets an option; false with <see cref="Errno.Last"/> when refused.</summary>
    public static unsafe bool SetOption(int fd, int level, int name, ReadOnlySpan<byte> value)
    {
        fixed (byte* p = value)
        {
            return setsockopt(fd, level, name, p, (uint)value.Length) == 0;
        }
    }
}

/// <summary>Makes a socket what another one is.</summary>
internal static class SocketOptions
{
    /// <summary>Sets all options on one socket as they are on another. One that either does not have, or that the kernel refuses, stays as it is.</summary>
    public static void Copy(int from, int to) => Copy(SocketTraits.Options, from, to);

    /// <summary>Sets O_NONBLOCK, O_ASYNC and the owner, which belong to the open file and not to the descriptor, on one as they are on another.</summary>
    public static void CopyFlags(int from, int to) => Copy(SocketTraits.OfTheFile, from, to);

    private static void Copy(IEnumerable<SocketTrait> traits, int from, int to)
    {
        foreach (var trait in traits)
        {
            if (trait.Read(from) is { } wanted && trait.Read(to) is { } present && !wanted.AsSpan().SequenceEqual(present))
            {
                trait.TrySet(to, wanted);
            }
        }
    }

    /// <summary>Binds a socket to a device as another is (SO_BINDTODEVICE); false with <see cref="Errno.Last"/>: EPERM, ENODEV.</summary>
    public static bool CopyDevice(int from, int to)
    {
        var device = Libc.GetDevice(from);
        return device.Length == 0 || Libc.SetOption(to, Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, System.Text.Encoding.UTF8.GetBytes(device));
    }
}
