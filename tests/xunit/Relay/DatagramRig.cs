using System.Globalization;
using System.Net.Sockets;
using System.Text;

using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Relay.Datagrams;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.Relay;

/// <summary>A relayed unix datagram socket in a temporary folder, its programs, and a client that stays connected to it.</summary>
internal sealed class DatagramRig : IDisposable
{
    private readonly string _folder = Temp.Folder();
    private readonly List<DatagramProgram> _programs = [];

    public DatagramRig()
    {
        Path = System.IO.Path.Combine(_folder, "log");
        Address = Temp.Address($"unixgram://{Path}");
        Public = new FileDescriptor(Errno.ThrowIfFailed(LibC.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0), "socket"));
        Bind(Public, Path);
        File.SetUnixFileMode(Path, (UnixFileMode)0b110_110_110);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        Relay = new DatagramRelay(Address, Public, Log);
        Client = Sender();
    }

    public string Path { get; }

    public ListenerAddress Address { get; }

    /// <summary>The table's socket.</summary>
    public FileDescriptor Public { get; }

    public DatagramRelay Relay { get; }

    public KeptLog<DatagramRelay> Log { get; } = new();

    public Socket Client { get; }

    public Socket Sender()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path));
        return socket;
    }

    /// <summary>Starts a generation, which binds.</summary>
    public DatagramProgram Start(int generation, bool nonBlocking = false)
    {
        var program = new DatagramProgram(Address, generation, nonBlocking).Bound(Relay);
        _programs.Add(program);
        return program;
    }

    /// <summary>Sends from the client; waits while the relay's buffers are full.</summary>
    public void Send(params string[] texts)
    {
        foreach (var text in texts)
        {
            Client.Send(Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>Numbered datagrams.</summary>
    public string[] Send(int first, int count)
    {
        var texts = Numbers(first, count);
        Send(texts);
        return texts;
    }

    public static string[] Numbers(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(n => n.ToString(CultureInfo.InvariantCulture))];

    public static unsafe void Bind(FileDescriptor socket, string path)
    {
        var bytes = SockAddr.WriteUnix(path);
        fixed (byte* p = bytes)
        {
            Errno.ThrowIfFailed(Libc.bind(socket.Number, p, (uint)bytes.Length), "bind");
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        _programs.ForEach(p => p.Dispose());
        Relay.Dispose();
        Public.Dispose();
        Directory.Delete(_folder, true);
    }
}

/// <summary>Plays a generation's program.</summary>
internal sealed class DatagramProgram(ListenerAddress address, int generation, bool nonBlocking = false) : IDisposable
{
    private readonly byte[] _buffer = new byte[2 << 20];

    public FileDescriptor Fd { get; private set; } = new(
        LibC.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | (nonBlocking ? Libc.SOCK_NONBLOCK : 0), 0));

    /// <summary>False when it died in its bind(2).</summary>
    public bool Lives { get; set; } = true;

    public bool IsNonBlocking => (LibC.fcntl(Fd.Number, Libc.F_GETFL, 0) & Libc.O_NONBLOCK) != 0;

    public DatagramProgram Bound(ITrafficInput input)
    {
        using var duplicate = new FileDescriptor(LibC.fcntl(Fd.Number, Libc.F_DUPFD_CLOEXEC, 0));
        var error = input.Join(new BindCall
        {
            Generation = generation,
            Service = TestPlans.Service,
            Key = new SocketKey(address, false, "", 0),
            Socket = duplicate,
            BindNow = () => throw new InvalidOperationException("the path is held already"),
            Give = Give,
            WhichAreOpen = _ => [],
        });
        return error == 0 ? this : throw new LinuxException("bind", error);
    }

    /// <summary>The next datagram; null when there is none at this moment.</summary>
    public (string Text, PeerCredentials? Sender)? TryRead() =>
        Messages.TryReceive(Fd.Number, _buffer, out var datagram) == 0
            ? (Encoding.UTF8.GetString(_buffer, 0, datagram.Length), datagram.Sender)
            : null;

    public async Task<(string Text, PeerCredentials? Sender)> Read()
    {
        (string, PeerCredentials?)? datagram = null;
        await Waiting.Until(() => (datagram = TryRead()) is not null);
        return datagram!.Value;
    }

    /// <summary>So many datagrams, waiting for them.</summary>
    public async Task<List<string>> Read(int count)
    {
        List<string> texts = [];
        await Waiting.Until(() =>
        {
            texts.AddRange(ReadThere());
            return texts.Count >= count;
        });
        return texts;
    }

    /// <summary>Those that are there.</summary>
    public IEnumerable<string> ReadThere()
    {
        while (TryRead() is { } datagram)
        {
            yield return datagram.Text;
        }
    }

    /// <summary>It dies.</summary>
    public void Dispose() => Fd.Dispose();

    private bool Give(int held)
    {
        if (Lives)
        {
            var given = new FileDescriptor(Errno.ThrowIfFailed(LibC.fcntl(held, Libc.F_DUPFD_CLOEXEC, 0), "fcntl"));
            Fd.Dispose();
            Fd = given;
        }

        return Lives;
    }
}
