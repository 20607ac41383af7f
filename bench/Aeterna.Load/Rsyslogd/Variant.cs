namespace Aeterna.Load.Rsyslogd;

/// <summary>
/// A copy of an example file with other ports and paths. A replacement that finds nothing is an error, so that an example that
/// changes cannot leave a test or the demo on the machine's real paths.
/// </summary>
internal static class Variant
{
    /// <exception cref="InvalidOperationException">A text to be replaced is not there.</exception>
    public static string Of(string path, IEnumerable<(string From, string To)> replacements)
    {
        var text = File.ReadAllText(path);
        foreach (var (from, to) in replacements)
        {
            if (!text.Contains(from, StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"cannot adapt {path}: {from} is not in it (adapt the replacements to the file)");
            }

            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }
}
