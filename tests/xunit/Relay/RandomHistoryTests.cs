using System.Net.Sockets;
using System.Text;

using Aeterna.Linux;
using Aeterna.Listeners.Traffic;
using Aeterna.Machine;
using Aeterna.Relay.Frames;
using Aeterna.Tests.Support;

using FsCheck;
using FsCheck.Fluent;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>
/// Random histories over real sockets: clients write in random pieces, generations read random amounts, are replaced, recalled and killed.
/// At every moment what was read of a client is a beginning of what it wrote: nothing lost, doubled, torn or out of order.
/// </summary>
public class RandomHistoryTests
{
    private static readonly Config _some = Config.QuickThrowOnFailure.WithMaxTest(60);

    [Fact]
    public void Nothing_is_lost_doubled_torn_or_reordered() => Prop.ForAll<int>(seed => new History(seed).Run()).Check(_some);

    private sealed class History(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<Sender> _senders = [];
        private readonly List<Program> _programs = [];
        private int _number;
        private int _compared;
        private int? _old;

        public void Run()
        {
            using var rig = new RelayRig(loops: 1 + _random.Next(2));
            Next(rig);
            rig.Relay.Direct(new Route(1), null);
            for (var i = 0; i < 3; i++)
            {
                _senders.Add(new Sender(rig.Connect(), Frames.Random(_random, _random.Next(1, 60), 20_000)));
            }

            while (_senders.Exists(s => s.Left > 0))
            {
                Step(rig, _random.Next(20));
                SessionStates.Check(rig);
                _compared += rig.CheckKept() ? 1 : 0;
            }

            Assert.True(_compared > 0, "what is written down for an engine that goes on after a death was compared");

            _senders.ForEach(s => s.Client.Socket.Shutdown(SocketShutdown.Send));
            Temp.Until(() => ReadAll(int.MaxValue) && _senders.TrueForAll(s => s.IsComplete), "all is read").GetAwaiter().GetResult();
            var counts = rig.Counts;
            Assert.Equal(0, counts.WaitingBytes);
            Assert.Equal(0, counts.Lost);
            _senders.ForEach(s => s.Client.Dispose());
        }

        private void Step(RelayRig rig, int what)
        {
            switch (what)
            {
                case < 8:
                    _senders[_random.Next(_senders.Count)].Write(_random.Next(1, _random.Next(2) == 0 ? 50 : 30_000));
                    break;
                case < 15:
                    ReadAll(_random.Next(1, _random.Next(2) == 0 ? 100 : 50_000));
                    break;
                case 15 when _old is null:
                    Replace(rig);
                    break;
                case 16 when _old is null:
                    Kill(rig);
                    break;
                case 17 when _old is null:
                    Recall(rig);
                    break;
                case 18 when _old is not null:
                    // The old one dies before it has read all, or has read all and goes.
                    rig.Relay.Direct(rig.Relay.Route, Die(_old.Value));
                    break;
                case 19 when _old is { } old && rig.Relay.HasRead(old):
                    _programs.RemoveAll(p => p.Number == old);
                    rig.Relay.Leave(old);
                    _old = null;
                    break;
                default:
                    break;
            }
        }

        private void Replace(RelayRig rig)
        {
            _old = _number;
            Next(rig);
            if (_random.Next(2) == 0)
            {
                rig.Relay.Prepare(_number);
            }

            if (_random.Next(3) == 0)
            {
                rig.Relay.Direct(new Route(_old, _number, _random.Next(101)), null);
            }

            rig.Relay.Direct(new Route(_number), null);
        }

        private void Kill(RelayRig rig)
        {
            var dead = Die(_number);
            rig.Relay.Direct(Route.Held, dead);
            rig.Relay.Leave(dead);
            Next(rig);
            rig.Relay.Direct(new Route(_number), null);
        }

        /// <summary>The new one is held still, and reads nothing, until it is recalled.</summary>
        private void Recall(RelayRig rig)
        {
            var first = _number;
            var recalled = ++_number;
            rig.Start(recalled);
            rig.Relay.Prepare(recalled);
            rig.Relay.Direct(new Route(recalled), null);
            for (var i = 0; i < 5; i++)
            {
                Step(rig, _random.Next(15));
            }

            rig.Relay.Direct(new Route(first), recalled);
            rig.Relay.Leave(recalled);
            _number = first + 1;
            rig.Start(_number);
            _programs.Add(new Program(_number, rig.Relay.Side(_number)!));
            _old = first;
            rig.Relay.Direct(new Route(_number), null);
        }

        private void Next(RelayRig rig)
        {
            rig.Start(++_number);
            _programs.Add(new Program(_number, rig.Relay.Side(_number)!));
        }

        private int Die(int number)
        {
            var program = _programs.Single(p => p.Number == number);
            _programs.Remove(program);
            program.Connections.ForEach(c => c.Socket.Dispose());
            _senders.ForEach(s => s.Forget(number));
            _old = _old == number ? null : _old;
            return number;
        }

        private bool ReadAll(int most)
        {
            foreach (var program in _programs)
            {
                program.Accept();
                foreach (var connection in program.Connections)
                {
                    var port = SockAddr.ReadEndpoint(connection.Leg.PeerAddress)!.Port;
                    _senders.Find(s => s.Port == port)!.Take(program.Number, connection, most);
                }
            }

            return true;
        }
    }

    private sealed class Program(int number, IRelaySide side)
    {
        public int Number { get; } = number;

        public List<Connection> Connections { get; } = [];

        public void Accept()
        {
            while (side.TryAccept() is { } leg)
            {
                Connections.Add(new Connection(leg));
            }
        }
    }

    private sealed class Sender
    {
        private readonly string _whole;
        private readonly byte[] _buffer = new byte[100_000];
        private int _written;
        private int _read;
        private int _lastReader;

        public Sender(Client client, string whole)
        {
            (Client, _whole) = (client, whole);
            client.Socket.Blocking = false;
            Port = ((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port;
        }

        public Client Client { get; }

        public int Port { get; }

        public int Left => _whole.Length - _written;

        public bool IsComplete => _read == _whole.Length;

        public void Write(int most)
        {
            var count = Client.Socket.Send(
                Encoding.Latin1.GetBytes(_whole, _written, Math.Min(most, Left)), SocketFlags.None, out _);
            _written += Math.Max(0, count);
        }

        public void Take(int generation, Connection connection, int most)
        {
            var count = Math.Min(Math.Min(most, _buffer.Length), Streams.Available(connection.Socket));
            if (count == 0)
            {
                return;
            }

            Assert.Equal(count, connection.Socket.Receive(_buffer, count, SocketFlags.None));
            Assert.True(_read + count <= _written, $"more was read than written: {_read} + {count} of {_written}");
            Assert.Equal(_whole.Substring(_read, count), Encoding.Latin1.GetString(_buffer, 0, count));
            (_read, _lastReader) = (_read + count, generation);
        }

        /// <summary>A generation is no more: the frame that it has only partly read is to be read again.</summary>
        public void Forget(int generation)
        {
            if (_lastReader == generation)
            {
                var scanner = new FrameScanner(FrameRules.Default);
                scanner.Take(Encoding.Latin1.GetBytes(_whole, 0, _read), isRead: true);
                _read = (int)scanner.Cut;
            }
        }
    }
}
