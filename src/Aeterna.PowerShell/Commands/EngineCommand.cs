using System.Management.Automation;
using System.Net;
using System.Security;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Completion;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>A cmdlet that speaks to engines that run: finds them, and works on each.</summary>
public abstract class EngineCommand : AeternaCommand
{
    /// <summary>Names of services on this machine; wildcards stand for those that run. Tab completes them.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServiceNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>The control socket of an engine, where its configuration puts it elsewhere than usual.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? SocketPath { get; set; }

    /// <summary>The address of an engine, as in https://loghost:9443.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>The token of the engine's control.token_file, for -Uri.</summary>
    [Parameter]
    public SecureString? Token { get; set; }

    /// <summary>Trust this certificate of the engine and no other: its SHA-256 (or SHA-1) in hex.</summary>
    [Parameter]
    [ValidatePattern("^[0-9A-Fa-f: ]{40,95}$")]
    public string? CertificateThumbprint { get; set; }

    /// <summary>Trust any certificate of the engine. For tests.</summary>
    [Parameter]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>What is done, for messages: "reload", "read the status of".</summary>
    private protected abstract string Aim { get; }

    /// <summary>How long an answer may take; null: as long as usual.</summary>
    private protected virtual TimeSpan? Patience => null;

    /// <summary>Whether no name means every service; otherwise it means the only one that runs.</summary>
    private protected virtual bool AllWithoutName => true;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name?.FirstOrDefault() ?? "", () =>
    {
        foreach (var target in Find())
        {
            ForItem(target.Label, () =>
            {
                RequireSecrecy(target);
                using var client = Asked.Open(target, Patience);
                var status = client.Status(Stopped).GetAwaiter().GetResult();
                RequireName(target, status);
                Process(client, status);
            });
        }
    });

    /// <summary>Works on one engine.</summary>
    private protected abstract void Process(ControlClient client, StatusReport status);

    /// <summary>Writes an object that leads back to its engine when it is piped on.</summary>
    private protected void Write(ControlClient client, object result)
    {
        var output = PSObject.AsPSObject(result);
        if (client.Target.Url is { } uri)
        {
            output.Properties.Add(new PSNoteProperty(nameof(Uri), uri));
        }
        else if (!client.Target.ByName)
        {
            output.Properties.Add(new PSNoteProperty(nameof(SocketPath), client.Target.Socket));
        }

        Asked.Tell();
        WriteObject(output);
    }

    private IEnumerable<EngineTarget> Find()
    {
        if (Uri is { } uri)
        {
            return uri.IsAbsoluteUri && uri.Scheme is "http" or "https"
                ? [OfUri(uri)]
                : throw new EngineException(EngineError.BadUri, $"cannot {Aim} {uri}: it is no http or https address (as in https://loghost:9443)");
        }

        if (SocketPath is { } socket)
        {
            var path = GetUnresolvedProviderPathFromPSPath(socket);
            return [Targets.OfSocket(path)];
        }

        return (Name is { } names ? names.SelectMany(Named) : Unnamed()).Distinct().Select(Targets.OfService);
    }

    private EngineTarget OfUri(Uri uri) => new()
    {
        Front = Targets.Front,
        Label = uri.ToString().TrimEnd('/'),
        Url = uri,
        Token = Token is { } token ? new NetworkCredential("", token).Password : null,
        CertificateThumbprint = CertificateThumbprint,
        SkipCertificateCheck = SkipCertificateCheck,
    };

    private IEnumerable<string> Named(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            return [name];
        }

        var pattern = WildcardPattern.Get(name, WildcardOptions.None);
        return Running().Where(pattern.IsMatch);
    }

    private IReadOnlyList<string> Unnamed()
    {
        var running = Running();
        return (AllWithoutName, running.Count) switch
        {
            (_, 0) when RootsEngines.IsBarred(null) => throw new EngineException(EngineError.Forbidden, $"cannot {Aim} a service: {RootsEngines.Refusal}"),
            (true, _) or (false, 1) => running,
            (_, 0) => throw new EngineException(EngineError.NotRunning, $"cannot {Aim} a service: none runs on this machine (Start-AeternaService starts one)"),
            _ => throw new EngineException(
                EngineError.NameNeeded, $"cannot {Aim} a service: several run on this machine (-Name takes one or more of {string.Join(", ", running)})"),
        };
    }

    private IReadOnlyList<string> Running() => RunningServices.Find(Targets.Root, Stopped).GetAwaiter().GetResult();

    private static void RequireSecrecy(EngineTarget target)
    {
        if (target is { Token: not null, Url: { IsLoopback: false } uri } && uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new EngineException(EngineError.Unencrypted, $"cannot send a token to {uri}: everyone on the way could read it (use https)");
        }
    }

    private void RequireName(EngineTarget target, StatusReport status)
    {
        if (!target.ByName && Name is { } names && !names.Any(name => WildcardPattern.Get(name, WildcardOptions.None).IsMatch(status.Service)))
        {
            throw new EngineException(
                EngineError.NameMismatch, $"cannot {Aim} {string.Join(", ", names)}: the engine at {target.Label} serves {status.Service}");
        }
    }
}
