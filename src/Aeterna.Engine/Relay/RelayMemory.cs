namespace Aeterna.Relay;

/// <summary>What relayed connections may hold together when the configuration does not say.</summary>
internal static class RelayMemory
{
    private const long Least = 64L << 20;
    private const long Most = 1L << 30;
    private const int PartOfMachine = 8;

    /// <summary>Bytes: an eighth of the machine's memory, or of the control group's limit (memory.max) where there is one.</summary>
    public static long OfMachine() => Of(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>The same for so many bytes of memory.</summary>
    internal static long Of(long available) => Math.Clamp(available / PartOfMachine, Least, Most);
}
