using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>
/// Finds in an rsyslog configuration what does not bear a second rsyslogd beside the first: queues on disk; inputs that something else than a
/// held socket feeds, so that both would read it or each only a part (the kernel's log, files, the journal, programs, message brokers); and
/// messages of its own, which it writes at its start and its end, whoever else is writing then.
/// </summary>
internal static class RsyslogState
{
    // These bind sockets, which the engine holds, or make a message by the clock. An input that is not known here is taken for one of the others.
    private static readonly string[] _fedBySockets =
        ["imtcp", "imptcp", "imudp", "imuxsock", "imrelp", "imgssapi", "imdtls", "imhttp", "im3195", "imdiag", "immark", "impstats"];

    /// <summary>As in "/etc/rsyslog.d/10-files.conf:3 loads imfile"; null when there is nothing.</summary>
    public static string? Find(RsyslogConfiguration configuration)
    {
        foreach (var statement in configuration.Statements)
        {
            if (InStatement(statement) is var (what, line))
            {
                return $"{statement.File}:{line} {what}";
            }
        }

        return null;
    }

    /// <summary>The modules that a configuration loads, and the number of its rules: actions, and selectors of the old syntax.</summary>
    public static ConfigurationSummary Summary(RsyslogConfiguration configuration) => new(
        [.. configuration.Statements.Select(ModuleOf).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
        configuration.Statements.Count(statement => statement.Name is "action" or RsyslogStatement.Selector));

    /// <summary>The name of the module that a statement loads, in small letters; null when it loads none.</summary>
    public static string? ModuleOf(RsyslogStatement statement)
    {
        var given = statement.Name switch { "module" => statement.Find("load")?.Value, "$modload" => statement.Word, _ => null };
        return given is null ? null : Path.GetFileNameWithoutExtension(given).ToLowerInvariant();
    }

    private static (string What, int Line)? InStatement(RsyslogStatement statement)
    {
        if (statement.Find("queue.filename") is { } queue)
        {
            return ("has a queue on disk", queue.Line);
        }

        if (statement.Name is "$actionqueuefilename" or "$mainmsgqueuefilename" or "$rulesetqueuefilename")
        {
            return ("has a queue on disk", statement.Line);
        }

        if (ModuleOf(statement) is { } module && module.StartsWith("im", StringComparison.Ordinal) && !_fedBySockets.Contains(module))
        {
            return ($"loads {module}", statement.Find("load")?.Line ?? statement.Line);
        }

        return statement.Find("processinternalmessages") is { Value: "on" } own ? ("has processInternalMessages on", own.Line) : null;
    }
}
