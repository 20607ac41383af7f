namespace Aeterna.Linux;

/// <summary>Something that a program sets on its socket and that can be read back, so that another socket can be made the same.</summary>
/// <param name="name">As a program's source has it.</param>
/// <param name="adds">Turned on it only adds to what is received or allowed: whoever else uses the socket does not mind.</param>
internal abstract class SocketTrait(string name, bool adds = false)
{
    public string Name { get; } = name;

    /// <summary>Whether setting it to a value takes nothing away from another user of the socket.</summary>
    public bool OnlyAdds(byte[] value) => adds && value.Any(b => b != 0);

    /// <summary>The value; null when the socket has none that could be read.</summary>
    public abstract byte[]? Read(int fd);

    /// <summary>Sets a value that was read; false with <see cref="Errno.Last"/>: EPERM, EINVAL, ENOPROTOOPT.</summary>
    public abstract bool TrySet(int fd, byte[] value);
}

/// <summary>An option of getsockopt(2) and setsockopt(2).</summary>
/// <param name="name">Its name.</param>
/// <param name="level">Its level.</param>
/// <param name="number">Its number.</param>
/// <param name="adds">See <see cref="SocketTrait"/>.</param>
/// <param name="unset">What the kernel shows while it is not set, and takes as 0; null: there is no such value.</param>
internal sealed class OptionTrait(string name, int level, int number, bool adds = false, int? unset = null) : SocketTrait(name, adds)
{
    // The longest is IP_OPTIONS with 40 bytes.
    private const int Longest = 64;

    /// <inheritdoc/>
    public override byte[]? Read(int fd)
    {
        Span<byte> value = stackalloc byte[Longest];
        var length = Libc.GetOption(fd, level, number, value);
        return length < 0 ? null
            : unset is { } none && length == sizeof(int) && BitConverter.ToInt32(value) == none ? new byte[sizeof(int)]
            : value[..length].ToArray();
    }

    /// <inheritdoc/>
    public override bool TrySet(int fd, byte[] value) => Libc.SetOption(fd, level, number, value.AsSpan());
}

/// <summary>
/// A buffer's size: the kernel doubles what it is asked for and shows the double (socket(7)). The receive buffer of datagrams is not read:
/// the engine has its own rule for that.
/// </summary>
internal sealed class BufferTrait(string name, int number, int forced) : SocketTrait(name)
{
    /// <inheritdoc/>
    public override byte[]? Read(int fd) =>
        number == Libc.SO_RCVBUF && Libc.GetOption(fd, Libc.SOL_SOCKET, Libc.SO_TYPE) != Libc.SOCK_STREAM ? null
        : Libc.GetOption(fd, Libc.SOL_SOCKET, number) is { } size ? BitConverter.GetBytes(size)
        : null;

    /// <inheritdoc/>
    public override bool TrySet(int fd, byte[] value)
    {
        var half = BitConverter.ToInt32(value) / 2;
        return Libc.SetOption(fd, Libc.SOL_SOCKET, forced, half) || Libc.SetOption(fd, Libc.SOL_SOCKET, number, half);
    }
}

/// <summary>A flag of the open file, which all duplicates of a socket share (F_SETFL of fcntl(2)).</summary>
internal sealed class FlagTrait(string name, int flag) : SocketTrait(name)
{
    /// <inheritdoc/>
    public override byte[]? Read(int fd) => LibC.fcntl(fd, Libc.F_GETFL, 0) is >= 0 and var flags ? [(byte)((flags & flag) == 0 ? 0 : 1)] : null;

    /// <inheritdoc/>
    public override bool TrySet(int fd, byte[] value) =>
        LibC.fcntl(fd, Libc.F_GETFL, 0) is >= 0 and var flags && LibC.fcntl(fd, Libc.F_SETFL, value[0] == 0 ? flags & ~flag : flags | flag) == 0;
}

/// <summary>Who gets SIGIO and SIGURG, and which signal instead of SIGIO (F_SETOWN_EX and F_SETSIG of fcntl(2)).</summary>
internal sealed unsafe partial class OwnerTrait() : SocketTrait("F_SETOWN, F_SETSIG")
{
    private const int F_SETSIG = 10;
    private const int F_GETSIG = 11;
    private const int F_SETOWN_EX = 15;
    private const int F_GETOWN_EX = 16;
    private const int OwnerBytes = 2 * sizeof(int); // struct f_owner_ex

    /// <inheritdoc/>
    public override byte[]? Read(int fd)
    {
        var value = new byte[OwnerBytes + sizeof(int)];
        fixed (byte* p = value)
        {
            var signal = LibC.fcntl(fd, F_GETSIG, 0);
            BitConverter.TryWriteBytes(value.AsSpan(OwnerBytes), signal);
            return signal >= 0 && LibC.fcntl(fd, F_GETOWN_EX, p) == 0 ? value : null;
        }
    }

    /// <inheritdoc/>
    public override bool TrySet(int fd, byte[] value)
    {
        fixed (byte* p = value)
        {
            return LibC.fcntl(fd, F_SETOWN_EX, p) == 0 && LibC.fcntl(fd, F_SETSIG, BitConverter.ToInt32(value, OwnerBytes)) == 0;
        }
    }
}

/// <summary>The classic BPF program that a socket filters with (SO_ATTACH_FILTER); empty: none. One in the newer language cannot be read back.</summary>
internal sealed unsafe class FilterTrait() : SocketTrait("SO_ATTACH_FILTER")
{
    private const int SO_ATTACH_FILTER = 26; // For getsockopt: SO_GET_FILTER.
    private const int SO_DETACH_FILTER = 27;

    /// <inheritdoc/>
    public override byte[]? Read(int fd)
    {
        // Asked with 0 it tells the number of instructions; it counts in these and not in bytes.
        var count = Libc.GetOption(fd, Libc.SOL_SOCKET, SO_ATTACH_FILTER, []);
        if (count <= 0)
        {
            return count == 0 ? [] : null;
        }

        var program = new byte[count * sizeof(SockFilter)];
        return Libc.GetOption(fd, Libc.SOL_SOCKET, SO_ATTACH_FILTER, program) == count ? program : null;
    }

    /// <inheritdoc/>
    public override bool TrySet(int fd, byte[] value)
    {
        if (value.Length == 0)
        {
            return Libc.SetOption(fd, Libc.SOL_SOCKET, SO_DETACH_FILTER, 0);
        }

        fixed (byte* p = value)
        {
            var program = new SockFprog { Len = (ushort)(value.Length / sizeof(SockFilter)), Filter = (SockFilter*)p };
            return Libc.SetOption(fd, Libc.SOL_SOCKET, SO_ATTACH_FILTER, new ReadOnlySpan<byte>(&program, sizeof(SockFprog)));
        }
    }
}
