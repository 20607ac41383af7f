using Aeterna.Configuration.Checks;
using Aeterna.Contract;

namespace Aeterna.Configuration;

/// <summary>
/// What the file cannot tell by itself: whether this machine has what it names. The findings point at the keys. It starts
/// nothing of the service.
/// </summary>
internal static class ConfigurationCheck
{
    /// <summary>The findings beside those of the load itself; none when there is no plan.</summary>
    public static IReadOnlyList<Finding> Run(LoadResult loaded)
    {
        if (loaded.Plan is not { } plan)
        {
            return [];
        }

        var report = new CheckReport(new FindingList(loaded.File), loaded.Places);
        CommandCheck.Run(plan, report, loaded.Environment);
        ScriptCheck.Run(plan, report);
        PortCheck.Run(plan.Service, report, loaded.Environment);
        AccountCheck.Run(plan.Service, report);
        PathCheck.Run(plan, report);
        SecretCheck.Run(plan, report);
        FramingCheck.Run(plan.Service, report);
        ProgramCheck.Run(plan.Service, report);
        DevLogCheck.Run(plan.Service, report);
        return report.Findings.InOrder();
    }
}
