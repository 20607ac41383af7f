using System.Text;
using Aeterna.Ledger;
using Aeterna.Linux;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Aeterna.Tests.Ledger;

/// <summary>The ledger as memory: whoever reads it finds all of it, or learns what is wrong.</summary>
public class LedgerFileTests
{
    [Fact]
    public void What_was_written_is_read_and_can_be_changed_no_more()
    {
        using var ledger = LedgerFile.Write("all of it"u8);
        Assert.Equal("all of it", Encoding.UTF8.GetString(LedgerFile.Read(ledger)));
        Assert.True(MemFd.IsSealed(ledger));
        using var file = new SafeFileHandle(ledger.Number, ownsHandle: false);
        Assert.ThrowsAny<SystemException>(() => RandomAccess.Write(file, "x"u8, 0));
    }

    [Theory]
    [InlineData(LedgerFile.Version + 1)]
    [InlineData(LedgerFile.Oldest - 1)]
    public void One_of_a_version_that_is_not_known_is_refused_by_its_number(int version)
    {
        using var ledger = LedgerFile.Write("{}"u8, version);
        Assert.Contains($"version {version}", Assert.Throws<LedgerException>(() => LedgerFile.Read(ledger)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_torn_anywhere_is_refused() => Prop.ForAll<ushort, ushort>((place, cut) =>
    {
        using var whole = LedgerFile.Write(Encoding.ASCII.GetBytes(new string('x', 300)));
        var bytes = new byte[MemFd.Size(whole)];
        using (var file = new SafeFileHandle(whole.Number, ownsHandle: false))
        {
            Assert.Equal(bytes.Length, RandomAccess.Read(file, bytes, 0));
        }

        bytes[place % bytes.Length] ^= 1;
        Refused(bytes);
        bytes[place % bytes.Length] ^= 1;
        Refused(bytes[..(cut % bytes.Length)]);
        Refused([.. bytes, 0]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_no_memory_is_refused()
    {
        using var nothing = new FileDescriptor(Errno.ThrowIfFailed(Libc.open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC, 0), "open"));
        Assert.Throws<LedgerException>(() => LedgerFile.Read(nothing));
    }

    [Fact]
    public void Pieces_are_found_again_by_another_one_who_has_the_memory()
    {
        using var bytes = LedgerBytes.Create();
        var places = Enumerable.Range(0, 5).Select(i => bytes.Put(Encoding.ASCII.GetBytes(new string((char)('a' + i), i * 1000)))).ToList();
        using var successor = new LedgerBytes(new FileDescriptor(Errno.ThrowIfFailed(LibC.fcntl(bytes.Number, Libc.F_DUPFD_CLOEXEC, 0), "fcntl")));
        Assert.Equal("ddd", Encoding.ASCII.GetString(successor.Get(places[3]))[..3]);
        Assert.Equal([0, 1000, 2000, 3000, 4000], places.Select(place => successor.Get(place).Length));
        Assert.All(
            [new LedgerPlace(-1, 1), new LedgerPlace(0, -1), new LedgerPlace(9_999, 2), new LedgerPlace(long.MaxValue, 1)],
            place => Assert.Throws<LedgerException>(() => successor.Get(place)));
    }

    private static void Refused(byte[] bytes)
    {
        using var memory = MemFd.Create("test", 0);
        using var file = new SafeFileHandle(memory.Number, ownsHandle: false);
        RandomAccess.Write(file, bytes, 0);
        Assert.Throws<LedgerException>(() => LedgerFile.Read(memory));
    }
}
