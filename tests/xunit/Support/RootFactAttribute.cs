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

/// <summary>A theory that needs root.</summary>
internal sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "needs root";
        }
    }
}
