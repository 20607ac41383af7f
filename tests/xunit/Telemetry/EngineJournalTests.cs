using Aeterna.Contract;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Aeterna.Tests.Telemetry;

public sealed class EngineJournalTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly KeptLog<EngineJournal> _log = new();
    private readonly EngineInstruments _instruments = new(new SetTime());

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task An_event_reaches_the_followers_and_the_log()
    {
        await using var journal = Open();
        journal.Publish(Samples.Event("generation 1 serves"));
        await using var reader = journal.Follow(0, default).GetAsyncEnumerator();

        Assert.True(await reader.MoveNextAsync());
        Assert.Equal("generation 1 serves", reader.Current.Message);
        Assert.Equal((LogLevel.Information, "generation 1 serves"), _log.Lines.Single());
    }

    [Theory]
    [InlineData(Verdict.Succeeded, LogLevel.Information)]
    [InlineData(Verdict.Blocked, LogLevel.Warning)]
    [InlineData(Verdict.RolledBack, LogLevel.Warning)]
    [InlineData(Verdict.Failed, LogLevel.Error)]
    public async Task The_end_of_an_attempt_is_counted_and_as_loud_as_it_is_bad(string verdict, LogLevel level)
    {
        await using var journal = Open();
        journal.Publish(Samples.Event("it ended", EventType.Finished) with { Record = Samples.Record("a", verdict) });

        Assert.Equal(level, _log.Lines.Single().Level);
        var reloads = PrometheusParser.Parse(_instruments.Page())["aeterna_reloads_total"].Samples.Single();
        Assert.Equal(verdict, reloads.Labels["verdict"]);
    }

    [Fact]
    public async Task A_record_can_be_found()
    {
        await using var journal = Open();
        journal.Save(Samples.Record("a"));

        Assert.Equal("a", journal.Find("a")!.Id);
        Assert.Single(journal.Records());
    }

    private EngineJournal Open() =>
        new(new HistoryStore(_scratch["h"], 10, new EngineNotices(), new KeptLog<HistoryStore>()), _instruments, new SetTime(), _log);
}
