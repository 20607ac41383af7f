using Aeterna.Machine;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration.Switching;

/// <summary>
/// How traffic moves from a daemon that the engine has not started: what is directed can be given to it or to the other, and not to both in parts. Pure.
/// </summary>
internal static class OutsideRules
{
    /// <summary>Before anything is started.</summary>
    /// <param name="choice">What the configuration and the profile say.</param>
    /// <param name="all">Each of its sockets is directed by the engine.</param>
    /// <param name="any">One of them is.</param>
    public static TrafficChoice? Before(TrafficChoice? choice, bool all, bool any) =>
        any && !all && choice?.Traffic != Traffic.Sequential
            ? new TrafficChoice(Traffic.Sequential, "of the daemon's sockets some are shared, so that a second process beside it would have a part of its traffic")
            : choice;

    /// <summary>When the candidate is ready.</summary>
    public static TrafficChoice? Finally(TrafficChoice? choice, bool any) =>
        any && choice?.Traffic == Traffic.Split
            ? new TrafficChoice(Traffic.Exclusive, $"{choice.Reason}; but what the engine directs is the daemon's until it ends")
            : choice;
}
