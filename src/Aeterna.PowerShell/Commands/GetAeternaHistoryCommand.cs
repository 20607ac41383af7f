using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Completion;

namespace Aeterna.PowerShell.Commands;

/// <summary>Shows past starts, reloads, restarts and ways back, newest first.</summary>
/// <remarks>
/// Each record says who asked for it and why, how it ended and why so, how long each phase took, and which program and
/// configuration (by SHA-256) it was about. The history outlives the engine.
/// </remarks>
/// <example><code>Get-AeternaHistory rsyslogd -First 5</code><para>Shows the last five.</para></example>
/// <example><code>Get-AeternaHistory | Where-Object Verdict -eq rolled_back | Format-List</code><para>Shows in full what was rolled back, and why.</para></example>
/// <example><code>(Get-AeternaHistory rsyslogd -First 1).Phases</code><para>Shows how long each phase of the last attempt took.</para></example>
[Cmdlet(VerbsCommon.Get, "AeternaHistory")]
[OutputType(typeof(AeternaReload))]
public sealed class GetAeternaHistoryCommand : EngineCommand
{
    /// <summary>How many, newest first.</summary>
    [Parameter]
    [Alias("Limit")]
    [ValidateRange(1, int.MaxValue)]
    public int First { get; set; } = 20;

    /// <summary>Only the record with this id. Tab completes it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ReloadIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    private protected override string Aim => "read the history of";

    private protected override void Process(ControlClient client, StatusReport status)
    {
        var records = Id is { } id
            ? [client.Record(id, Stopped).GetAwaiter().GetResult()]
            : client.Records(First, Stopped).GetAwaiter().GetResult();
        foreach (var record in records)
        {
            Write(client, new AeternaReload(record));
        }
    }
}
