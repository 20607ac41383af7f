using System.Management.Automation;
using Aeterna.Contract;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>Checks configuration files against the format and this machine. Changes nothing.</summary>
/// <remarks>
/// Gives one object for each thing that is wrong or to be known, with line and column. A good file gives nothing. With -Quiet it
/// gives true or false: false when there is an error; warnings do not count.
/// </remarks>
/// <example><code>Test-AeternaConfig ./aeterna.yaml</code><para>Lists what is wrong in the file.</para></example>
/// <example><code>if (Test-AeternaConfig ./aeterna.yaml -Quiet) { Invoke-AeternaReload }</code><para>Reloads when the file has no error.</para></example>
/// <example><code>Get-ChildItem /etc/aeterna/*.yaml | Test-AeternaConfig</code><para>Checks several files.</para></example>
[Cmdlet(VerbsDiagnostic.Test, "AeternaConfig")]
[OutputType(typeof(AeternaFinding), typeof(bool))]
public sealed class TestAeternaConfigCommand : AeternaCommand
{
    /// <summary>The configuration files.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName", "Path")]
    [ValidateNotNullOrEmpty]
    public string[] ConfigPath { get; set; } = [];

    /// <summary>Give true or false in place of findings.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in ConfigPath)
        {
            ForItem(path, () => Check(GetUnresolvedProviderPathFromPSPath(path)));
        }
    }

    private void Check(string path)
    {
        WriteVerbose($"runs {EngineProgram.Find()} check -c {path} --json");
        var findings = ConfigFile.Check(path, Stopped);
        if (Quiet)
        {
            WriteObject(findings.All(finding => finding.Severity != FindingSeverity.Error));
            return;
        }

        foreach (var finding in findings)
        {
            WriteObject(new AeternaFinding(finding));
        }
    }
}
