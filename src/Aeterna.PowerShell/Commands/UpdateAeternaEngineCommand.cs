using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Errors;

namespace Aeterna.PowerShell.Commands;

/// <summary>Has another engine go on with a service, which does not notice.</summary>
/// <remarks>
/// The engine is replaced in its own process by the file that it was started from, as it is now (after a package was installed), or by another program. Connections,
/// sockets, processes and counters stay. Refused during a reload (Aeterna.ReloadBusy), in the undo window, and where another engine could not go on
/// (Aeterna.UpgradeRefused). When the new engine cannot go on after all, the program of before does, and the error is Aeterna.RolledBack.
/// </remarks>
/// <example><code>Update-AeternaEngine rsyslogd</code><para>After a new package: the engine of rsyslogd is the new one.</para></example>
/// <example><code>Get-AeternaStatus | Update-AeternaEngine</code><para>Every engine of this machine, one after the other.</para></example>
[Cmdlet(VerbsData.Update, "AeternaEngine", SupportsShouldProcess = true)]
[OutputType(typeof(AeternaUpgrade))]
public sealed class UpdateAeternaEngineCommand : EngineCommand
{
    /// <summary>The program that is to take the engine's place; without it the file that the engine was started from. Only on this machine.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Program { get; set; }

    /// <summary>Return as soon as the other program has shown that it could go on.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    private protected override string Aim => "upgrade the engine of";

    private protected override bool AllWithoutName => false;

    // The other program is tried before the answer.
    private protected override TimeSpan? Patience { get; } = TimeSpan.FromSeconds(40);

    private protected override void Process(ControlClient client, StatusReport status)
    {
        var path = Program is { } given ? GetUnresolvedProviderPathFromPSPath(given) : null;
        if (!ShouldProcess($"the engine of {status.Service} (version {status.EngineVersion}, pid {status.EnginePid})", path is null ? "Upgrade" : $"Upgrade to {path}"))
        {
            return;
        }

        var accepted = client.Upgrade(new UpgradeRequest { Program = path }, Stopped).GetAwaiter().GetResult();
        if (NoWait)
        {
            Write(client, new AeternaUpgrade(status.Service, accepted));
            return;
        }

        var report = EngineUpgrading.Await(client, accepted.Id, status.EnginePid, Stopped).GetAwaiter().GetResult();
        var result = new AeternaUpgrade(status.Service, report);
        if (report.Verdict == Verdict.Succeeded)
        {
            Write(client, result);
            return;
        }

        var error = report.Verdict == Verdict.RolledBack ? EngineError.RolledBack : EngineError.UpgradeRefused;
        WriteError(ErrorRecords.From(new EngineException(error, report.Reason ?? $"cannot upgrade the engine of {status.Service}"), result));
    }
}
