namespace Aeterna.Contract;

/// <summary>
/// What an ordinary user sees of the engines that root runs: that there is a folder for a service, and no more. Who has forgotten sudo is to be
/// told that, and not that nothing runs.
/// </summary>
public static class RootsEngines
{
    /// <summary>One folder for each service.</summary>
    public const string Folder = "/run/aeterna";

    /// <summary>What to do about it.</summary>
    public const string Refusal = "permission denied, what runs here is root's (use sudo)";

    /// <summary>Whether the caller is not root, and root has an engine of this name, or had one; without a name: any.</summary>
    public static bool IsBarred(string? name)
    {
        try
        {
            return !Environment.IsPrivilegedProcess
                && (name is null ? Directory.Exists(Folder) && Directory.EnumerateDirectories(Folder).Any() : Directory.Exists(Path.Combine(Folder, name)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // There is a folder, and not even its names are for everybody.
        }
    }
}
