using System.Globalization;
using System.Security.Cryptography;

namespace Aeterna.Orchestration;

/// <summary>Ids of records. They begin with the time, as in <c>20261122T094512.123Z-3f9a</c>.</summary>
internal static class ReloadId
{
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
