using Aeterna.Generations;
using Aeterna.Listeners.Outside;
using Aeterna.Machine.Plans;

namespace Aeterna.Orchestration;

/// <summary>A daemon that is to be adopted.</summary>
/// <param name="Generation">It, as the generation before the first.</param>
/// <param name="Plan">What would be started in its place again: its own command, as far as that is known.</param>
/// <param name="Sockets">Its sockets.</param>
internal sealed record OutsideService(IGeneration Generation, Plan Plan, IOutsideSockets Sockets);
