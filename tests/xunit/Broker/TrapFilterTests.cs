using Aeterna.Broker;
using Aeterna.Linux;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>The filter, run by a small interpreter of the instructions that it uses.</summary>
public class TrapFilterTests
{
    private const int FirstLeg = 256;
    private const uint I386 = 0x40000003;
    private const int X32Bit = 0x40000000;

    [Fact]
    public void Traps_its_calls_and_no_other_on_each_architecture()
    {
        foreach (var table in new[] { SyscallTable.X64, SyscallTable.Arm64 })
        {
            foreach (var firstLeg in new[] { 0, FirstLeg })
            {
                var program = TrapFilter.Build(table, firstLeg);
                var trapped = TrapFilter.Rules(table, firstLeg).Select(r => r.Number).ToHashSet();
                for (var number = 0; number < 1000; number++)
                {
                    // Arguments for which every condition holds.
                    var (level, name) = Condition(table, number);
                    Assert.Equal(trapped.Contains(number), IsTrapped(program, number, table.AuditArch, [FirstLeg, level, name]));
                }
            }
        }

        static (ulong Level, ulong Name) Condition(SyscallTable table, int number) =>
            number == table.CloseRange ? (FirstLeg, 0ul)
            : number == table.Getsockopt ? ((ulong)Libc.SOL_SOCKET, (ulong)Libc.SO_ACCEPTCONN)
            : ((ulong)Libc.IPPROTO_IP, 35); // IP_ADD_MEMBERSHIP
    }

    [Fact]
    public void Without_relays_only_the_calls_on_sockets_and_their_paths_are_trapped()
    {
        var program = TrapFilter.Build(SyscallTable.X64);
        foreach (var number in new[] { SyscallTable.X64.Accept, SyscallTable.X64.Accept4, SyscallTable.X64.Close, SyscallTable.X64.Setsockopt })
        {
            Assert.False(IsTrapped(program, number, SyscallTable.X64.AuditArch, [FirstLeg, Libc.IPPROTO_TCP, 1]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(FirstLeg)]
    public void Of_other_options_only_those_are_trapped_that_tell_or_change_what_a_held_socket_is(int firstLeg)
    {
        var (table, program) = (SyscallTable.X64, TrapFilter.Build(SyscallTable.X64, firstLeg));
        bool Asks(int level, int name) => IsTrapped(program, table.Getsockopt, table.AuditArch, [3, (ulong)level, (ulong)name]);
        bool Sets(int level, int name) => IsTrapped(program, table.Setsockopt, table.AuditArch, [3, (ulong)level, (ulong)name]);
        Assert.True(Asks(Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN));
        Assert.False(Asks(Libc.SOL_SOCKET, Libc.SO_TYPE));
        Assert.False(Asks(Libc.IPPROTO_UDP, Libc.SO_ACCEPTCONN));
        Assert.All(MembershipOption.Names(v6: false), name => Assert.True(Sets(Libc.IPPROTO_IP, (int)name)));
        Assert.All(MembershipOption.Names(v6: true), name => Assert.True(Sets(Libc.IPPROTO_IPV6, (int)name)));
        Assert.False(Sets(Libc.IPPROTO_UDP, 35));
        Assert.Equal(firstLeg != 0, Sets(Libc.IPPROTO_IP, 1));
        Assert.Equal(firstLeg != 0, Sets(Libc.IPPROTO_IPV6, 35));
        Assert.Equal(firstLeg != 0, Sets(Libc.SOL_SOCKET, 35));
    }

    [Fact]
    public void Closing_is_trapped_only_where_relayed_connections_are()
    {
        var (table, program) = (SyscallTable.X64, TrapFilter.Build(SyscallTable.X64, FirstLeg));
        Assert.False(IsTrapped(program, table.Close, table.AuditArch, [FirstLeg - 1]));
        Assert.True(IsTrapped(program, table.Close, table.AuditArch, [FirstLeg]));
        Assert.True(IsTrapped(program, table.Close, table.AuditArch, [TrapFilter.HighestLeg]));
        Assert.False(IsTrapped(program, table.Close, table.AuditArch, [TrapFilter.HighestLeg + 1]));
        Assert.False(IsTrapped(program, table.Close, table.AuditArch, [uint.MaxValue]));
        Assert.True(IsTrapped(program, table.Close, table.AuditArch, [0xFFFFFFFF00000000 | FirstLeg]), "the kernel ignores the high half too");
        Assert.False(IsTrapped(program, table.CloseRange, table.AuditArch, [3, FirstLeg - 1]));
        Assert.True(IsTrapped(program, table.CloseRange, table.AuditArch, [3, FirstLeg]));
        Assert.False(IsTrapped(program, table.Getpeername, table.AuditArch, [FirstLeg - 1]));
        Assert.True(IsTrapped(program, table.Getpeername, table.AuditArch, [FirstLeg]));
    }

    [Fact]
    public void Options_are_trapped_by_their_level()
    {
        var (table, program) = (SyscallTable.X64, TrapFilter.Build(SyscallTable.X64, FirstLeg));
        foreach (var level in new[] { Libc.IPPROTO_IP, Libc.IPPROTO_TCP, Libc.IPPROTO_IPV6 })
        {
            Assert.True(IsTrapped(program, table.Getsockopt, table.AuditArch, [5, (ulong)level, 1]));
            Assert.True(IsTrapped(program, table.Setsockopt, table.AuditArch, [5, (ulong)level, 1]));
        }

        Assert.False(IsTrapped(program, table.Getsockopt, table.AuditArch, [5, Libc.SOL_SOCKET, 9]));
        Assert.True(IsTrapped(program, table.Setsockopt, table.AuditArch, [5, Libc.SOL_SOCKET, 9]), "keepalive is the client's");
        Assert.False(IsTrapped(program, table.Setsockopt, table.AuditArch, [5, Libc.IPPROTO_UDP, 1]));
    }

    [Fact]
    public void Lets_other_architectures_and_x32_pass()
    {
        var program = TrapFilter.Build(SyscallTable.X64, FirstLeg);
        foreach (var rule in TrapFilter.Rules(SyscallTable.X64, FirstLeg))
        {
            Assert.False(IsTrapped(program, rule.Number, I386, [FirstLeg, FirstLeg, 0]));
            Assert.False(IsTrapped(program, rule.Number | X32Bit, SyscallTable.X64.AuditArch, [FirstLeg, FirstLeg, 0]));
        }
    }

    private static bool IsTrapped(SockFilter[] program, int number, uint arch, ulong[] arguments)
    {
        uint accumulator = 0;
        for (var at = 0; ; at++)
        {
            var instruction = program[at];
            switch (instruction.Code)
            {
                case 0x20:
                    accumulator = instruction.K switch
                    {
                        0 => (uint)number,
                        4 => arch,
                        var offset => (uint)arguments[(offset - 16) / 8],
                    };
                    break;
                case 0x15:
                    at += accumulator == instruction.K ? instruction.Jt : instruction.Jf;
                    break;
                case 0x35:
                    at += accumulator >= instruction.K ? instruction.Jt : instruction.Jf;
                    break;
                default:
                    Assert.Contains(instruction.K, new[] { Seccomp.SECCOMP_RET_USER_NOTIF, Seccomp.SECCOMP_RET_ALLOW });
                    return instruction.K == Seccomp.SECCOMP_RET_USER_NOTIF;
            }
        }
    }
}
