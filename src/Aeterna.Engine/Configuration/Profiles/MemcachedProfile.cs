using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>memcached: all that it has is in its memory.</summary>
internal static class MemcachedProfile
{
    public static Profile Profile { get; } = new()
    {
        Name = "memcached",
        BinaryNames = ["memcached"],
        DrainSignal = 15,
        Traffic = _ => new(Traffic.Sequential, "memcached keeps its data in memory: of two at once each would have a part, and clients would read the old of the one beside the new of the other"),
        Handoffs = Direct.Tcp,
        Caveat = "its cache is empty after a reload, and kept connections end",
    };
}
