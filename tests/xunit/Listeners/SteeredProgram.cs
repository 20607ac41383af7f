using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Linux;
using Aeterna.Listeners;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.Listeners;

/// <summary>Plays a generation's program: makes a socket, binds it by way of an input, and reads from what it has then.</summary>
internal sealed class SteeredProgram : IDisposable
{
    private readonly ListenerAddress _address;
    private readonly List<Socket> _clients = [];

    public SteeredProgram(ListenerAddress address, int generation, Action<FileDescriptor>? prepare = null)
    {
        _address = address;
        Generation = generation;
        var family = address.Endpoint!.AddressFamily == AddressFamily.InterNetworkV6 ? Libc.AF_INET6 : Libc.AF_INET;
        var type = address.IsStream ? Libc.SOCK_STREAM : Libc.SOCK_DGRAM;
        Fd = new FileDescriptor(Errno.ThrowIfFailed(LibC.socket(family, type | Libc.SOCK_CLOEXEC, 0), "socket"));
        prepare?.Invoke(Fd);
    }

    public int Generation { get; }

    public FileDescriptor Fd { get; private set; }

    /// <summary>Whether its own socket was replaced by another one.</summary>
    public bool WasGiven { get; private set; }

    /// <summary>What <see cref="Give"/> answers: false when it died in the call.</summary>
    public bool Lives { get; set; } = true;

    public bool IsNonBlocking => (LibC.fcntl(Fd.Number, Libc.F_GETFL, 0) & Libc.O_NONBLOCK) != 0;

    /// <summary>Its bind(2): 0, or an errno.</summary>
    public int Bind(ITrafficInput input)
    {
        using var duplicate = new FileDescriptor(LibC.fcntl(Fd.Number, Libc.F_DUPFD_CLOEXEC, 0));
        return input.Join(new BindCall
        {
            Generation = Generation,
            Service = TestPlans.Service,
            Key = new SocketKey(_address, false, "", 0),
            Socket = duplicate,
            BindNow = () => BindNow(duplicate),
            Give = Give,
            WhichAreOpen = _ => [],
        });
    }

    public SteeredProgram Bound(ITrafficInput input)
    {
        var error = Bind(input);
        return error == 0 ? this : throw new LinuxException("bind", error);
    }

    /// <summary>Takes all that is in its queue.</summary>
    public List<(string Text, IPEndPoint Source)> ReadAll()
    {
        var buffer = new byte[65_536];
        List<(string, IPEndPoint)> all = [];
        while (Messages.TryReceive(Fd.Number, buffer, out var datagram) == 0)
        {
            all.Add((Encoding.UTF8.GetString(buffer, 0, datagram.Length), datagram.Source!));
        }

        return all;
    }

    public IEnumerable<string> ReadTexts() => ReadAll().Select(d => d.Text);

    /// <summary>Accepts a connection that waits already.</summary>
    public Socket Accept()
    {
        using var listener = new Socket(new SafeSocketHandle(LibC.fcntl(Fd.Number, Libc.F_DUPFD_CLOEXEC, 0), ownsHandle: true));
        if (!listener.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead))
        {
            throw new TimeoutException("no connection came within 30 s");
        }

        _clients.Add(listener.Accept());
        return _clients[^1];
    }

    /// <summary>It dies: its descriptors are closed.</summary>
    public void Dispose()
    {
        _clients.ForEach(c => c.Dispose());
        Fd.Dispose();
    }

    private unsafe int BindNow(FileDescriptor socket)
    {
        var bytes = SockAddr.Write(_address.Endpoint!);
        fixed (byte* p = bytes)
        {
            return Libc.bind(socket.Number, p, (uint)bytes.Length) == 0 ? 0 : Errno.Last;
        }
    }

    private bool Give(int held)
    {
        if (!Lives)
        {
            return false;
        }

        var given = new FileDescriptor(Errno.ThrowIfFailed(LibC.fcntl(held, Libc.F_DUPFD_CLOEXEC, 0), "fcntl"));
        Fd.Dispose();
        (Fd, WasGiven) = (given, true);
        return true;
    }
}
