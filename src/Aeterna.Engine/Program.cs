using Aeterna.Generations.Launch;

namespace Aeterna;

internal static class Program
{
    private static int Main(string[] args) => args is [Launcher.Verb] ? Launcher.Run() : 0;
}
