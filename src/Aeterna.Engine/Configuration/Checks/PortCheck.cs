using System.Globalization;
using System.Text;
using Aeterna.Contract;
using Aeterna.Linux;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether somebody else has a listener's port. What the engine of this very service has, and what it runs, is not somebody else's.</summary>
internal static class PortCheck
{
    public static void Run(ServicePlan service, CheckReport report, Func<string, string?> environment)
    {
        int? engine = null;
        for (var i = 0; i < service.Listeners.Count; i++)
        {
            var address = service.Listeners[i].Address;
            if (address.Endpoint is not { } endpoint || PortHolders.Of(endpoint, address.IsStream) is not { Count: > 0 } holders)
            {
                continue;
            }

            engine ??= Engine(service.Name, environment) ?? 0;
            if (holders.Where(pid => !IsOf(pid, engine.Value)).ToList() is [var other, ..])
            {
                report.Warning(
                    $"service.listeners[{i}].address", FindingCode.PortInUse, $"{PortHolders.Describe(other)} has {address}", "stop that before the service is started");
            }
        }
    }

    /// <summary>The process id that the engine's run directory names; null when there is none.</summary>
    private static int? Engine(string name, Func<string, string?> environment)
    {
        try
        {
            var file = EnginePaths.For(name, Environment.IsPrivilegedProcess, environment).PidFile;
            using var open = PlainFile.OpenForReading(file); // The engine has it locked.
            Span<byte> text = stackalloc byte[16];
            var length = RandomAccess.Read(open, text, 0);
            return int.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool IsOf(int pid, int engine)
    {
        for (var at = pid; at > 1 && engine > 0; at = ProcFs.Stat(at)?.Parent ?? 0)
        {
            if (at == engine)
            {
                return true;
            }
        }

        return false;
    }
}
