using Aeterna.Linux;

using Xunit;

namespace Aeterna.Tests.Support;

/// <summary>A test that needs root; skipped, loudly, for others.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (Libc.geteuid() != 0)
        {
            Skip = "needs root";
        }
    }
}

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute()
    {
        if (Libc.geteuid() != 0)
        {
            Skip = "needs root";
        }
    }
}
