using System.Text.Json;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.Telemetry;

namespace Aeterna.Cli;

/// <summary>A service's records: from its engine, or, when that is gone, from the files that it has left. Changes none of them.</summary>
/// <param name="context">Takes what is to be said beside the records.</param>
/// <param name="engine">The engine.</param>
/// <param name="directory">Where the files are; null when that is unknown, as for an engine elsewhere.</param>
internal sealed class HistorySource(CliContext context, EngineTarget engine, string? directory)
{
    /// <summary>The newest records, newest first.</summary>
    public Task<IReadOnlyList<ReloadRecord>> Records(int limit, CancellationToken cancel) =>
        FromEither<IReadOnlyList<ReloadRecord>>(client => client.Records(limit, cancel), stored => [.. stored.Take(limit)]);

    /// <summary>The same as the engine sends them.</summary>
    public Task<string> RecordsJson(int limit, CancellationToken cancel) => FromEither(
        client => client.RecordsJson(limit, cancel),
        stored => JsonSerializer.Serialize([.. stored.Take(limit)], ContractJson.Default.IReadOnlyListReloadRecord));

    /// <summary>One record.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public Task<ReloadRecord> Record(string id, CancellationToken cancel) => FromEither(
        client => client.Record(id, cancel),
        stored => stored.FirstOrDefault(record => record.Id == id)
            ?? throw new CliException(ExitCode.Failed, $"cannot read the record {id} of {engine.Label}: there is none in {directory} (aeterna history {engine.Label} lists those that there are)"));

    private async Task<T> FromEither<T>(Func<ControlClient, Task<T>> live, Func<IReadOnlyList<ReloadRecord>, T> stored)
    {
        using var client = new ControlClient(engine);
        try
        {
            return await live(client).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.Error == EngineError.NotRunning && directory is not null)
        {
            return stored(await Stored(e).ConfigureAwait(false));
        }
    }

    private async Task<IReadOnlyList<ReloadRecord>> Stored(EngineException why)
    {
        if (!Directory.Exists(directory))
        {
            throw new CliException(
                ExitCode.NotRunning, $"cannot read the history of {engine.Label}: no engine is running there, and there are no records in {directory} (-c FILE says where else they are)", why);
        }

        List<ReloadRecord> records;
        List<string> broken;
        try
        {
            (records, broken) = new HistoryFiles(directory!).Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failed, $"cannot read the history of {engine.Label} in {directory}: {e.Message} (as its owner or root)", e);
        }

        await context.Error.WriteLineAsync(OneLine.Clean($"no engine of {engine.Label} is running: this is what is in {directory}")).ConfigureAwait(false);
        foreach (var name in broken)
        {
            await context.Error.WriteLineAsync(OneLine.Clean($"cannot read {directory}/{name} as a record: it is damaged, or another user's (it is left as it is)")).ConfigureAwait(false);
        }

        return [.. StoredRecords.NewestFirst(records.Select(StoredRecords.Settled))];
    }
}
