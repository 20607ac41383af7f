using Aeterna.Ledger;
using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Listeners.Traffic;

/// <summary>Makes the inputs that another room builds. The relay room implements it; the table asks.</summary>
internal interface IInputMaker
{
    /// <summary>Reads what the listeners of a configuration name beside themselves, as certificates; relays use it from then on.</summary>
    /// <exception cref="ListenerException">Something cannot be used. Nothing has changed then.</exception>
    void Configure(IReadOnlyList<ListenerPlan> listeners);

    /// <summary>Puts a relay behind a held socket.</summary>
    /// <param name="address">The address that clients use.</param>
    /// <param name="held">The socket that is bound to it; stays the table's, which closes it after the input has been disposed.</param>
    /// <param name="outside">A generation that serves the socket past the relay (<see cref="Outside.IOutsideInput"/>); 0: none.</param>
    ITrafficInput Relay(ListenerAddress address, FileDescriptor held, int outside = 0);

    /// <summary>Goes on with a predecessor's relay. It does nothing before <see cref="ITrafficInput.GoOn"/>.</summary>
    /// <param name="address">The address that clients use.</param>
    /// <param name="held">The socket that is bound to it; stays the table's.</param>
    /// <param name="state">What is known of it.</param>
    /// <param name="bytes">What it held.</param>
    /// <param name="found">Told of each connection to a generation, by the engine's end.</param>
    /// <exception cref="LedgerException">It cannot be gone on with; why.</exception>
    ITrafficInput Relay(ListenerAddress address, FileDescriptor held, InputState state, LedgerBytes bytes, Action<int, IRelayLeg> found);
}
