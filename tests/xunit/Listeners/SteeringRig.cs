using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Aeterna.Listeners.Steering;
using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.Listeners;

/// <summary>A steered listener on loopback, its programs, and a client.</summary>
internal sealed class SteeringRig : IDisposable
{
    private readonly List<SteeredProgram> _programs = [];
    private readonly HashSet<int> _running = [];
    private readonly Socket _client = Sender();
    private readonly Socket _arrival = Sender();

    public SteeringRig(bool v6 = false, bool tcp = false, bool any = false, int? receiveBuffer = null)
    {
        var host = (v6, any) switch { (true, true) => "[::]", (true, false) => "[::1]", (false, true) => "0.0.0.0", _ => "127.0.0.1" };
        Address = Temp.Address(string.Create(CultureInfo.InvariantCulture, $"{(tcp ? "tcp" : "udp")}://{host}:{Ports.Next()}"));
        var plan = receiveBuffer is null ? null : new ListenerPlan { Name = "test", Address = Address, ReceiveBuffer = receiveBuffer };
        Input = new SteeredInput(Address, plan, _running.Contains, Log);
        Target = new IPEndPoint(v6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, Address.Endpoint!.Port);
        Client = Sender(v6);
        _arrival.ReceiveTimeout = 60_000;
    }

    public ListenerAddress Address { get; }

    public SteeredInput Input { get; }

    public KeptLog<SteeredInput> Log { get; } = new();

    public IPEndPoint Target { get; }

    public Socket Client { get; }

    public IPEndPoint ClientAddress => (IPEndPoint)Client.LocalEndPoint!;

    /// <summary>A client's socket, with an address of its own.</summary>
    public static Socket Sender(bool v6 = false)
    {
        var socket = new Socket(v6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(v6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0));
        return socket;
    }

    /// <summary>Starts a generation, which binds.</summary>
    public SteeredProgram Start(int generation)
    {
        var program = new SteeredProgram(Address, generation).Bound(Input);
        _running.Add(generation);
        _programs.Add(program);
        return program;
    }

    /// <summary>It dies, and nothing is told to the input.</summary>
    public void Kill(SteeredProgram program)
    {
        program.Dispose();
        _running.Remove(program.Generation);
    }

    /// <summary>Returns when they have arrived: on a busy machine that is later than when they were sent.</summary>
    public void Send(params string[] texts)
    {
        using var processor = new OneProcessor();
        foreach (var text in texts)
        {
            Client.SendTo(Encoding.UTF8.GetBytes(text), Target);
        }

        // The loopback device has one queue for each processor, and this is the last in it.
        _client.SendTo("last"u8, _arrival.LocalEndPoint!);
        _arrival.Receive(new byte[10]);
    }

    /// <summary>Numbered datagrams.</summary>
    public string[] Send(int first, int count)
    {
        var texts = Enumerable.Range(first, count).Select(n => n.ToString(CultureInfo.InvariantCulture)).ToArray();
        Send(texts);
        return texts;
    }

    public void Dispose()
    {
        _programs.ForEach(p => p.Dispose());
        Client.Dispose();
        _client.Dispose();
        _arrival.Dispose();
        Input.Dispose();
    }
}
