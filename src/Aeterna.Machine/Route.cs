namespace Aeterna.Machine;

/// <summary>Who gets what of the service's traffic.</summary>
/// <param name="Main">The generation that gets all that nobody else gets. Null: nobody gets anything, and it waits in bounded buffers and in the kernel.</param>
/// <param name="Candidate">A generation that gets a share beside it; null: none.</param>
/// <param name="Percent">That share of new connections and datagrams, and of the relayed connections that exist, 0 to 100.</param>
/// <param name="Alone">Nobody else may be given anything any more, not even on connections that cannot move and in frames that do not end.</param>
internal sealed record Route(int? Main, int? Candidate = null, int Percent = 0, bool Alone = false)
{
    /// <summary>Nobody gets anything.</summary>
    public static Route Held { get; } = new((int?)null);
}
