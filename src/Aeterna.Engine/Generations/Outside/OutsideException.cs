namespace Aeterna.Generations.Outside;

/// <summary>A daemon cannot be adopted; the message is "why (what to do)". Nothing has been done to it.</summary>
internal sealed class OutsideException(string message) : Exception(message);
