using Aeterna.Machine;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Listeners;

/// <summary>A steered listener gives back what it takes.</summary>
[Collection(Alone.Name)]
public class SteeredLeakTests
{
    [RootFact]
    public async Task Descriptors_are_the_same_after_ten_reloads_and_none_is_left_at_the_end()
    {
        var before = Temp.Held();
        using (var rig = new SteeringRig())
        {
            rig.Input.Direct(new Route(1), null);
            var previous = rig.Start(1);
            var steady = Temp.OpenDescriptors();
            for (var generation = 2; generation < 12; generation++)
            {
                var program = rig.Start(generation);
                rig.Input.Direct(Route.Held, null);
                rig.Send("x");
                rig.Input.Direct(new Route(generation), generation - 1);
                rig.Input.Leave(generation - 1);
                rig.Kill(previous);
                previous = program;
                rig.Input.Leave(generation - 1);
                Assert.Equal(["x"], program.ReadTexts());
                await Temp.Until(() => Temp.OpenDescriptors() <= steady + 1, $"about {steady} descriptors again"); // The last one's socket is kept for the next.
            }
        }

        await Temp.UntilReleased(before);
    }
}
