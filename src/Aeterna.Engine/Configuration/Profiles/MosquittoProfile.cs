using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Profiles;

/// <summary>mosquitto: sessions, subscriptions and retained messages are in its memory, and in a file that it writes now and then and at its end.</summary>
internal static class MosquittoProfile
{
    public static Profile Profile { get; } = new()
    {
        Name = "mosquitto",
        BinaryNames = ["mosquitto"],
        DrainSignal = 15,
        Traffic = _ => new(Traffic.Sequential, "mosquitto keeps sessions and messages in memory and in one file, and a message to the one does not reach the subscribers of the other"),
        Handoffs = Direct.Tcp,
        Caveat = "kept connections end at a reload, and what is published with QoS 0 to a client that is away by then is lost",
    };
}
