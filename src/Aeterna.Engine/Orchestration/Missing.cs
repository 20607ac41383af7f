using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>Says what nobody serves although it was served.</summary>
internal static class Missing
{
    public static string Sentence(IReadOnlyCollection<ListenerAddress> addresses) =>
        $"nobody serves {string.Join(", ", addresses)} any more{(addresses.All(a => a.Scheme == ListenerScheme.Unixgram) ? "" : ", and who is there waits")} (mend the service's configuration and reload, or force the reload to do without)";
}
