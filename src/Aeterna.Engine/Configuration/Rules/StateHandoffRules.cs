using Aeterna.Machine.Plans;

namespace Aeterna.Configuration.Rules;

/// <summary>Combinations in <c>orchestration.state_handoff</c> that cannot be.</summary>
internal static class StateHandoffRules
{
    private const string Root = "orchestration.state_handoff";

    public static void Check(Facts facts)
    {
        var handoff = facts.Plan.Orchestration.StateHandoff;
        if (handoff.Signal is SignalNames.Kill or SignalNames.Stop)
        {
            facts.Refuse(
                $"{Root}.signal", "no program can answer to SIGKILL or SIGSTOP", "use a signal that the program catches, such as SIGUSR2");
        }

        if (handoff.Signal is not null && handoff.Export is not null)
        {
            facts.Refuse(
                $"{Root}.signal", "the state is either pushed by the old process or read by export", "keep one of the two");
        }

        if (handoff is { Required: true, Enabled: false })
        {
            facts.Refuse($"{Root}.required", "the handoff is not enabled", "set enabled: true, or remove it");
        }

        if (handoff.SocketPath is not { } path)
        {
            return;
        }

        if (path == facts.Plan.Control.Socket)
        {
            facts.Refuse($"{Root}.socket_path", "control.socket has the same path");
        }

        if (facts.Given("service.listeners") && facts.Plan.Service.Listeners.Any(listener => listener.Address?.Path == path))
        {
            facts.Refuse($"{Root}.socket_path", "a listener has the same path");
        }
    }
}
