using System.Globalization;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>What has been read so far of how a listener of imtcp or imptcp cuts its streams. Never changes.</summary>
/// <param name="Module">Its module.</param>
internal sealed record RsyslogListener(string Module)
{
    // Options that have nothing to do with where a message ends.
    private static readonly HashSet<string> _harmless =
    [
        "type", "load", "name", "port", "address", "path", "ruleset", "config.enabled", "defaulttz", "maxsessions", "maxlisteners", "maxlistners", "flowcontrol",
        "notifyonconnectionclose", "notifyonconnectionopen", "preservecase", "listenportfilename", "socketbacklog", "threads", "processonpoller",
        "keepalive", "keepalive.probes", "keepalive.time", "keepalive.interval", "ratelimit.interval", "ratelimit.burst", "ratelimit.name",
        "permittedpeer", "gnutlsprioritystring", "streamdriver.name", "streamdriver.authmode", "streamdriver.permitexpiredcerts",
        "streamdriver.checkextendedkeypurpose", "streamdriver.prioritizesan", "streamdriver.tlsverifydepth", "streamdriver.cafile",
        "streamdriver.crlfile", "streamdriver.keyfile", "streamdriver.certfile", "unlink", "fileowner", "fileownernum", "filegroup", "filegroupnum",
        "filecreatemode", "failonchownfailure", "workerthreads", "starvationprotection.maxreads",
    ];

    /// <summary>The rules so far.</summary>
    public SyslogRules Rules { get; init; } = new() { Oversize = Module == "imptcp" ? Oversize.Open : Oversize.Split };

    /// <summary>Where it is said that rsyslogd ends TLS; null: nowhere.</summary>
    public string? Tls { get; init; }

    /// <summary>Why its streams cannot be followed; null: they can.</summary>
    public string? Doubt { get; init; }

    private bool IsImtcp => Module == "imtcp";

    /// <summary>Takes in the parameters of an object.</summary>
    public RsyslogListener With(RsyslogStatement statement) => statement.Parameters.Aggregate(this, (listener, parameter) =>
        statement.Parameters.Count(p => p.Name == parameter.Name) > 1 && !_harmless.Contains(parameter.Name)
            ? listener.Doubtful(statement, parameter, "is there twice")
            : listener.With(statement, parameter));

    /// <summary>How its streams are cut, when messages have so many bytes at most.</summary>
    public StreamFraming Framing(int largestMessage) =>
        Tls is { } tls ? StreamFraming.None with { IsTls = true, Reason = $"{Module} itself ends TLS on it ({tls})" }
        : Doubt is { } doubt ? StreamFraming.None with { Reason = doubt }
        : new StreamFraming { Kind = FramingKind.Syslog, Rules = Rules with { LargestMessage = largestMessage } };

    private RsyslogListener With(RsyslogStatement statement, RsyslogParameter parameter)
    {
        var inModule = statement.Name == "module";
        return parameter.Name switch
        {
            "supportoctetcountedframing" when !inModule => OnOff(on => Rules with { OctetCounted = on }),
            "octetcountedframing" when inModule && IsImtcp => OnOff(on => Rules with { OctetCounted = on }),
            "framingfix.cisco.asa" when !inModule => OnOff(on => Rules with { SkipsBlanks = on }),
            "addtlframedelimiter" when IsImtcp || !inModule => Number(n => Rules with { Delimiter = n }, -1),
            "maxframesize" when IsImtcp || !inModule => Number(n => Rules with { LargestCount = n }, int.MinValue),
            "disablelfdelimiter" when IsImtcp => OnOff(on => Rules with { EndsAtLf = !on }),
            "discardtruncatedmsg" when IsImtcp => OnOff(on => Rules with { Oversize = on ? Oversize.Cut : Oversize.Split }),
            "discardtruncatedmsg" when !inModule => OnOff(_ => Rules),
            "multiline" when !IsImtcp && !inModule => OnOff(on => Rules with { IsMultiLine = on }),
            "framing.delimiter.regex" when !IsImtcp && !inModule => parameter.Value is { } pattern && MessageStart.Parse(pattern) is { } start
                ? this with { Rules = Rules with { Start = start } }
                : Doubtful(statement, parameter, "has a pattern that cannot be followed"),
            "compression.mode" when !IsImtcp && !inModule => parameter.Value == "none" ? this : Doubtful(statement, parameter, "makes it a compressed stream"),
            "streamdriver.mode" when IsImtcp => int.TryParse(parameter.Value, CultureInfo.InvariantCulture, out var mode)
                ? this with { Tls = mode == 0 ? null : $"{statement.File}:{parameter.Line} {parameter.Name}" }
                : Doubtful(statement, parameter, "has a value that only rsyslogd knows"),
            _ => _harmless.Contains(parameter.Name) ? this : Doubtful(statement, parameter, "is not known to Aeterna"),
        };

        RsyslogListener OnOff(Func<bool, SyslogRules> set) => parameter.Value is "on" or "off"
            ? this with { Rules = set(parameter.Value == "on") }
            : Doubtful(statement, parameter, "is neither on nor off");

        RsyslogListener Number(Func<int, SyslogRules> set, int least) =>
            parameter.Value is { } digits && (digits == "0" || !digits.TrimStart('-').StartsWith('0'))
            && int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
                ? this with { Rules = set(number) }
                : Doubtful(statement, parameter, "has a value that only rsyslogd knows");
    }

    private RsyslogListener Doubtful(RsyslogStatement statement, RsyslogParameter parameter, string why) =>
        this with { Doubt = Doubt ?? $"{Module}'s {parameter.Name} {why} ({statement.File}:{parameter.Line})" };
}
