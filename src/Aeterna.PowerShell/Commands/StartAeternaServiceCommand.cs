using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>Starts an engine and its service in the background.</summary>
/// <remarks>
/// The engine runs in a session of its own: it outlives the shell, the terminal and the Ansible task that started it, and any other
/// shell finds it by its name. The cmdlet returns the status once the service serves. When it runs already with the same configuration
/// nothing happens, and Changed is false. When the file has changed since, that is the error Aeterna.AlreadyRunning: a reload takes it in.
/// When it runs with a file of another path, that is Aeterna.OtherConfigPath. The engine's program is the one that came with the module;
/// the environment variable AETERNA_ENGINE names another.
/// </remarks>
/// <example><code>Start-AeternaService -ConfigPath /etc/aeterna/rsyslogd.yaml</code><para>Starts a service; does nothing when it runs.</para></example>
/// <example><code>Get-ChildItem /etc/aeterna/*.yaml | Start-AeternaService</code><para>Starts several.</para></example>
/// <example><code>Start-AeternaService /etc/aeterna/nginx.yaml -AdoptPid (Get-Content /run/nginx.pid)</code><para>Takes the place of a daemon that runs without an engine.</para></example>
/// <example><code>Start-AeternaService /etc/aeterna/rsyslogd.yaml -Keeper:$false</code><para>Starts one for which nobody goes on when its engine dies.</para></example>
/// <example><code>Start-AeternaService ./aeterna.yaml -Foreground</code><para>Runs the engine in this terminal, with its log, until Ctrl-C.</para></example>
[Cmdlet(VerbsLifecycle.Start, "AeternaService", SupportsShouldProcess = true)]
[OutputType(typeof(AeternaStatus))]
public sealed class StartAeternaServiceCommand : AeternaCommand
{
    /// <summary>The configuration files.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName", "Path")]
    [ValidateNotNullOrEmpty]
    public string[] ConfigPath { get; set; } = [];

    /// <summary>Process id of a daemon that runs without an engine: the service takes its sockets over, and its place without a gap.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? AdoptPid { get; set; }

    /// <summary>Leave a small process beside the engine: when the engine dies, another one goes on with the service. So it is without this too, but for an engine that was not compiled ahead of time; -Keeper:$false wants none.</summary>
    [Parameter]
    public SwitchParameter Keeper { get; set; }

    /// <summary>Run the engine in this terminal until it ends. Ctrl-C drains and stops the service.</summary>
    [Parameter]
    public SwitchParameter Foreground { get; set; }

    /// <summary>How long to wait at most until it serves: seconds, 1m30s, or a TimeSpan. Without it there is no limit but those of the configuration.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? Timeout { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in ConfigPath)
        {
            ForItem(path, () => Start(GetUnresolvedProviderPathFromPSPath(path)));
        }
    }

    private void Start(string path)
    {
        var location = ConfigFile.Locate(path, Stopped);
        using var client = Asked.Open(TargetOf(location));
        if (Running(client, location) is { } status)
        {
            WriteObject(new AeternaStatus(status, changed: false));
        }
        else if (ShouldProcess(location.Service, $"Start an engine with {location.ConfigPath}{(AdoptPid is { } pid ? FormattableString.Invariant($" that adopts process {pid}") : "")}"))
        {
            if (Foreground)
            {
                ForegroundEngine.Run(client, location, Verb, Stopped);
            }
            else
            {
                Launch(location);
                WriteObject(new AeternaStatus(client.Status(Stopped).GetAwaiter().GetResult(), changed: true));
            }
        }
    }

    /// <summary>The status of the engine if it runs with this very configuration; null if none runs.</summary>
    private StatusReport? Running(ControlClient client, EngineLocation location)
    {
        StatusReport status;
        try
        {
            status = client.Status(Stopped).GetAwaiter().GetResult();
        }
        catch (EngineException e) when (e.Error == EngineError.NotRunning)
        {
            return null;
        }

        var runs = FormattableString.Invariant($"cannot start {location.Service} with {location.ConfigPath}: its engine runs already (pid {status.EnginePid})");
        if (status.ConfigPath != location.ConfigPath)
        {
            throw new EngineException(
                EngineError.OtherConfigPath,
                $"{runs} with {status.ConfigPath}, which it reads again at a reload (to change to another file stop the service first: Stop-AeternaService {Argument.Of(location.Service)})");
        }

        return status.ConfigSha256 == location.ConfigSha256
            ? status
            : throw new EngineException(
                EngineError.AlreadyRunning, $"{runs} with another configuration, since the file has changed (Invoke-AeternaReload lets it take that in)");
    }

    private string[] Verb =>
        [.. AdoptPid is { } pid ? ["adopt", "--pid", FormattableString.Invariant($"{pid}")] : (string[])["start"], .. MyInvocation.BoundParameters.ContainsKey(nameof(Keeper)) ? [Keeper ? "--keeper" : "--no-keeper"] : Array.Empty<string>()];

    private void Launch(EngineLocation location)
    {
        string[] arguments = [.. Verb, "-c", location.ConfigPath, "--detach"];
        WriteVerbose($"runs {EngineProgram.Find()} {string.Join(' ', arguments)}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stopped);
        if (Timeout is { } most)
        {
            limit.CancelAfter(most);
        }

        ProgramResult result;
        try
        {
            result = EngineProgram.Run(arguments, limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (Stopped.IsCancellationRequested)
        {
            Host.UI.WriteWarningLine($"stopped waiting; {location.Service} goes on starting (Get-AeternaStatus -Name {Argument.Of(location.Service)} shows it)");
            throw new PipelineStoppedException();
        }
        catch (OperationCanceledException e)
        {
            throw new EngineException(
                EngineError.Timeout,
                $"cannot wait longer for {location.Service}: it did not serve within {Durations.Format(Timeout!.Value)} (it goes on starting; its log is {location.LogFile})", e);
        }

        if (result.ExitCode != ExitCode.Done)
        {
            throw new EngineException(EngineError.StartFailed, $"cannot start {location.Service}: {result.Error.Trim()}");
        }

        if (result.Error.Trim() is { Length: > 0 } said)
        {
            WriteWarning(said.StartsWith("warning: ", StringComparison.Ordinal) ? said["warning: ".Length..] : said);
        }
    }

    private static EngineTarget TargetOf(EngineLocation location) =>
        Targets.OfService(location.Service) is { } usual && usual.Socket == location.ControlSocket
            ? usual
            : Targets.OfSocket(location.ControlSocket, location.Service);
}
