using System.CommandLine;
using Aeterna.Load.Cli;

namespace Aeterna.Load;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        var root = new RootCommand("Sends numbered and checksummed syslog messages, and finds them again in the output files.")
        {
            RunCommand.Make(),
            VerifyCommand.Make(),
            SelfTestCommand.Make(),
        };
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
    }
}
