using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether the program is one of which it is known what no reload can spare its clients.</summary>
internal static class ProgramCheck
{
    public static void Run(ServicePlan service, CheckReport report)
    {
        if (service.Profile is { Caveat: { } caveat, Name: var name })
        {
            report.Warning("service.command", FindingCode.ProgramLimits, $"{name}: {caveat}", "docs/programs.md has the figures");
        }
    }
}
