using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Aeterna.Orchestration;

/// <summary>Ids of records. They begin with the time, as in <c>20261122T094512.123Z-3f9a</c>.</summary>
internal static partial class ReloadId
{
    /// <summary>Whether a text has the form of an id, which no service's name has by accident.</summary>
    public static bool IsOne(string text) => Form().IsMatch(text);

    [GeneratedRegex(@"^\d{8}T\d{6}(\.\d{3})?Z-[0-9a-z]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    /// <summary>A new one.</summary>
    /// <param name="now">The time.</param>
    /// <param name="taken">Whether an id is in use already.</param>
    public static string New(DateTimeOffset now, Func<string, bool> taken)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
        while (true)
        {
            var id = $"{time}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(2))}";
            if (!taken(id))
            {
                return id;
            }
        }
    }
}
