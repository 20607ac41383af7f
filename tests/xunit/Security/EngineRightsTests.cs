using System.Globalization;

using Aeterna.Linux;
using Aeterna.Tests.EndToEnd;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>The capabilities of an engine of root's: which it keeps.</summary>
public class EngineRightsTests
{
    [RootFact]
    public async Task What_it_does_not_need_it_gives_up_and_a_service_of_roots_has_all_the_same()
    {
        await using var engine = await LiveEngine.Start(
            "version: \"v1\"\nservice: { name: \"NAME\", command: [\"/bin/sleep\", \"1000\"] }\nobservability: { metrics_port: \"off\" }\n");
        var bounding = Mask((await engine.Status()).CurrentPid, "CapBnd");
        Assert.Equal(bounding, Mask((await engine.Status()).CurrentPid, "CapEff"));
        Assert.NotEqual(0ul, bounding & ~EngineRights.Needed);

        // Threads that the runtime starts before any code of ours have kept theirs; they run none of ours.
        var threads = ProcFs.Threads(engine.Pid).Where(t => !ProcFs.StatusField(t, "Name")!.StartsWith(".NET", StringComparison.Ordinal)
            || ProcFs.StatusField(t, "Name")!.StartsWith(".NET TP", StringComparison.Ordinal)).ToList();
        Assert.Contains(threads, t => ProcFs.StatusField(t, "Name")!.StartsWith("broker", StringComparison.Ordinal));
        Assert.All(threads, t => Assert.Equal(0ul, Mask(t, "CapPrm") & ~EngineRights.Needed));
    }

    private static ulong Mask(int tid, string field) => ulong.Parse(ProcFs.StatusField(tid, field)!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
