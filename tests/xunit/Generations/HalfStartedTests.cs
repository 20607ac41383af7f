using Aeterna.Generations;
using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Microsoft.Extensions.Logging;

using Xunit;

namespace Aeterna.Tests.Generations;

/// <summary>What can fail once the program has been started: it is ended, and nothing of it is left, neither process nor descriptor nor folder.</summary>
[Collection(Alone.Name)]
public class HalfStartedTests
{
    private static readonly string[] _program = ["/bin/sh", "-c", "sleep 1000 & exec sleep 1000"];

    [Fact]
    public Task The_first_thing_after_it() => NothingIsLeft(new Rig { InTheMidst = () => throw new LinuxException("eventfd", Errno.EMFILE) }, "Too many open files");

    [Fact]
    public Task What_is_said_of_it() => NothingIsLeft(new Rig(new BrokenLog(" started: pid ")), "the disk is full");

    [Fact]
    public Task The_last_thing() => NothingIsLeft(
        new Rig(), "no such name", new ServicePlan { Name = "test", Command = _program, Profile = Profile.None with { PidFile = _ => throw new ArgumentException("no such name") } });

    private static async Task NothingIsLeft(Rig rig, string why, ServicePlan? service = null)
    {
        await using (rig)
        {
            rig.Host.Prepare();
            await Temp.Until(() => rig.Reaper.Count == 1, "there is a launcher");
            var held = Temp.Held();
            var failed = Assert.Throws<StartException>(() => rig.Start(service ?? new ServicePlan { Name = "test", Command = _program }));
            Assert.Contains(why, failed.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(ProcFs.Processes(), pid => ProcFs.Environ(pid).Any(v => v.StartsWith($"AETERNA_INSTANCE_DIR={rig.Directory}", StringComparison.Ordinal)));
            Assert.Empty(Directory.GetDirectories(rig.Directory));
            await Temp.Until(() => rig.Reaper.Count == 0, "the program was reaped");
            await Temp.UntilReleased(held);
        }
    }

    private sealed class BrokenLog(string at) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains(at, StringComparison.Ordinal))
            {
                throw new IOException("the disk is full");
            }
        }
    }
}
