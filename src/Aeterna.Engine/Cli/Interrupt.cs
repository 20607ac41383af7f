using System.Runtime.InteropServices;

namespace Aeterna.Cli;

/// <summary>Ctrl-C (or SIGTERM) as a token, once; the second one ends the program.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Cancelled by the first Ctrl-C.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>One that is triggered by signals.</summary>
    public static Interrupt OnSignals()
    {
        var interrupt = new Interrupt();
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            interrupt._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = !interrupt._source.IsCancellationRequested;
                interrupt.Trigger();
            }));
        }

        return interrupt;
    }

    /// <summary>Does what Ctrl-C does.</summary>
    public void Trigger() => _source.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }
}
