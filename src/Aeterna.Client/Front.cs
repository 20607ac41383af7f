namespace Aeterna.Client;

/// <summary>What speaks to an engine for its user: the words in which the command line and the module say the same thing each in its own way.</summary>
/// <param name="Noun">As in "this module".</param>
/// <param name="Product">What is installed in a version: "the aeterna program".</param>
/// <param name="Start">What starts an engine.</param>
/// <param name="Trust">What makes it trust a certificate that no authority vouches for; null: nothing does.</param>
internal sealed record Front(string Noun, string Product, string Start, string? Trust = null);
