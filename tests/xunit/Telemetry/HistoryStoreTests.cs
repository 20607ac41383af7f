using Aeterna.Contract;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Aeterna.Tests.Telemetry;

public sealed class HistoryStoreTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly KeptLog<HistoryStore> _log = new();
    private readonly EngineNotices _notices = new();

    private string Folder => _scratch["history"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_record_outlives_the_engine_whole()
    {
        await using (var store = Open())
        {
            store.Save(Samples.Record("a", verdict: null));
            store.Save(Samples.Record("a"));
            store.Save(Samples.Record("b", Verdict.RolledBack));
        }

        await using var again = Open();
        Assert.Equal(["b", "a"], again.Records().Select(r => r.Id));
        Assert.Equal(Verdict.Succeeded, again.Find("a")!.Verdict);
        Assert.Equal(2, again.Find("a")!.Phases.Count);
        Assert.Null(again.Find("c"));
    }

    [Fact]
    public async Task Nobody_else_may_read_it()
    {
        await using (var store = Open())
        {
            store.Save(Samples.Record("a"));
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "a.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public async Task Keeps_the_newest_in_memory_and_on_disk()
    {
        await using (var store = Open(keep: 2))
        {
            foreach (var id in new[] { "1", "2", "3", "4" })
            {
                store.Save(Samples.Record(id));
            }

            Assert.Equal(["4", "3"], store.Records().Select(r => r.Id));
        }

        Assert.Equal(["3.json", "4.json"], Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)!).Order());
        await using (Open(keep: 1))
        {
        }

        Assert.Equal(["4.json"], Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)!));
    }

    [Fact]
    public async Task The_higher_number_is_the_newer_record_whatever_the_clock_said()
    {
        await using (var store = Open())
        {
            store.Save(Samples.Record("2031") with { Number = store.NextNumber() });
            store.Save(Samples.Record("2026") with { Number = store.NextNumber() });
            store.Save(Samples.Record("2019-uncounted"));
            store.Save(Samples.Record("2035-uncounted"));
            Assert.Equal(["2026", "2031", "2035-uncounted", "2019-uncounted"], store.Records().Select(r => r.Id));
        }

        await using (var store = Open(keep: 2))
        {
            Assert.Equal(["2026", "2031"], store.Records().Select(r => r.Id));
            store.Save(Samples.Record("2025", verdict: null) with { Number = store.NextNumber() });
            Assert.Equal(["2025", "2026"], store.Records().Select(r => r.Id));
            Assert.Equal(3, store.Find("2025")!.Number);
        }

        Assert.Equal(["2025.json", "2026.json"], Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)!).Order());
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public async Task A_number_that_nobody_counted_to_is_none(long number)
    {
        await using (var store = Open())
        {
            store.Save(Samples.Record("a") with { Number = number });
        }

        await using var again = Open();
        Assert.Equal(0, again.Find("a")!.Number);
        Assert.Equal(1, again.NextNumber());
    }

    [Theory]
    [InlineData("half", """{"id":"half","service":"rsys""")]
    [InlineData("empty", "")]
    [InlineData("package", """{"name":"package","version":"1.0"}""")]
    [InlineData("other", """{"id":"elsewhere","service":"s","kind":"start","requested_by":"x","requested_at":"2026-11-22T12:00:00Z","command":[],"phases":[]}""")]
    [InlineData("nulls", """{"id":"nulls","service":null,"kind":"start","requested_by":"x","requested_at":"2026-11-22T12:00:00Z","command":[],"phases":[]}""")]
    [InlineData("phase", """{"id":"phase","service":"s","kind":"start","requested_by":"x","requested_at":"2026-11-22T12:00:00Z","command":[],"phases":[null]}""")]
    [InlineData("junk", "\0\u0001\u0002")]
    public async Task A_file_that_is_no_record_is_passed_over_and_left_alone(string name, string content)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, name + ".json"), content);
        await using (var store = Open(keep: 1))
        {
            store.Save(Samples.Record("a"));
            store.Save(Samples.Record("b"));
            Assert.Equal(["b"], store.Records().Select(r => r.Id));
        }

        Assert.Equal(content, File.ReadAllText(Path.Combine(Folder, name + ".json")));
        Assert.Contains(_log.Lines, l => l.Level == LogLevel.Warning && l.Line.Contains(name + ".json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Half_written_files_of_a_killed_engine_are_cleared_away()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, ".a.json.tmp"), "{");
        await using var store = Open();

        Assert.Empty(Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task An_attempt_that_a_killed_engine_left_open_has_failed()
    {
        await using (var store = Open())
        {
            store.Save(Samples.Record("a", verdict: null));
        }

        await using var again = Open();
        Assert.Equal(Verdict.Failed, again.Find("a")!.Verdict);
        Assert.Contains("the engine ended", again.Find("a")!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_disk_records_stay_in_memory_with_one_warning_and_are_written_once_it_is_back()
    {
        File.WriteAllText(Folder, "a file where the directory should be");
        await using (var store = Open())
        {
            store.Save(Samples.Record("a"));
            store.Save(Samples.Record("b"));
            store.Save(Samples.Record("c"));
            await Waiting.Until(() => _notices.All().Count == 1);
            Assert.Equal(["c", "b", "a"], store.Records().Select(r => r.Id));

            File.Delete(Folder);
            store.Save(Samples.Record("d"));
            await Waiting.Until(() => _notices.All().Count == 0);
        }

        Assert.Equal(4, Directory.GetFiles(Folder).Length);
        Assert.Single(_log.Lines, l => l.Level == LogLevel.Warning);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData(".hidden")]
    [InlineData("")]
    public async Task An_id_never_leads_out_of_the_directory(string id)
    {
        await using (var store = Open())
        {
            store.Save(Samples.Record(id));
            Assert.NotNull(store.Find(id));
        }

        Assert.False(Directory.Exists(Folder));
    }

    private HistoryStore Open(int keep = 100) => new(Folder, keep, _notices, _log);
}
