using Aeterna.Linux;
using Aeterna.Machine.Plans;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna.StateHandoff;

/// <summary>Where a plan has its state socket, and whether the engine has it. A path that cannot be had costs the state, and nothing else.</summary>
/// <param name="defaultPath">The path when a plan names none.</param>
/// <param name="door">Listens.</param>
/// <param name="notices">Gets what keeps it from listening.</param>
/// <param name="logger">The log.</param>
internal sealed class StateAddress(string defaultPath, StateDoor door, EngineNotices? notices, ILogger logger)
{
    private const string Subject = "state_handoff";

    private string? _notListening;

    /// <summary>Where a plan has its state socket.</summary>
    public string PathOf(Plan plan) => plan.Orchestration.StateHandoff.SocketPath ?? defaultPath;

    /// <summary>
    /// What a program is told of the state socket: its path, or "" when that is not ours. Somebody else who listens there would be given the
    /// service's state. In the engine's own folder nobody else does.
    /// </summary>
    public string SocketFor(Plan plan) => PathOf(plan) is var path && (path == defaultPath || door.ListensOn(path)) ? path : "";

    /// <summary>Why nobody can come in at a path; null: they can.</summary>
    public string? WhyNot(string path) => door.ListensOn(path) ? null : _notListening ?? $"the engine does not listen on {path}";

    /// <summary>Listens where a plan wants it.</summary>
    public void Prepare(Plan plan)
    {
        var handoff = plan.Orchestration.StateHandoff;
        if (!handoff.Enabled)
        {
            return;
        }

        try
        {
            door.Open(PathOf(plan), Owner(plan.Service), FrameLimits.For(handoff.MaxBytes));
            _notListening = null;
            notices?.Clear(Subject);
        }
        catch (SrpException e)
        {
            _notListening = e.Message;
            notices?.Set(Subject, $"{e.Message}; programs start without state, and are told of no state socket");
            logger.NotListening(e.Message);
        }
    }

    /// <summary>Stops listening where this plan, which is the only one in force, does not want it.</summary>
    public void Release(Plan plan) => door.KeepOnly(plan.Orchestration.StateHandoff.Enabled ? PathOf(plan) : null);

    private static (uint Uid, uint Gid)? Owner(ServicePlan service) =>
        service.User is { } name && Libc.geteuid() == 0 && Accounts.FindUser(name) is { } user ? (user.Uid, user.Gid) : null;
}
