using System.Diagnostics;
using Aeterna.Load.Accounts;
using Aeterna.Load.Pacing;
using Aeterna.Load.Senders;

namespace Aeterna.Load.Running;

/// <summary>One run of all senders of a plan.</summary>
internal sealed class LoadRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly List<ISender> _senders = [];
    private readonly TimeSpan _cpuBefore;
    private readonly Task _completion;
    private TimeSpan? _took;
    private TimeSpan _cpu;

    private LoadRun(LoadPlan plan)
    {
        using (var self = Process.GetCurrentProcess())
        {
            _cpuBefore = self.TotalProcessorTime;
        }

        Add(plan.ShortConnections, p => new ShortConnectionSender(p, Clock));
        Add(plan.LongConnections, p => new LongConnectionSender(p, Clock));
        Add(plan.Udp, p => new UdpSender(p, Clock));
        Add(plan.Unix, p => new UnixSender(p, Clock));
        _stop = new CancellationTokenSource(plan.Duration);
        _completion = RunAll();
    }

    /// <summary>The clock of all times in the run's reports.</summary>
    public RunClock Clock { get; } = new();

    /// <summary>Completes when every sender has ended; the reports are final then.</summary>
    public Task Completion => _completion;

    /// <summary>What the sources have sent.</summary>
    public IEnumerable<SentLedger> Ledgers => _senders.SelectMany(s => s.Ledgers);

    /// <summary>Messages sent so far, over all protocols.</summary>
    public long MessagesSent => Ledgers.Sum(l => l.Sent);

    /// <summary>Starts to send.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">A sender cannot open its sockets.</exception>
    public static LoadRun Start(LoadPlan plan) => new(plan);

    /// <summary>Stops sending in an orderly manner and waits for the end of it.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _completion.ConfigureAwait(false);
    }

    public LoadReport Report() => new()
    {
        StartedAt = Clock.StartedAt,
        DurationSeconds = (_took ?? Clock.Now).TotalSeconds,
        CpuSeconds = _cpu.TotalSeconds,
        Senders = [.. _senders.Select(SenderReport.Of)],
        Sources = [.. Ledgers.Select(l => l.Snapshot())],
    };

    public async ValueTask DisposeAsync()
    {
        await Stop().ConfigureAwait(false);
        _senders.OfType<IDisposable>().ToList().ForEach(s => s.Dispose());
        _stop.Dispose();
    }

    private void Add<T>(T? plan, Func<T, ISender> make)
        where T : class
    {
        if (plan is not null)
        {
            _senders.Add(make(plan));
        }
    }

    private async Task RunAll()
    {
        await Task.WhenAll(_senders.Select(s => s.Run(_stop.Token))).ConfigureAwait(false);
        using var self = Process.GetCurrentProcess();
        _cpu = self.TotalProcessorTime - _cpuBefore;
        _took = Clock.Now;
    }
}
