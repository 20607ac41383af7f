using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>
/// Sockets for programs that run one after the other: each generation has its own, so that one that is about to end gets no new clients. They
/// wait for the next one.
/// </summary>
internal static class Direct
{
    public static IReadOnlyDictionary<ListenerScheme, Handoff> Tcp { get; } = new Dictionary<ListenerScheme, Handoff> { [ListenerScheme.Tcp] = Handoff.Steered };
}
