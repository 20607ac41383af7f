using Fired = Stateless.StateMachine<Aeterna.Machine.Place, Aeterna.Machine.Trigger>;

namespace Aeterna.Machine;

/// <summary>What leads from one place of the table to the next: an event that is for the open attempt, or what one came down to.</summary>
internal enum Trigger
{
    StartAsked,
    ReloadAsked,
    RollbackAsked,
    PromoteAsked,
    StopAsked,
    RestartDue,
    ConfigurationRead,
    ConfigurationBad,
    ProgramInspected,
    PreFlightEnded,
    Launched,
    LaunchFailed,
    Ready,
    NotReady,

    /// <summary>The warm-up is over, or none was wanted.</summary>
    WarmedUp,
    HandoffDone,

    /// <summary>The round of probes before a switch has ended.</summary>
    Probed,
    RoundPassed,
    SoakEnded,

    /// <summary>The switch to the generation that is to serve has ended.</summary>
    SwitchEnded,

    /// <summary>The switch back from a candidate that is given up has ended.</summary>
    SwitchedBack,
    CandidateDied,
    ActiveDied,

    /// <summary>The generation that the step waits for is gone, or there is none to wait for.</summary>
    Cleared,

    /// <summary>It may be that nothing serves.</summary>
    Unserved,
    HooksEnded,
}

/// <summary>The triggers that bring something along, each with its type.</summary>
internal static class On
{
    public static Fired.TriggerWithParameters<StartAsked> StartAsked { get; } = new(Trigger.StartAsked);

    public static Fired.TriggerWithParameters<ReloadAsked> ReloadAsked { get; } = new(Trigger.ReloadAsked);

    public static Fired.TriggerWithParameters<RollbackAsked> RollbackAsked { get; } = new(Trigger.RollbackAsked);

    public static Fired.TriggerWithParameters<PromoteAsked> PromoteAsked { get; } = new(Trigger.PromoteAsked);

    public static Fired.TriggerWithParameters<ConfigurationRead> ConfigurationRead { get; } = new(Trigger.ConfigurationRead);

    public static Fired.TriggerWithParameters<ConfigurationBad> ConfigurationBad { get; } = new(Trigger.ConfigurationBad);

    public static Fired.TriggerWithParameters<ProgramInspected> ProgramInspected { get; } = new(Trigger.ProgramInspected);

    public static Fired.TriggerWithParameters<PreFlightEnded> PreFlightEnded { get; } = new(Trigger.PreFlightEnded);

    public static Fired.TriggerWithParameters<LaunchFailed> LaunchFailed { get; } = new(Trigger.LaunchFailed);

    public static Fired.TriggerWithParameters<Ready> Ready { get; } = new(Trigger.Ready);

    public static Fired.TriggerWithParameters<NotReady> NotReady { get; } = new(Trigger.NotReady);

    public static Fired.TriggerWithParameters<HandoffDone> HandoffDone { get; } = new(Trigger.HandoffDone);

    public static Fired.TriggerWithParameters<SoakEnded> Probed { get; } = new(Trigger.Probed);

    public static Fired.TriggerWithParameters<RoundPassed> RoundPassed { get; } = new(Trigger.RoundPassed);

    public static Fired.TriggerWithParameters<SoakEnded> SoakEnded { get; } = new(Trigger.SoakEnded);

    public static Fired.TriggerWithParameters<SwitchResult> SwitchEnded { get; } = new(Trigger.SwitchEnded);

    public static Fired.TriggerWithParameters<SwitchEnded> SwitchedBack { get; } = new(Trigger.SwitchedBack);

    /// <summary>With the sentence that says who died how and when.</summary>
    public static Fired.TriggerWithParameters<string> CandidateDied { get; } = new(Trigger.CandidateDied);

    public static Fired.TriggerWithParameters<Death> ActiveDied { get; } = new(Trigger.ActiveDied);

    public static Fired.TriggerWithParameters<HooksEnded> HooksEnded { get; } = new(Trigger.HooksEnded);
}

/// <summary>The generation that served has ended by itself.</summary>
internal sealed record Death(Member Dead, ProcessExit Exit)
{
    /// <summary>Who died how, as a sentence.</summary>
    public string What => $"{Dead} {ExitSentence.Of(Exit)}";
}
