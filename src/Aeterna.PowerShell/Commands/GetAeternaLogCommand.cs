using System.Globalization;
using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;
using Aeterna.PowerShell.Completion;
using Aeterna.PowerShell.Engines;

namespace Aeterna.PowerShell.Commands;

/// <summary>Shows the log of a service's engine, in which what the service prints is, too.</summary>
/// <remarks>
/// Gives lines of text. An engine that runs in the background has a log of its own, which can be read when it is gone, too. For one that logs to the
/// journal or to a terminal the error says where to look. A log is read on the machine of its engine.
/// </remarks>
/// <example><code>Get-AeternaLog rsyslogd -Tail 20</code><para>Shows the last twenty lines.</para></example>
/// <example><code>Get-AeternaLog rsyslogd -Wait | Select-String error</code><para>Shows what is logged of errors from now on, until Ctrl-C.</para></example>
[Cmdlet(VerbsCommon.Get, "AeternaLog")]
[OutputType(typeof(string))]
public sealed class GetAeternaLogCommand : AeternaCommand
{
    /// <summary>Names of services on this machine. Tab completes them. Without one it is the only one that runs.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServiceNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>The address of what is piped in: an engine elsewhere is refused, since another one here may have its name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    public Uri? Uri { get; set; }

    /// <summary>How many of the last lines.</summary>
    [Parameter]
    [Alias("Last")]
    [ValidateRange(1, int.MaxValue)]
    public int Tail { get; set; } = 50;

    /// <summary>Go on with what is logged from now on, until Ctrl-C.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name ?? [""])
        {
            ForItem(name, () => Show(name));
        }
    }

    private void Show(string name)
    {
        if (Uri is { } uri)
        {
            throw new EngineException(EngineError.Refused, $"cannot read the log of {name}: it is on the machine of {uri} (read it there)");
        }

        string[] arguments = ["logs", "--lines", Tail.ToString(CultureInfo.InvariantCulture), .. Wait ? ["--follow"] : Array.Empty<string>(), .. name.Length > 0 ? ["--name", name] : Array.Empty<string>()];
        WriteVerbose($"runs {EngineProgram.Find()} {string.Join(' ', arguments)}");
        using var program = EngineProgram.Start(arguments, redirect: true);
        using var stop = Stopped.Register(program.Kill);
        program.StandardInput.Close();
        var said = program.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (program.StandardOutput.ReadLine() is { } line)
            {
                WriteObject(line);
            }

            program.WaitForExit();
        }
        finally
        {
            program.Kill(); // Nobody wants more of it.
        }

        Stopped.ThrowIfCancellationRequested();
        var remark = said.GetAwaiter().GetResult().Trim();
        if (program.ExitCode != ExitCode.Done)
        {
            throw new EngineException(
                program.ExitCode switch { ExitCode.NotRunning => EngineError.NotRunning, ExitCode.Usage => EngineError.NameNeeded, _ => EngineError.Refused }, remark);
        }

        if (remark.Length > 0)
        {
            WriteWarning(remark);
        }
    }
}
