using Stateless;

namespace Aeterna.Machine;

/// <summary>One step in the making.</summary>
internal static partial class ReloadMachine
{
    /// <summary>The state as it becomes, the effects so far, and the table at this place.</summary>
    private sealed class Turn
    {
        private readonly StateMachine<Place, Trigger> _table;
        private List<Effect> _effects = [];
        private Place _place;

        public Turn() => _table = Configure(this);

        public MachineState State { get; set; } = new();

        public IReadOnlyList<Effect> Effects => _effects;

        /// <summary>Begins anew from a state; nothing is left of what was before.</summary>
        public Turn From(MachineState state)
        {
            State = state;
            _place = state.Attempt is { } attempt ? attempt.Step : Place.NoAttempt;
            _effects = [];
            return this;
        }

        /// <summary>The open attempt. Only for code that knows that there is one.</summary>
        public Attempt Attempt
        {
            get => State.Attempt ?? throw new InvalidOperationException("no attempt is open");
            set => State = State with { Attempt = value };
        }

        /// <summary>Where the table stands. It alone sets this; what opens an attempt puts it there, what closes one takes it away.</summary>
        public Place Place
        {
            get => _place;
            set
            {
                _place = value;
                if (State.Attempt is { } attempt && value.Step is { } step)
                {
                    Attempt = attempt with { Step = step };
                }
            }
        }

        public bool IsIn(Place place) => _table.IsInState(place);

        /// <summary>Goes where the table leads, if it leads anywhere from here.</summary>
        public void Fire(Trigger trigger) => _table.Fire(trigger);

        /// <inheritdoc cref="Fire(Trigger)"/>
        public void Fire<T>(StateMachine<Place, Trigger>.TriggerWithParameters<T> trigger, T happened) => _table.Fire(trigger, happened);

        /// <summary>The table leads somewhere, or does something, from here.</summary>
        public bool Fits<T>(StateMachine<Place, Trigger>.TriggerWithParameters<T> trigger, T happened) => _table.CanFire(trigger, happened);

        /// <summary>As <see cref="Fire(Trigger)"/>, if the open attempt is this one.</summary>
        public void FireFor<T>(int attempt, StateMachine<Place, Trigger>.TriggerWithParameters<T> trigger, T happened)
        {
            if (State.Attempt?.Number == attempt)
            {
                Fire(trigger, happened);
            }
        }

        /// <summary>The candidate is this generation, and it runs.</summary>
        public bool IsCandidate(int generation) => State is { Candidate: { Pid: > 0 } candidate, Attempt: not null } && candidate.Number == generation;

        public void Emit(Effect effect) => _effects.Add(effect);

        public void EnterPhase(string name)
        {
            Attempt = Attempt with { Phase = name };
            Emit(new EnterPhase(Attempt.Number, name));
        }

        /// <summary>Closes the open phase, if there is one.</summary>
        public void LeavePhase(string outcome, string? detail = null)
        {
            if (Attempt.Phase is { } phase)
            {
                Attempt = Attempt with { Phase = null };
                Emit(new LeavePhase(Attempt.Number, phase, outcome, detail));
            }
        }
    }
}
