using System.Net.Sockets;

namespace Aeterna.Generations;

/// <summary>A <see cref="NotifySocket"/> as plain data.</summary>
internal sealed record NotifyState(int Fd, string Path, bool IsReady, bool IsStopping, string? Status, int? Main);

/// <content>From one engine to the next. What is sent meanwhile waits in the socket.</content>
internal sealed partial class NotifySocket
{
    /// <summary>Goes on with a predecessor's, whose descriptor it takes over. It reads nothing before <see cref="GoOn"/>.</summary>
    public NotifySocket(NotifyState state, Action onChange)
    {
        HoldStill();
        (Path, IsReady, IsStopping, Status, _named, _onChange) = (state.Path, state.IsReady, state.IsStopping, state.Status, state.Main, onChange);
        _socket = new Socket(new SafeSocketHandle(state.Fd, ownsHandle: true));
        _ = ReceiveAll();
    }

    /// <summary>Reads nothing until <see cref="GoOn"/>.</summary>
    public void HoldStill()
    {
        lock (_gate)
        {
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Ends <see cref="HoldStill"/>.</summary>
    public void GoOn()
    {
        lock (_gate)
        {
            _held?.SetResult();
            _held = null;
        }
    }

    /// <summary>It as plain data; while it is held still.</summary>
    public NotifyState State() => new((int)_socket.Handle, Path, IsReady, IsStopping, Status, _named);
}
