using Aeterna.Broker;
using Aeterna.Linux;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>The filter, run by a small interpreter of the four instructions that it uses.</summary>
public class TrapFilterTests
{
    [Fact]
    public void Traps_its_calls_and_no_other_on_each_architecture()
    {
        foreach (var table in new[] { SyscallTable.X64, SyscallTable.Arm64 })
        {
            var program = TrapFilter.Build(table);
            var trapped = TrapFilter.Trapped(table).Select(t => t.Number).ToHashSet();
            for (var number = 0; number < 1000; number++)
            {
                Assert.Equal(trapped.Contains(number) ? Seccomp.SECCOMP_RET_USER_NOTIF : Seccomp.SECCOMP_RET_ALLOW, Run(program, number, table.AuditArch));
            }
        }
    }

    [Fact]
    public void Lets_other_architectures_and_x32_pass()
    {
        var program = TrapFilter.Build(SyscallTable.X64);
        const uint i386 = 0x40000003;
        const int x32Bit = 0x40000000;
        foreach (var (number, _) in TrapFilter.Trapped(SyscallTable.X64))
        {
            Assert.Equal(Seccomp.SECCOMP_RET_ALLOW, Run(program, number, i386));
            Assert.Equal(Seccomp.SECCOMP_RET_ALLOW, Run(program, number | x32Bit, SyscallTable.X64.AuditArch));
        }
    }

    private static uint Run(SockFilter[] program, int number, uint arch)
    {
        uint accumulator = 0;
        for (var at = 0; ; at++)
        {
            var instruction = program[at];
            switch (instruction.Code)
            {
                case 0x20:
                    accumulator = instruction.K == 0 ? (uint)number : arch;
                    break;
                case 0x15:
                    at += accumulator == instruction.K ? instruction.Jt : instruction.Jf;
                    break;
                default:
                    return instruction.K;
            }
        }
    }
}
