using System.Management.Automation;
using Aeterna.Client;

namespace Aeterna.PowerShell.Errors;

/// <summary>The one place that turns failures into error records: id, category, target and advice.</summary>
internal static class ErrorRecords
{
    /// <summary>The record of a failure.</summary>
    public static ErrorRecord From(EngineException failure, object? target) => new(
        failure, IdOf(failure.Error), CategoryOf(failure.Error), TargetOf(failure, target))
    {
        ErrorDetails = new ErrorDetails(failure.Message) { RecommendedAction = AdviceFor(failure) },
    };

    /// <summary>The stable id, as in <c>Aeterna.NotRunning</c>.</summary>
    public static string IdOf(EngineError error) => $"Aeterna.{error}";

    private static object? TargetOf(EngineException failure, object? target) =>
        failure.Findings.Count > 0 ? failure.Findings.Select(finding => new AeternaFinding(finding)).ToArray() : target;

    private static ErrorCategory CategoryOf(EngineError error) => error switch
    {
        EngineError.NotRunning or EngineError.NoSuchReload or EngineError.FileNotFound or EngineError.EngineMissing => ErrorCategory.ObjectNotFound,
        EngineError.AlreadyRunning or EngineError.OtherConfigPath => ErrorCategory.ResourceExists,
        EngineError.ReloadBusy => ErrorCategory.ResourceBusy,
        EngineError.ConfigInvalid => ErrorCategory.InvalidData,
        EngineError.Timeout => ErrorCategory.OperationTimeout,
        EngineError.RolledBack or EngineError.ReloadBlocked => ErrorCategory.OperationStopped,
        EngineError.ReloadFailed or EngineError.StartFailed or EngineError.StopFailed => ErrorCategory.InvalidResult,
        EngineError.NothingToUndo or EngineError.NothingToPromote or EngineError.NothingToWatch or EngineError.SignalRefused or EngineError.UpgradeRefused or EngineError.Unsteady or EngineError.Stopping or EngineError.Refused => ErrorCategory.InvalidOperation,
        EngineError.Unauthorized => ErrorCategory.AuthenticationError,
        EngineError.Forbidden => ErrorCategory.PermissionDenied,
        EngineError.CertificateUntrusted or EngineError.Unencrypted => ErrorCategory.SecurityError,
        EngineError.Unreachable => ErrorCategory.ConnectionError,
        EngineError.ContractVersion or EngineError.NotAnEngine => ErrorCategory.ProtocolError,
        EngineError.NameNeeded or EngineError.NameMismatch or EngineError.BadUri => ErrorCategory.InvalidArgument,
        _ => ErrorCategory.NotSpecified,
    };

    private static string AdviceFor(EngineException failure) => failure.Error switch
    {
        EngineError.NotRunning => "Start it with Start-AeternaService; Get-AeternaStatus lists the services that run.",
        EngineError.AlreadyRunning => "Let it take its changed configuration with Invoke-AeternaReload, or stop it first with Stop-AeternaService.",
        EngineError.OtherConfigPath => "Stop it with Stop-AeternaService and start it with the other file, or keep to the file that it runs with.",
        EngineError.ReloadBusy => $"Wait for it with Wait-AeternaReload -Id {failure.ReloadId ?? "ID"}, or end it with Undo-AeternaReload.",
        EngineError.ConfigInvalid => "See TargetObject or Test-AeternaConfig for what is wrong where, mend the file, and try again.",
        EngineError.RolledBack => "What served before serves again or still. Read the reason in TargetObject, mend it, and reload again.",
        EngineError.ReloadBlocked => "Nothing was started. Mend what the message names and reload again; -Force goes on although a pre_flight command fails.",
        EngineError.ReloadFailed => "Get-AeternaStatus says what serves. Read the engine's log, mend the cause, and reload again.",
        EngineError.NothingToPromote => "Wait until the reload soaks and a round of its probes has been good: Watch-AeternaSoak shows both.",
        EngineError.NothingToUndo => "The undo window is over, or nothing was replaced yet: reload with the earlier configuration in place of this.",
        EngineError.SignalRefused => "Name a signal that the program handles; if its main process is a shell, let it exec the program.",
        EngineError.UpgradeRefused => "Nothing was done. Mend what the message names, and try again when no reload and no undo window is under way.",
        EngineError.Unsteady => "The service goes on. Another engine comes with Update-AeternaEngine; -Force reloads all the same.",
        EngineError.NothingToWatch => "Begin one with Invoke-AeternaReload -NoWait, or name one with -Id.",
        EngineError.Stopping => "Wait until the service is stopped, then start it again.",
        EngineError.NoSuchReload => "Get-AeternaHistory lists the records that are kept.",
        EngineError.Unauthorized => "Give the token of control.token_file with -Token.",
        EngineError.Forbidden => "Use the user that runs the engine, or root; from elsewhere use -Uri with -Token.",
        EngineError.CertificateUntrusted => "Trust the certificate's authority, or pin the certificate with -CertificateThumbprint.",
        EngineError.Unencrypted => "Use an https address.",
        EngineError.Timeout => "It hangs or is very busy: try again, then look at the engine's log.",
        EngineError.Unreachable => "Check the address, and whether the engine runs and may be reached from here.",
        EngineError.ContractVersion => "Use the module of the engine's version.",
        EngineError.NotAnEngine => "Check the address.",
        EngineError.NameNeeded => "Name the services with -Name.",
        EngineError.NameMismatch => "Leave -Name out, or give the address of that service's engine.",
        EngineError.BadUri => "Give it as in -Uri https://loghost:9443.",
        EngineError.FileNotFound => "Check the path.",
        EngineError.EngineMissing => "Install the module again, run make build in a source tree, or set AETERNA_ENGINE to the path of aeterna.",
        EngineError.StartFailed => "Test-AeternaConfig checks the configuration; the engine's log says more.",
        EngineError.StopFailed => "End the processes that the message names.",
        _ => "The engine's log says more.",
    };
}
