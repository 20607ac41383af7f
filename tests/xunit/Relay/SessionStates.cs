using Aeterna.Relay.Sessions;
using Microsoft.Extensions.Logging;

using Xunit;

namespace Aeterna.Tests.Relay;

/// <summary>What holds of every connection between two events, as <see cref="Course"/> says it.</summary>
internal static class SessionStates
{
    public static void Check(RelayRig rig)
    {
        foreach (var session in rig.Relay.Sessions())
        {
            var current = session.Legs.SingleOrDefault(leg => leg.IsCurrent);
            Assert.True(
                session.Course switch
                {
                    Course.Settled => current is null or { IsTold: false },
                    Course.Leaving => current is null or { IsTold: false } && session.IsFramed,
                    Course.Finished => current is { IsTold: true },
                    Course.Dismissed => current is not null && !session.IsFramed,
                    _ => false,
                },
                $"{session.Course} does not stand beside {current} (framed: {session.IsFramed})");
            Assert.DoesNotContain(session.Legs, leg => leg is { IsCurrent: false, IsTold: true });
            Assert.True(session.Released <= session.Sent && session.Sent <= session.Received, $"{session.Released}, {session.Sent}, {session.Received}");
        }

        Assert.DoesNotContain(rig.Log.Lines, line => line.Level >= LogLevel.Error);
    }
}
