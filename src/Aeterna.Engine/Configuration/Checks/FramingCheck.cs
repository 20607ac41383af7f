using Aeterna.Contract;
using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Checks;

/// <summary>Whether the relay cuts streams as the program does, and only one of the two ends TLS.</summary>
internal static class FramingCheck
{
    public static void Run(ServicePlan service, CheckReport report)
    {
        if (service.Profile.StreamFraming is not { } framingOf)
        {
            return;
        }

        for (var i = 0; i < service.Listeners.Count; i++)
        {
            if (service.Listeners[i] is { Address.IsStream: true } listener && service.HandoffOf(listener.Address) == Handoff.Relay)
            {
                Listener(listener, framingOf(service, listener.Address), $"service.listeners[{i}]", report);
            }
        }

        foreach (var (place, framing) in service.Profile.Streams?.Invoke(service) ?? [])
        {
            if (framing.Reason is { } why)
            {
                report.Warning(
                    "service.command", FindingCode.CarriedAsItComes,
                    $"the input at {place} has connections that end at an exclusive reload, since they are carried as they come: {why}");
            }
        }
    }

    private static void Listener(ListenerPlan listener, StreamFraming program, string path, CheckReport report)
    {
        if (listener.Tls is not null && program.IsTls)
        {
            report.Error(
                path + ".tls", FindingCode.TlsTwice, $"the engine ends TLS on {listener.Address}, and the program wants TLS too: {program.Reason}",
                "take TLS out of the program's configuration for this input, or remove the key");
        }

        if (listener.Framing is { } kind && kind != FramingKind.None && (!program.IsFramed || program.Kind != kind))
        {
            report.Warning(
                path + ".framing", FindingCode.CutOtherwise, $"the program does not cut its streams so: {program.Reason ?? $"it has {program.Kind.Word()}"}",
                "remove the key: what the program's own configuration says is used");
        }
    }
}
