using System.Collections.Concurrent;
using System.Management.Automation;
using Aeterna.Client;

namespace Aeterna.PowerShell.Commands;

/// <summary>
/// What a cmdlet asks of engines: each thing once for -Verbose, every request and answer for -Debug. It is noted on any thread, and told on the
/// pipeline's, which alone may write.
/// </summary>
internal sealed class Telling(Cmdlet command)
{
    private readonly ConcurrentQueue<(bool Detail, string Text)> _noted = new();
    private readonly HashSet<string> _told = [];

    /// <summary>A client of that engine that is listened to.</summary>
    public ControlClient Open(EngineTarget target, TimeSpan? patience = null)
    {
        var where = target.Url is { } url ? $"{url}" : target.Socket;
        return new ControlClient(target, patience)
        {
            Asking = (aim, request) =>
            {
                _noted.Enqueue((false, $"asks the engine at {where} to {aim}"));
                _noted.Enqueue((true, request));
            },
            Answered = answer => _noted.Enqueue((true, answer)),
        };
    }

    /// <summary>Tells what has been noted.</summary>
    public void Tell()
    {
        while (_noted.TryDequeue(out var note))
        {
            if (note.Detail)
            {
                command.WriteDebug(note.Text);
            }
            else if (_told.Add(note.Text))
            {
                command.WriteVerbose(note.Text);
            }
        }
    }
}
