using Aeterna.Broker;
using Aeterna.Linux;

using Aeterna.Listeners.Traffic;
using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Who has which connection under which number.</summary>
public sealed class LegTableTests : IDisposable
{
    private static readonly int _own = Environment.ProcessId;

    private readonly LegTable _table = new(lowest: 256, mainProcess: _own, () => { });
    private readonly List<string> _closed = [];

    public void Dispose() => _table.Dispose();

    [Fact]
    public void What_could_not_be_given_is_not_in_it()
    {
        Assert.False(_table.Give(_own, 300, new Leg(this, "not given"), () => false));
        Assert.Throws<LinuxException>(() => _table.Give(_own, 301, new Leg(this, "broken"), () => throw new LinuxException("ioctl", Errno.EBADF)));
        Assert.False(_table.HasAny(300));
        Assert.False(_table.HasAny(301));
        _table.Close(_own, 0, int.MaxValue);
        Assert.Empty(_closed);
    }

    [Fact]
    public void A_process_closes_a_number_or_a_range_to_its_last_one_and_only_what_it_has_itself()
    {
        const int other = 1;
        foreach (var (process, number) in new[] { (_own, 300), (_own, 301), (other, 301), (_own, 302), (other, 302), (_own, 303) })
        {
            Assert.True(_table.Give(process, number, new Leg(this, $"{number} of {(process == _own ? "this" : "another")}"), () => true));
        }

        _table.Close(_own, 301, 301);
        Assert.Equal(["301 of this"], _closed);
        _table.Close(_own, 302, 303);
        Assert.Equal(["301 of this", "302 of this", "303 of this"], _closed.Order(StringComparer.Ordinal));
        Assert.All([301, 302], number => Assert.NotNull(_table.Find(other, number)));
        Assert.NotNull(_table.Find(_own, 300));
    }

    private sealed class Leg(LegTableTests tests, string name) : IRelayLeg
    {
        public FileDescriptor End => throw new NotSupportedException();

        public int OwnEnd => -1;

        public FileDescriptor? Client => null;

        public byte[] PeerAddress => [];

        public byte[] LocalAddress => [];

        public void WasGiven()
        {
        }

        public void Closing(int process) => tests._closed.Add(name);

        public void Return() => throw new NotSupportedException();
    }
}
