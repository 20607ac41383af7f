using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Completion;

namespace Aeterna.PowerShell.Commands;

/// <summary>Shows what happens in a reload, from its beginning until it is decided.</summary>
/// <remarks>
/// Gives one object for each event: probes, resource limits, phases, processes, and the verdict last. It begins with what has
/// happened in that reload so far. Ctrl-C ends the watching, not the reload.
/// </remarks>
/// <example><code>Watch-AeternaSoak rsyslogd</code><para>Watches the reload that is under way.</para></example>
/// <example><code>Invoke-AeternaReload rsyslogd -NoWait | Watch-AeternaSoak</code><para>Begins a reload and watches it.</para></example>
/// <example><code>Watch-AeternaSoak rsyslogd | Where-Object Healthy -eq $false</code><para>Shows only probes that failed.</para></example>
[Cmdlet(VerbsCommon.Watch, "AeternaSoak")]
[OutputType(typeof(AeternaSoakEvent))]
public sealed class WatchAeternaSoakCommand : EngineCommand
{
    /// <summary>Id of the reload; without it the one under way. Tab completes it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ReloadIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    private protected override string Aim => "watch";

    private protected override bool AllWithoutName => false;

    private protected override void Process(ControlClient client, StatusReport status)
    {
        var id = Id ?? status.ReloadId ?? throw new EngineException(
            EngineError.NothingToWatch, $"cannot watch {status.Service}: no reload is under way (Invoke-AeternaReload -NoWait begins one)");
        var latest = status;
        foreach (var told in new EngineFollower(client).Follow(id, afterId: 0, Stopped).ToBlockingEnumerable(Stopped))
        {
            if (told is Followed.Now now)
            {
                latest = now.Status;
            }
            else if (told is Followed.Happened happened && happened.Event.ReloadId == id)
            {
                Write(client, new AeternaSoakEvent(happened.Event, latest));
            }
        }
    }
}
