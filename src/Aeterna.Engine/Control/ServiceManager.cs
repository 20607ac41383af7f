using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Aeterna.Contract;
using Aeterna.Telemetry;
using Microsoft.Extensions.Logging;

namespace Aeterna.Control;

/// <summary>
/// Tells systemd, or whoever has set NOTIFY_SOCKET, how the engine is (sd_notify(3), Type=notify and notify-reload). Does nothing
/// without that variable.
/// </summary>
internal sealed class ServiceManager(string? address, ILogger<ServiceManager> log)
{
    private readonly Lock _gate = new();
    private bool _serving;
    private bool _reloading;
    private bool _failed;

    /// <summary>Follows the engine's events to their end.</summary>
    public async Task Follow(IEngineJournal journal)
    {
        if (address is null)
        {
            return;
        }

        await foreach (var report in journal.Follow(0, CancellationToken.None).ConfigureAwait(false))
        {
            Tell(report);
        }
    }

    /// <summary>A reload was asked for.</summary>
    public void Reloading()
    {
        lock (_gate)
        {
            if (_serving && !_reloading)
            {
                _reloading = true;
                Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds()}"));
            }
        }
    }

    /// <summary>The reload is over (or was refused) and a generation serves.</summary>
    public void StillServing(string status)
    {
        lock (_gate)
        {
            if (_serving)
            {
                _reloading = false;
                Send($"READY=1\nSTATUS={OneLine.Clean(status)}");
            }
        }
    }

    /// <summary>The engine ends.</summary>
    public void Stopping() => Send("STOPPING=1");

    private void Tell(EventReport report)
    {
        switch (report)
        {
            case { Type: EventType.State or EventType.Upgrade, FsmState: FsmState.Running }: // An engine that goes on has told nobody yet.
                lock (_gate)
                {
                    _serving = true;
                }

                StillServing(report.Message);
                break;
            case { Type: EventType.State, FsmState: FsmState.PreChecking }:
                Reloading();
                break;
            case { Type: EventType.Finished, FsmState: not (FsmState.Failed or FsmState.Stopped) }:
                StillServing(report.Message);
                break;
            case { Type: EventType.State }:
                Send($"STATUS={OneLine.Clean(report.Message)}");
                break;
        }
    }

    // CLOCK_MONOTONIC, which Stopwatch reads on Linux.
    private static long MonotonicMicroseconds() => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));

    private void Send(string message)
    {
        if (address is null)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            var path = address.StartsWith('@') ? "\0" + address[1..] : address;
            socket.SendTo(Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            if (!_failed)
            {
                _failed = true;
                ControlLog.ManagerUnreachable(log, address, e.Message);
            }
        }
    }
}
