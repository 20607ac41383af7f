using System.Security.Cryptography;
using System.Text;

namespace Aeterna.Control;

/// <summary>The token that callers from elsewhere need. Only its hash is kept.</summary>
internal sealed class BearerToken
{
    private const int ShortestToken = 16;
    private const long LargestFile = 4096;
    private readonly byte[] _hash;

    public BearerToken(string token) => _hash = Hash(token);

    /// <summary>Reads the token from a file; white space around it does not count.</summary>
    /// <exception cref="IOException">It cannot be read or is no good; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static BearerToken Read(string path)
    {
        if (new FileInfo(path).Length > LargestFile)
        {
            throw new IOException($"it is larger than {LargestFile} bytes");
        }

        var token = File.ReadAllText(path).Trim();
        if (token.Length < ShortestToken || token.Any(c => c is <= ' ' or > '~'))
        {
            throw new IOException($"a token has at least {ShortestToken} printable ASCII characters (make one with: openssl rand -hex 32)");
        }

        return new BearerToken(token);
    }

    /// <summary>Compares an <c>Authorization</c> header in a time that does not depend on where it differs.</summary>
    public TokenCheck Check(string? authorization)
    {
        const string Scheme = "Bearer ";
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return TokenCheck.Absent;
        }

        return CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..].Trim()), _hash) ? TokenCheck.Right : TokenCheck.Wrong;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
