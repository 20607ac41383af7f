using Aeterna.Linux;
using Aeterna.Tests.EndToEnd;
using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>A test of root's that kills engines: of one that is not compiled ahead of time nothing can go on.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KeptFactAttribute : FactAttribute
{
    public KeptFactAttribute()
    {
        Skip = Kept.WhyNot;
    }
}

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KeptTheoryAttribute : TheoryAttribute
{
    public KeptTheoryAttribute()
    {
        Skip = Kept.WhyNot;
    }
}

/// <summary>Whether an engine can have a guard.</summary>
internal static class Kept
{
    /// <summary>Null: it can.</summary>
    public static string? WhyNot =>
        Libc.geteuid() != 0 ? "needs root"
        : File.Exists(LiveEngine.Program + ".dll") ? "needs the engine that ships: make build, then AETERNA_ENGINE=$PWD/bin/aeterna"
        : null;
}
