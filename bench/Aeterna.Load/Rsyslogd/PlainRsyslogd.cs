using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Aeterna.Load.Rsyslogd;

/// <summary>An rsyslogd without an engine, as a service manager runs it: to compare with, and to test the load against.</summary>
internal sealed partial class PlainRsyslogd : IAsyncDisposable
{
    public const string Binary = "/usr/sbin/rsyslogd";

    private const int Sigterm = 15;
    private const int KeptLines = 20;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    private PlainRsyslogd(RsyslogdSite site, int generation)
    {
        var start = new ProcessStartInfo(Binary, ["-n", "-iNONE", "-f", site.ConfigPath])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["AETERNA_GENERATION"] = generation.ToString(CultureInfo.InvariantCulture);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    /// <summary>Starts one; its inputs are not bound yet.</summary>
    /// <param name="site">Its configuration.</param>
    /// <param name="generation">Names its output file.</param>
    public static PlainRsyslogd Start(RsyslogdSite site, int generation) => new(site, generation);

    /// <summary>Waits until its three inputs are bound.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not bind them within half a minute.</exception>
    public async Task Ready(RsyslogdSite site, CancellationToken cancel = default)
    {
        for (var begun = Stopwatch.GetTimestamp(); !BoundInputs.All(site);)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(begun) > _limit)
            {
                throw new InvalidOperationException(
                    $"cannot start {Binary}: {(_process.HasExited ? $"it ended with {_process.ExitCode}" : "its inputs are not bound")}: {string.Join("; ", _lines)}");
            }

            await Task.Delay(5, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>SIGTERM, and waits for its end.</summary>
    public async Task Stop()
    {
        if (!_process.HasExited)
        {
            Kill(_process.Id, Sigterm);
        }

        using var limit = new CancellationTokenSource(_limit);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null && _lines.Count < KeptLines)
        {
            _lines.Enqueue(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
