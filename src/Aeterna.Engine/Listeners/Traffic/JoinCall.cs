using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners.Traffic;

/// <summary>A generation that comes to an input by its bind(2), which waits meanwhile.</summary>
internal record JoinCall
{
    public required int Generation { get; init; }

    /// <summary>The service as that generation was started with it.</summary>
    public required ServicePlan Service { get; init; }

    /// <summary>Our duplicate of the caller's socket; stays the broker's.</summary>
    public required FileDescriptor Socket { get; init; }

    /// <summary>Binds that duplicate to the address, as the caller would; 0 or an errno. May take as long as the path's file system does.</summary>
    public required Func<int> BindNow { get; init; }

    /// <summary>Puts our descriptor in the place of the caller's; false when the caller is gone.</summary>
    public required Func<int, bool> Give { get; init; }

    /// <summary>Puts the caller's own socket, which is bound to nothing, in the place of another one (by inode) that it has open.</summary>
    public Action<ulong> Displace { get; init; } = _ => { };

    /// <summary>The generation has one on this address open, which stays so.</summary>
    public bool IsFurther { get; init; }
}
