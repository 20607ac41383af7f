namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>One statement of an rsyslog configuration: an object, as in <c>input(type="imtcp")</c>, or a directive, as in <c>$ModLoad imtcp</c>.</summary>
/// <param name="File">Where it stands.</param>
/// <param name="Line">Its line there; the first is 1.</param>
/// <param name="Name">In small letters; a directive's with its dollar sign, and <see cref="Selector"/> for a selector of the old syntax.</param>
internal sealed record RsyslogStatement(string File, int Line, string Name)
{
    /// <summary>The name of a selector, as in <c>mail.* /var/log/mail</c>.</summary>
    public const string Selector = ":selector";

    /// <summary>What stands behind a directive's name.</summary>
    public string Text { get; init; } = "";

    /// <summary>An object's parameters, in their order.</summary>
    public IReadOnlyList<RsyslogParameter> Parameters { get; init; } = [];

    /// <summary>A parameter by its name in small letters; of several the last, as rsyslogd has it; null when there is none.</summary>
    public RsyslogParameter? Find(string name) => Parameters.LastOrDefault(parameter => parameter.Name == name);

    /// <summary>The first word behind a directive's name; "" when there is none.</summary>
    public string Word => Text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : "";
}

/// <summary>A parameter of an object.</summary>
/// <param name="Name">In small letters.</param>
/// <param name="Line">Its line.</param>
/// <param name="Values">What it is set to; null when only rsyslogd knows (<c>`echo $PORT`</c>).</param>
internal sealed record RsyslogParameter(string Name, int Line, IReadOnlyList<string>? Values)
{
    /// <summary>Its only value; null when it is not known, or not one.</summary>
    public string? Value => Values is [var only] ? only : null;
}
