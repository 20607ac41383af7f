using System.Globalization;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles.Rsyslog;

/// <summary>
/// The stream listeners of an rsyslog configuration, each with its rules. Objects take what their module was loaded with; directives
/// change a state that is global, and <c>$InputTCPServerRun</c> makes a listener of it as it is then.
/// </summary>
internal sealed class RsyslogInputs
{
    private const int UsualLargest = 8096;
    private const int LargestAfterReset = 8192;
    private const int SmallestLargest = 128;

    private static readonly RsyslogListener _imtcp = new("imtcp");
    private static readonly RsyslogListener _imptcp = new("imptcp");

    private static readonly Dictionary<string, string> _foreign = new()
    {
        ["$inputgssserverrun"] = "imgssapi",
        ["$inputrelpserverrun"] = "imrelp",
        ["$input3195listenport"] = "im3195",
        ["$imdiagserverrun"] = "imdiag",
    };

    private readonly List<(RsyslogInput Input, RsyslogListener Listener, bool IsOpen)> _found = [];
    private readonly HashSet<string> _loaded = [];
    private RsyslogListener _module = _imtcp; // What module(load="imtcp") was given.
    private RsyslogListener _oldImtcp = _imtcp; // What the directives have set.
    private RsyslogListener _oldImptcp = _imptcp;
    private bool _isNewStyle;
    private bool _octetCounted = true;
    private string? _oldAddress;
    private int _largest = UsualLargest;
    private string? _largestUnknown;

    private RsyslogInputs()
    {
    }

    /// <summary>Reads them, in their order.</summary>
    public static IReadOnlyList<RsyslogInput> Read(RsyslogConfiguration configuration)
    {
        var inputs = new RsyslogInputs();
        foreach (var statement in configuration.Statements)
        {
            inputs.Take(statement);
        }

        return [.. inputs._found.Select(found => found.Input with { Framing = inputs.Framing(found.IsOpen ? inputs.Closed(found.Listener) : found.Listener, configuration.Unread) })];
    }

    /// <summary>How the streams of an address are cut: where several inputs may be meant, only if all have the same rules.</summary>
    public static StreamFraming Of(IReadOnlyList<RsyslogInput> inputs, ListenerAddress address)
    {
        var possible = inputs.Where(input => input.MayBe(address)).ToList();
        return possible.Select(input => input.Framing).Distinct().ToList() switch
        {
            [] => StreamFraming.None with { Reason = "no input for it was found in rsyslogd's configuration" },
            [var only] => only,
            _ => possible.FirstOrDefault(input => input.Framing.IsTls)?.Framing
                ?? StreamFraming.None with { Reason = $"inputs with different rules may be meant ({possible[0].Place}, {possible[^1].Place})" },
        };
    }

    private StreamFraming Framing(RsyslogListener listener, string? unread)
    {
        var framing = listener.Framing(_largest);
        var why = unread ?? _largestUnknown;
        return why is null || !framing.IsFramed ? framing : StreamFraming.None with { Reason = why };
    }

    /// <summary>An input() of a module that was loaded in the old way, and says nothing of octet counts: the last directive decides, wherever it stands.</summary>
    private RsyslogListener Closed(RsyslogListener listener) => listener with { Rules = listener.Rules with { OctetCounted = _octetCounted } };

    private void Take(RsyslogStatement statement)
    {
        if (RsyslogState.ModuleOf(statement) is { } module)
        {
            if (_loaded.Add(module) && module == "imtcp" && statement.Name == "module")
            {
                (_module, _isNewStyle) = (_imtcp.With(statement), true);
            }

            return;
        }

        switch (statement.Name)
        {
            case "global" when statement.Find("maxmessagesize") is { } size:
                Largest(size.Value, $"{statement.File}:{size.Line}");
                break;
            case "$maxmessagesize":
                Largest(statement.Word, Place(statement));
                break;
            case "$resetconfigvariables":
                (_oldImtcp, _oldImptcp, _oldAddress, _largest, _octetCounted) = (_imtcp, _imptcp, null, LargestAfterReset, true);
                break;
            case "input":
                Input(statement);
                break;
            case var directive when directive.StartsWith("$input", StringComparison.Ordinal) || _foreign.ContainsKey(directive):
                Directive(statement);
                break;
        }
    }

    private void Input(RsyslogStatement statement)
    {
        var type = statement.Find("type")?.Value?.ToLowerInvariant();
        if (type is "imtcp" or "imptcp")
        {
            var listener = (type == "imtcp" ? _module : _imptcp).With(statement);
            var port = statement.Find("port") is { } given ? given.Value : "514";
            port = port == "0" && statement.Find("listenportfilename") is null ? "514" : port;
            var isOpen = type == "imtcp" && !_isNewStyle && statement.Find("supportoctetcountedframing") is null;
            Add(statement, listener, port, statement.Find("address")?.Value, statement.Find("path")?.Value, isOpen);
        }
        else if (type is null || statement.Find("port") is not null)
        {
            Foreign(statement, type ?? "an input that only rsyslogd knows", statement.Find("port")?.Value);
        }
    }

    private void Directive(RsyslogStatement statement)
    {
        if (_foreign.TryGetValue(statement.Name, out var module))
        {
            Foreign(statement, module, statement.Word);
        }
        else if (statement.Name.StartsWith("$inputtcp", StringComparison.Ordinal) && _loaded.Contains("imtcp"))
        {
            OfImtcp(statement);
        }
        else if (statement.Name.StartsWith("$inputptcp", StringComparison.Ordinal) && _loaded.Contains("imptcp"))
        {
            OfImptcp(statement);
        }
    }

    private void OfImtcp(RsyslogStatement statement)
    {
        switch (statement.Name)
        {
            case "$inputtcpserverrun":
                // What has no directive is as the module was loaded; all else is as the directives say, even if there are none.
                var rules = _oldImtcp.Rules with { LargestCount = _module.Rules.LargestCount, Oversize = _module.Rules.Oversize };
                Add(statement, _oldImtcp with { Rules = rules, Doubt = _oldImtcp.Doubt ?? _module.Doubt }, statement.Word is "" ? "10514" : statement.Word, null, null);
                break;
            case "$inputtcpserverinputname" or "$inputtcpserverbindruleset" or "$inputtcpserverlistenportfile":
                break;
            case var _ when _isNewStyle:
                break; // Refused by rsyslogd.
            case "$inputtcpserveraddtlframedelimiter":
                _oldImtcp = Number(_oldImtcp, statement);
                break;
            case "$inputtcpserverdisablelfdelimiter":
                _oldImtcp = OnOff(_oldImtcp, statement, on => _oldImtcp.Rules with { EndsAtLf = !on });
                break;
            case "$inputtcpserversupportoctetcountedframing":
                _oldImtcp = OnOff(_oldImtcp, statement, on => _oldImtcp.Rules with { OctetCounted = on });
                _octetCounted = _oldImtcp.Rules.OctetCounted;
                break;
            case "$inputtcpserverstreamdrivermode":
                _oldImtcp = _oldImtcp with { Tls = statement.Word == "0" ? null : Place(statement) + " " + statement.Name };
                break;
            default:
                _oldImtcp = Known(_oldImtcp, statement);
                break;
        }
    }

    private void OfImptcp(RsyslogStatement statement)
    {
        switch (statement.Name)
        {
            case "$inputptcpserverrun":
                Add(statement, _oldImptcp, statement.Word, _oldAddress, null);
                break;
            case "$inputptcpserverlistenip":
                _oldAddress = statement.Word;
                break;
            case "$inputptcpserveraddtlframedelimiter":
                _oldImptcp = Number(_oldImptcp, statement);
                break;
            case "$inputptcpserversupportoctetcountedframing":
                _oldImptcp = OnOff(_oldImptcp, statement, on => _oldImptcp.Rules with { OctetCounted = on });
                break;
            default:
                _oldImptcp = Known(_oldImptcp, statement);
                break;
        }
    }

    private void Foreign(RsyslogStatement statement, string module, string? port)
    {
        if (module != "imudp")
        {
            Add(statement, new RsyslogListener(module) { Doubt = $"{module} has frames that Aeterna does not know ({Place(statement)})" }, port, statement.Find("address")?.Value, null);
        }
    }

    private void Add(RsyslogStatement statement, RsyslogListener listener, string? port, string? address, string? path, bool isOpen = false) =>
        _found.Add((new RsyslogInput(Place(statement), StreamFraming.None) { Port = port, Address = address, Path = path }, listener, isOpen));

    /// <summary>A size as rsyslogd reads it: k is 1024, K is 1000.</summary>
    private void Largest(string? size, string place)
    {
        var digits = size?.TrimEnd('k', 'm', 'g', 'K', 'M', 'G') ?? "";
        var factor = size?[digits.Length..] switch { "" => 1, "k" => 1024, "m" => 1024 * 1024, "g" => 1 << 30, "K" => 1000, "M" => 1_000_000, "G" => 1_000_000_000, _ => 0 };
        if (factor == 0 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > int.MaxValue)
        {
            _largestUnknown = $"maxMessageSize has a value that only rsyslogd knows ({place})";
            return;
        }

        _largest = (int)Math.Clamp(number * factor, SmallestLargest, int.MaxValue);
    }

    private static RsyslogListener Number(RsyslogListener listener, RsyslogStatement statement) =>
        int.TryParse(statement.Word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? listener with { Rules = listener.Rules with { Delimiter = number } }
            : Doubtful(listener, statement, "has a value that only rsyslogd knows");

    private static RsyslogListener OnOff(RsyslogListener listener, RsyslogStatement statement, Func<bool, SyslogRules> set) => statement.Word is "on" or "off"
        ? listener with { Rules = set(statement.Word == "on") }
        : Doubtful(listener, statement, "is neither on nor off");

    private static readonly string[] _harmless =
    [
        "keepalive", "keepalive_probes", "keepalive_intvl", "keepalive_time", "notifyonconnectionclose", "preservecase", "inputname", "bindruleset",
        "helperthreads", "streamdriverauthmode", "streamdriverpermittedpeer",
    ];

    private static RsyslogListener Known(RsyslogListener listener, RsyslogStatement statement) =>
        statement.Name is "$inputtcpflowcontrol" or "$inputtcpmaxsessions" or "$inputtcpmaxlisteners"
        || _harmless.Any(option => statement.Name.EndsWith("server" + option, StringComparison.Ordinal))
            ? listener
            : Doubtful(listener, statement, "is not known to Aeterna");

    private static RsyslogListener Doubtful(RsyslogListener listener, RsyslogStatement statement, string why) =>
        listener with { Doubt = listener.Doubt ?? $"{statement.Name} {why} ({Place(statement)})" };

    private static string Place(RsyslogStatement statement) => $"{statement.File}:{statement.Line}";
}
