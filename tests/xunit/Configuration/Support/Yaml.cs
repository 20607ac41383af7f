using Aeterna.Configuration;
using Aeterna.Machine.Plans;

namespace Aeterna.Tests.Configuration.Support;

/// <summary>Loads configuration texts through a real file.</summary>
internal static class Yaml
{
    /// <summary>The least that is a configuration; lines are 1 to 4, more keys of the root can follow.</summary>
    public const string Minimal = "version: v1\nservice:\n  name: demo\n  command: [\"/bin/sleep\", \"1000\"]\n";

    public static LoadResult Load(string text) => Load(System.Text.Encoding.UTF8.GetBytes(text));

    public static LoadResult Load(byte[] bytes)
    {
        var path = Path.Combine(Path.GetTempPath(), $"aeterna-{Guid.NewGuid():N}.yaml");
        File.WriteAllBytes(path, bytes);
        try
        {
            return ConfigurationLoader.Load(path, Environment.GetEnvironmentVariable);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The plan of a text that has nothing wrong.</summary>
    public static Plan Plan(string text)
    {
        var result = Load(text);
        Xunit.Assert.Empty(result.Findings);
        return result.Plan!;
    }

    /// <summary>Findings as <c>line:column code</c>, which is what most tests look at.</summary>
    public static string[] Marks(string text) =>
        [.. Load(text).Findings.Select(finding => $"{finding.Line}:{finding.Column} {finding.Code}")];

    /// <summary>A file beside the tests' sources.</summary>
    public static string FileOf(string name) => System.IO.Path.Combine(Root(), "tests/xunit/Configuration/Files", name);

    /// <summary>The top of the source tree.</summary>
    public static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(directory.FullName, "Aeterna.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("the tests run outside the source tree");
        }

        return directory.FullName;
    }
}
