namespace Aeterna.StateHandoff;

/// <summary>A handoff cannot go on; the message is a whole sentence without its full stop, for the record.</summary>
internal sealed class SrpException(string message, Exception? inner = null) : Exception(message, inner);
