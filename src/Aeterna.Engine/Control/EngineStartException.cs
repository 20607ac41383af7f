namespace Aeterna.Control;

/// <summary>The engine cannot start; the message is the whole sentence for the user.</summary>
internal sealed class EngineStartException(string message, Exception? inner = null) : Exception(message, inner);
