namespace Aeterna.Machine.Plans;

/// <summary>
/// A name or a fingerprint of a client certificate, as RFC 5425 and rsyslog write them. In a name, an asterisk stands for any characters of
/// one label, at its beginning or its end, or for all of it.
/// </summary>
internal sealed record PermittedPeer
{
    private static readonly (string Word, string Hash, int Bytes)[] _hashes =
        [("sha1:", "SHA1", 20), ("sha-1:", "SHA1", 20), ("sha256:", "SHA256", 32), ("sha-256:", "SHA256", 32)];

    private PermittedPeer()
    {
    }

    /// <summary>The name; null: it is a fingerprint.</summary>
    public string? Name { get; private init; }

    /// <summary>The hash of the fingerprint: SHA1 or SHA256; null: it is a name.</summary>
    public string? Hash { get; private init; }

    /// <summary>The fingerprint in upper-case hex; null: it is a name.</summary>
    public string? Fingerprint { get; private init; }

    /// <summary>Reads one, as in <c>*.example.net</c> or <c>SHA256:10:C4:…</c>.</summary>
    public static bool TryParse(string text, out PermittedPeer peer)
    {
        peer = new PermittedPeer { Name = text };
        foreach (var (word, hash, bytes) in _hashes)
        {
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                var digits = text[word.Length..].Split(':');
                peer = new PermittedPeer { Hash = hash, Fingerprint = string.Concat(digits).ToUpperInvariant() };
                return digits.Length == bytes && Array.TrueForAll(digits, pair => pair.Length == 2 && pair.All(char.IsAsciiHexDigit));
            }
        }

        return text.Length > 0 && !text.Contains(':', StringComparison.Ordinal) && !text.Any(char.IsWhiteSpace)
            && text.Split('.').All(label => label.Length > 0 && Asterisks(label));
    }

    /// <summary>Whether a certificate's name is one of those meant.</summary>
    public bool IsName(string name)
    {
        var (labels, given) = (Name?.Split('.') ?? [], name.TrimEnd('.').Split('.'));
        return labels.Length == given.Length && labels.Zip(given).All(pair => Matches(pair.First, pair.Second));
    }

    /// <inheritdoc/>
    public override string ToString() => Name ?? $"{Hash}:{Fingerprint}";

    private static bool Asterisks(string label) => !label.Contains('*', StringComparison.Ordinal) || (label.LastIndexOf('*') == label.IndexOf('*', StringComparison.Ordinal) && (label[0] == '*' || label[^1] == '*'));

    private static bool Matches(string label, string given) =>
        label.StartsWith('*') ? given.Length > 0 && given.EndsWith(label[1..], StringComparison.OrdinalIgnoreCase)
        : label.EndsWith('*') ? given.StartsWith(label[..^1], StringComparison.OrdinalIgnoreCase)
        : string.Equals(label, given, StringComparison.OrdinalIgnoreCase);
}
