namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>A whole rsyslog configuration: the statements of its files in the order in which rsyslogd reads them, includes where they stand.</summary>
internal sealed class RsyslogConfiguration
{
    private readonly List<RsyslogStatement> _statements = [];
    private readonly Stack<string> _open = new();
    private readonly string _directory;
    private int _files;

    private RsyslogConfiguration(string directory) => _directory = directory;

    /// <summary>What it says, without what is switched off (<c>config.enabled</c>).</summary>
    public IReadOnlyList<RsyslogStatement> Statements => _statements;

    /// <summary>What could not be read, and why, as in "/etc/rsyslog.conf:3 includes what only rsyslogd knows"; null when all was.</summary>
    public string? Unread { get; private set; }

    /// <param name="file">The main file.</param>
    /// <param name="directory">What relative includes are relative to.</param>
    public static RsyslogConfiguration Read(string file, string directory)
    {
        var configuration = new RsyslogConfiguration(directory);
        configuration.Add(file, null);
        return configuration;
    }

    private void Add(string file, RsyslogStatement? include)
    {
        if (_open.Contains(file))
        {
            return; // As rsyslogd has it.
        }

        if (++_files > ConfigurationFiles.Most || file.EndsWith(".yaml", StringComparison.Ordinal) || file.EndsWith(".yml", StringComparison.Ordinal))
        {
            Miss(include is null ? $"{file} is not read" : $"{include.File}:{include.Line} includes {file}, which is not read");
            return;
        }

        if (!ConfigurationFiles.TryRead(file, out var text))
        {
            Miss($"{file} cannot be read");
            return;
        }

        _open.Push(file);
        foreach (var statement in RsyslogGrammar.Read(file, text))
        {
            if (statement.Find("config.enabled") is { Value: { } enabled } && enabled != "on")
            {
                continue;
            }

            _statements.Add(statement);
            Include(statement);
        }

        _open.Pop();
    }

    private void Include(RsyslogStatement statement)
    {
        var pattern = statement.Name switch
        {
            "$includeconfig" => statement.Word,
            "include" when statement.Find("text") is null => statement.Find("file")?.Value,
            "include" => null,
            _ => "",
        };
        if (pattern is null || IsBeyond(pattern))
        {
            Miss($"{statement.File}:{statement.Line} includes what only rsyslogd knows");
        }
        else if (pattern.Length > 0)
        {
            pattern = Path.GetFullPath(pattern, _directory) + (pattern.EndsWith('/') ? "*" : "");
            ConfigurationFiles.Expand(Directory.Exists(pattern) ? pattern + "/*" : pattern).ForEach(file => Add(file, statement));
        }
    }

    // Wildcards in a folder's name, and those that only glob(3) has.
    private static bool IsBeyond(string pattern) =>
        pattern.AsSpan().IndexOfAny('[', '{', '\\') >= 0 || Path.GetDirectoryName(pattern) is { } folder && folder.AsSpan().IndexOfAny('*', '?') >= 0;

    private void Miss(string what) => Unread ??= what;
}
