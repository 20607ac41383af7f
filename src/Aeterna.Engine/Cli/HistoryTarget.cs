using System.CommandLine;
using Aeterna.Client;
using Aeterna.Configuration;
using Aeterna.Contract;
using Aeterna.Orchestration;

namespace Aeterna.Cli;

/// <summary>Which records are meant: a service's, or one by its id, of an engine that runs or has run.</summary>
internal sealed class HistoryTarget(CliContext context)
{
    private readonly Argument<string?> _what = new("NAME|ID")
    {
        Description = "A service's name, or the id of one record, which is then shown whole.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _config = new("--config", "-c")
    {
        Description = "The service's configuration file: it says where the records are when its engine is gone.",
        HelpName = "FILE",
    };

    private readonly TargetOptions _engine = new();

    /// <summary>Adds it to the verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_what);
        _engine.AddOptionsTo(command);
        command.Add(_config);
        command.Validators.Add(result =>
        {
            var given = result.GetResult(_what)?.Tokens is [var what] && !ReloadId.IsOne(what.Value) ? what.Value : null;
            if (result.GetResult(_config) is not null && (_engine.AreIn(result) || given is not null))
            {
                result.AddError("Only one of NAME, -c, -n, --socket and --url can be given.");
            }
            else if (given is not null && _engine.NameIn(result) is { } named && named != given)
            {
                result.AddError($"Two names are given: {given} and {named}.");
            }
        });
    }

    /// <summary>Finds them.</summary>
    /// <returns>Where the records are, and the id of the one that is meant; null: all.</returns>
    /// <exception cref="CliException">None or several could be meant.</exception>
    public async Task<(HistorySource Source, string? Id)> Find(ParseResult parsed, CancellationToken cancel)
    {
        var what = parsed.GetValue(_what);
        if (parsed.GetValue(_config) is { } file)
        {
            return (ByFile(file), what);
        }

        if (_engine.AreGiven(parsed))
        {
            var engine = await _engine.Find(parsed, context).ConfigureAwait(false);
            return (Of(engine), what == engine.Label ? null : what);
        }

        return what switch
        {
            null => (Of(await OnlyOne(parsed).ConfigureAwait(false)), null),
            _ when ReloadId.IsOne(what) => (await WhoHas(what, cancel).ConfigureAwait(false), what),
            _ => (ByName(what), null),
        };
    }

    private HistorySource ByName(string name) => Of(TargetOptions.ByName(name, context));

    // The files of an engine that was named by a socket or a URL may be anywhere.
    private HistorySource Of(EngineTarget engine) =>
        new(context, engine, engine.ByName ? EnginePaths.For(engine.Label, context.Root, context.Environment).HistoryDirectory : null);

    private HistorySource ByFile(string file)
    {
        var loaded = ConfigurationLoader.Load(file, context.Environment);
        var plan = loaded.Plan ?? throw new CliException(ExitCode.Usage, $"cannot tell from {file} where the records are: it is bad") { Findings = loaded.Findings };
        var paths = EnginePaths.For(plan.Service.Name, context.Root, context.Environment, plan.Control, plan.History);
        return new HistorySource(context, CliTargets.OfService(plan.Service.Name, paths.ControlSocket), paths.HistoryDirectory);
    }

    private async Task<EngineTarget> OnlyOne(ParseResult parsed)
    {
        try
        {
            return await _engine.Find(parsed, context).ConfigureAwait(false);
        }
        catch (CliException e) when (e.ExitCode == ExitCode.NotRunning && WithRecords() is { Count: > 0 } names)
        {
            return names is [var only]
                ? TargetOptions.ByName(only, context)
                : throw new CliException(ExitCode.Usage, $"cannot tell which service is meant: no engine is running, and {string.Join(", ", names)} have records (name one)", e);
        }
    }

    private async Task<HistorySource> WhoHas(string id, CancellationToken cancel)
    {
        foreach (var name in await RunningServices.Find(RunFolder.Of(context.Root, context.Environment), cancel).ConfigureAwait(false))
        {
            var engine = TargetOptions.ByName(name, context);
            using var client = new ControlClient(engine);
            try
            {
                await client.Record(id, cancel).ConfigureAwait(false);
                return Of(engine);
            }
            catch (EngineException)
            {
                // Another one's, or one that does not answer: then its files may have it.
            }
        }

        return WithRecords().Find(name => File.Exists(Path.Combine(StateRoot, name, id + ".json"))) is { } left
            ? ByName(left)
            : throw new CliException(ExitCode.Failed, $"cannot read the record {id}: no service has one of that id (aeterna history NAME lists a service's)");
    }

    private string StateRoot => EnginePaths.StateRoot(context.Root, context.Environment);

    /// <summary>Names of the services that have left records, in order.</summary>
    private List<string> WithRecords()
    {
        try
        {
            return [.. Directory.GetDirectories(StateRoot).Where(f => Directory.EnumerateFiles(f, "*.json").Any()).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
