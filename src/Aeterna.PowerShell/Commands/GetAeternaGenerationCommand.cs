using System.Management.Automation;
using Aeterna.Client;
using Aeterna.Contract;

namespace Aeterna.PowerShell.Commands;

/// <summary>Shows the processes of services, by generation.</summary>
/// <remarks>
/// A generation is one run of the service's command with all its processes. There is one that is active; during a reload there are
/// two. Memory, processor time and descriptors are those of all its processes together.
/// </remarks>
/// <example><code>Get-AeternaGeneration rsyslogd</code><para>Shows the generations of one service.</para></example>
/// <example><code>Get-AeternaGeneration | Where-Object Memory -gt 1GB</code><para>Finds generations that use more than a gigabyte.</para></example>
[Cmdlet(VerbsCommon.Get, "AeternaGeneration")]
[OutputType(typeof(AeternaGeneration))]
public sealed class GetAeternaGenerationCommand : EngineCommand
{
    private protected override string Aim => "read the generations of";

    private protected override void Process(ControlClient client, StatusReport status)
    {
        foreach (var generation in status.Generations)
        {
            Write(client, new AeternaGeneration(generation, status.Service));
        }
    }
}
