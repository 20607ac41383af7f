using System.Threading.Channels;
using Aeterna.Contract;
using Aeterna.Machine;
using Aeterna.Orchestration.Switching;

namespace Aeterna.Orchestration;

/// <summary>
/// The driver of the <see cref="ReloadMachine"/>: one loop takes events and does or hands out what follows. Work runs outside
/// the loop and answers with events; whatever breaks becomes the failing answer of its effect. So nothing ends the loop but
/// the machine itself.
/// </summary>
internal sealed partial class Orchestrator : IOrchestrator, IAsyncDisposable
{
    private readonly Channel<MachineEvent> _events =
        Channel.CreateUnbounded<MachineEvent>(new UnboundedChannelOptions { SingleReader = true });

    private readonly TaskCompletionSource<int> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OrchestratorOptions _options;
    private readonly RequestDesk _desk = new();
    private readonly GenerationRoster _roster;
    private readonly SignalWork _signals;
    private readonly RecordBook _book;
    private readonly TrafficDirector _director;
    private readonly TimerShelf _timers;
    private readonly Workshop _work;
    private readonly WorkScopes _scopes;
    private readonly StatusBoard _board;
    private Snapshot _snapshot;
    private MachineState _state = new();
    private Predecessor? _lastServed;
    private int _started;
    private volatile ReloadRecord? _waiting;

    public Orchestrator(OrchestratorOptions options)
    {
        _options = options;
        _roster = new GenerationRoster(
            options.Host, options.Listeners, options.Traffic, new RestWatch(options.Traffic, options.Time), options.Time, options.Logger);
        _signals = new SignalWork(_roster);
        _director = new TrafficDirector(options.Traffic, _roster, options.Time);
        _book = new RecordBook(options.Journal, options.Time, options.FirstPlan.Service.Name);
        _timers = new TimerShelf(options.Time, Post);
        _work = new Workshop(options, _roster) { Post = Post, Observed = ShowProbe };
        _scopes = new WorkScopes(options.Logger, Post);
        _snapshot = new Snapshot { State = _state, Plan = options.FirstPlan, Warnings = options.Warnings(options.FirstPlan) };
        _board = new StatusBoard(_snapshot, _roster, options);
    }

    public Task<int> Completion => _completion.Task;

    /// <summary>The generation that a process belongs to; null: none.</summary>
    public int? GenerationOf(int pid) => _roster.Of(pid);

    /// <summary>Begins the first start. Once.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            Post(new StartAsked(_options.FirstPlan, TakeInOutside()));
            _ = Task.Run(Loop);
        }
    }

    public StatusReport Status() => _board.Report();

    public SignalOutcome Signal(string signal, string requestedBy)
    {
        var asked = $"signal {OneLine.Clean(signal)}";
        _options.Logger.Asked(asked, requestedBy);
        var outcome = _signals.Send(signal);
        if (outcome.Refusal is { } refusal)
        {
            var why = OneLine.Clean(refusal.Detail);
            _options.Logger.Refused("signal", why);
        }

        return outcome;
    }

    public Task<RequestOutcome> Reload(ReloadRequest request, string requestedBy)
    {
        if (_options.WhyNoReload is { } why && !request.Force)
        {
            _options.Logger.Asked("reload", requestedBy);
            _options.Logger.Refused("reload", why);
            return Task.FromResult(new RequestOutcome(null, new Refusal(ProblemCode.Unsteady, $"cannot reload: {why}")));
        }

        return Ask(_desk.Take("reload", requestedBy, request), number => new ReloadAsked(number, request.Force, request.Queue));
    }

    public ReloadRecord? Queued(string id) => _waiting is { } waiting && waiting.Id == id ? waiting : null;

    public Task<RequestOutcome> Rollback(string requestedBy) =>
        Ask(_desk.Take("rollback", requestedBy), number => new RollbackAsked(number, requestedBy));

    public Task<RequestOutcome> Promote(string requestedBy) =>
        Ask(_desk.Take("promote", requestedBy), number => new PromoteAsked(number, requestedBy));

    public Task<RequestOutcome> Stop(bool now, string requestedBy) =>
        Ask(_desk.Take(RequestDesk.StopName, requestedBy), number => new StopAsked(number, now));

    /// <summary>Ends the service at once if it still runs, and waits for that.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _started) == 1)
        {
            await Stop(now: true, "engine").ConfigureAwait(false);
            await Completion.ConfigureAwait(false);
        }

        _scopes.Dispose();
    }

    private Member? TakeInOutside()
    {
        if (_options.Outside is not { } outside)
        {
            return null;
        }

        _roster.TakeIn(outside);
        _work.Follow(outside.Generation);
        return new Member(outside.Generation.Number, outside.Generation.Pid, outside.Plan);
    }

    private Task<RequestOutcome> Ask(RequestDesk.Asked asked, Func<int, MachineEvent> happened)
    {
        _options.Logger.Asked(asked.Name, asked.RequestedBy);
        Post(happened(asked.Number));
        return asked.Answer;
    }

    // After the end nobody reads any more, and nothing needs to be told.
    private void Post(MachineEvent happened) => _events.Writer.TryWrite(happened);

    private async Task Loop()
    {
        while (_state.Lifetime != Lifetime.Ended)
        {
            var happened = await _events.Reader.ReadAsync().ConfigureAwait(false);
            Guard(() => Turn(happened), happened);
        }

        _events.Writer.Complete();
        _timers.CancelAll();
        await _scopes.End().ConfigureAwait(false);
        _desk.Close();
        _completion.SetResult(_state.ExitCode);
    }

    private void Turn(MachineEvent happened)
    {
        Guard(() => Note(happened), happened);
        var (state, effects) = ReloadMachine.Step(_state, happened);
        _state = state;
        Guard(() => Tell(happened), happened);
        foreach (var effect in effects)
        {
            Guard(() => Perform(effect), effect);
        }

        TellState();
        ShowSnapshot();
        Flush();
    }

    /// <summary>Keeps what an event tells before the machine decides on it, and before what it tells of is gone.</summary>
    private void Note(MachineEvent happened)
    {
        _book.Note(happened, _state);
        switch (happened)
        {
            case PreFlightEnded { Failures: [var first, ..] } e when e.Attempt == _state.Attempt?.Number:
                _book.Listen(() => (e.Failures.FirstOrDefault(failure => failure.Blocking) ?? first).Output);
                break;
            case Launched e when e.Generation == _state.Candidate?.Number && _roster.Find(e.Generation) is { } candidate:
                _book.Listen(() => candidate.LastLines);
                break;
            case Exited e when e.Generation == _state.Active?.Number:
                _lastServed = _roster.Describe(e.Generation);
                _snapshot = _snapshot with { Handover = RecordBook.CutShort(_state, e, _options.Time) ?? _snapshot.Handover };
                _options.State?.Serves(null);
                break;
            case HandoffDone e when IsCurrent(e):
                _snapshot = _snapshot with { Handover = e.Report };
                break;
            default:
                break;
        }
    }

    // The first part comes to the candidate; the second one, at the drain, to what has become the active generation.
    private bool IsCurrent(HandoffDone done) => _state.Attempt?.Step switch
    {
        AttemptStep.HandingOff => done.Generation == _state.Candidate?.Number,
        AttemptStep.Draining => done.Generation == _state.Active?.Number,
        _ => false,
    };

    private void Perform(Effect effect)
    {
        if (effect is Work work)
        {
            HandOut(work);
        }
        else
        {
            ((Order)effect).To(this);
        }
    }

    private void HandOut(Work work)
    {
        var open = _book.Open;
        var facts = open is null ? null : new AttemptFacts(
            open.Service, open.Id, open.NewGeneration ?? _state.NextGeneration, open.OldPid, open.NewPid);
        if (work is Drain { Generation: var displaced } && _state.Attempt?.Step == AttemptStep.Holding)
        {
            _lastServed = _roster.DescribeServing(displaced);
        }

        var context = new WorkContext(facts, _lastServed);
        var doing = work.In(_work);
        _scopes.Start(work, cancel => doing(context, cancel));
    }

    private void Guard(Action action, object what)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _options.Logger.TurnFailed(e, what.GetType().Name);
        }
    }

    private void ShowSnapshot()
    {
        _snapshot = _snapshot with
        {
            State = _state,
            ServedSince = _state.Serving is null ? null : _snapshot.ServedSince ?? _options.Time.GetTimestamp(),
            Open = _book.Open,
            Last = _book.Last,
        };
        _board.Show(_snapshot);
    }
}
