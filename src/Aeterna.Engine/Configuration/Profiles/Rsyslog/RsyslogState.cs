namespace Aeterna.Configuration;

/// <summary>
/// Finds in an rsyslog configuration what does not bear a second rsyslogd beside the first: queues on disk and inputs that remember in a
/// file how far they have read, and messages of its own, which it writes at its start and its end, whoever else is writing then.
/// </summary>
internal static class RsyslogState
{
    private static readonly string[] _withState = ["imfile", "imjournal"];

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

        if (ModuleOf(statement) is { } module && _withState.Contains(module))
        {
            return ($"loads {module}", statement.Find("load")?.Line ?? statement.Line);
        }

        return statement.Find("processinternalmessages") is { Value: "on" } own ? ("has processInternalMessages on", own.Line) : null;
    }
}
