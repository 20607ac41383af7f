namespace Aeterna.Listeners.Traffic;

/// <summary>An input as plain data, for a successor of this engine; each kind has its own. Descriptors are named by their numbers, and stay the input's.</summary>
internal abstract record InputState;
