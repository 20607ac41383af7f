namespace Aeterna.Machine;

/// <summary>Something that the driver has to do: <see cref="Work"/>, which an event answers, or an <see cref="Order"/>.</summary>
internal abstract record Effect;
