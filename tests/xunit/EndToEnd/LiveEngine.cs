using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Aeterna.Contract;
using Aeterna.Tests.Support;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A real engine process in the foreground, with a folder of its own, asked over its control socket.</summary>
internal sealed class LiveEngine : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly HttpClient _http;

    private LiveEngine(Process process, string folder, string name)
    {
        _process = process;
        Folder = folder;
        Name = name;
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint($"/run/aeterna/{name}/control.sock"), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri("http://localhost") };
    }

    /// <summary>The program under test.</summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable("AETERNA_ENGINE") is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "aeterna");

    public string Folder { get; }

    public string Name { get; }

    /// <summary>What was started: the engine, or its keeper.</summary>
    public int Pid => _process.Id;

    /// <summary>The engine, as the status named it last.</summary>
    public int EnginePid { get; private set; }

    /// <summary>What it has printed so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>A name that no other engine has.</summary>
    public static string NewName() => $"t-{Guid.NewGuid():N}"[..12];

    /// <summary>Starts an engine and waits until it serves.</summary>
    /// <param name="yaml">Its configuration, with NAME, FOLDER and METRICS to be filled in.</param>
    /// <param name="folder">Its folder; removed in the end.</param>
    /// <param name="environment">Added to its environment, as <c>NAME=value</c>.</param>
    public static async Task<LiveEngine> Start(string yaml, string? folder = null, params string[] environment)
    {
        var engine = Launch(yaml, folder, environment);
        await engine.Until(s => s.FsmState == FsmState.Running, "the first generation serves");
        return engine;
    }

    /// <summary>Starts an engine without waiting.</summary>
    public static LiveEngine Launch(string yaml, string? folder = null, params string[] environment) => Launch([], yaml, folder, environment);

    /// <summary>Starts one with a keeper, and waits until it serves and could be gone on for.</summary>
    public static async Task<LiveEngine> StartKept(string yaml, string? folder = null)
    {
        var engine = LaunchKept(yaml, folder);
        await engine.Until(s => s.FsmState == FsmState.Running && s.Keeper is { Ready: true }, "the first generation serves, guarded");
        return engine;
    }

    /// <summary>Starts one with a keeper, without waiting.</summary>
    public static LiveEngine LaunchKept(string yaml, string? folder = null) => Launch([], yaml, folder, [], "start", "--keeper");

    /// <summary>Starts one as it is typed, without waiting.</summary>
    public static LiveEngine LaunchPlain(string yaml, params string[] environment) => Launch([], yaml, null, environment, "start");

    /// <summary>Starts one by way of a command that becomes it, as setpriv(1) does, without waiting.</summary>
    public static LiveEngine LaunchUnder(IReadOnlyList<string> command, string yaml, string? folder = null) => Launch(command, yaml, folder, []);

    /// <summary>Starts one that adopts a process, without waiting.</summary>
    public static LiveEngine Adopt(int pid, string yaml, string? folder = null) => Launch([], yaml, folder, [], "adopt", "--pid", $"{pid}", "--no-keeper");

    /// <summary>The same with a keeper.</summary>
    public static LiveEngine AdoptKept(int pid, string yaml, string? folder = null) => Launch([], yaml, folder, [], "adopt", "--pid", $"{pid}", "--keeper");

    private static LiveEngine Launch(IReadOnlyList<string> under, string yaml, string? folder, string[] environment, params string[] verb)
    {
        folder ??= Temp.Folder();
        var name = NewName();
        var file = Path.Combine(folder, "aeterna.yaml");
        File.WriteAllText(file, Fill(yaml, name, folder));
        string[] command = [.. under, Program, .. verb.Length == 0 ? ["start", "--no-keeper"] : verb, "-c", file];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var variable in environment)
        {
            start.Environment[variable[..variable.IndexOf('=', StringComparison.Ordinal)]] = variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..];
        }

        return new LiveEngine(Process.Start(start)!, folder, name);
    }

    /// <summary>Writes a new configuration.</summary>
    public void Configure(string yaml) => File.WriteAllText(Path.Combine(Folder, "aeterna.yaml"), Fill(yaml, Name, Folder));

    /// <summary>Kills an engine that is kept, and waits until another has gone on.</summary>
    public async Task<StatusReport> Kill()
    {
        var before = (await Status()).EnginePid;
        Xunit.Assert.Equal(0, LibC.kill(before, Aeterna.Linux.Signals.SIGKILL));
        return await Until(s => s.EnginePid != before && s.CurrentPid > 0 && s.Keeper is { Ready: true }, "another engine goes on");
    }

    public async Task<StatusReport> Status()
    {
        var status = (await _http.GetFromJsonAsync(Routes.Status, ContractJson.Default.StatusReport))!;
        EnginePid = status.EnginePid;
        return status;
    }

    /// <summary>Asks for a reload and waits for its record.</summary>
    public async Task<ReloadRecord> Reload(bool force = false) => await Finished(await BeginReload(force));

    /// <summary>Asks for a reload; returns its id.</summary>
    public async Task<string> BeginReload(bool force = false)
    {
        using var answer = await _http.PostAsJsonAsync(Routes.Reload, new ReloadRequest { Reason = "test", Force = force }, ContractJson.Default.ReloadRequest);
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonSerializer.Deserialize(body, ContractJson.Default.Accepted)!.Id
            : throw new InvalidOperationException($"{(int)answer.StatusCode}: {body}");
    }

    /// <summary>Waits for the end of a reload.</summary>
    public async Task<ReloadRecord> Finished(string id)
    {
        ReloadRecord? record = null;
        await Eventually(
            async () => (record = await _http.GetFromJsonAsync($"{Routes.Reloads}/{id}", ContractJson.Default.ReloadRecord))!.FinishedAt is not null,
            $"reload {id} ends");
        return record!;
    }

    /// <summary>The newest records.</summary>
    public async Task<IReadOnlyList<ReloadRecord>> Records() =>
        (await _http.GetFromJsonAsync(Routes.Reloads, ContractJson.Default.IReadOnlyListReloadRecord))!;

    /// <summary>Has another program go on in its place, and waits until one of the two has.</summary>
    public async Task<UpgradeReport> Upgrade(string? program = null)
    {
        using var answer = await _http.PostAsJsonAsync(Routes.Upgrade, new UpgradeRequest { Program = program ?? Program }, ContractJson.Default.UpgradeRequest);
        var body = await answer.Content.ReadAsStringAsync();
        Xunit.Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {body}\n{Log}");
        var id = JsonSerializer.Deserialize(body, ContractJson.Default.UpgradeAccepted)!.Id;
        return (await Until(s => s.LastUpgrade?.Id == id, $"upgrade {id} ends")).LastUpgrade!;
    }

    /// <summary>Any request; returns status and body.</summary>
    public async Task<(int Status, string Body)> Ask(HttpMethod method, string route, string? json = null)
    {
        using var request = new HttpRequestMessage(method, route);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Waits until the status is as wanted.</summary>
    public async Task<StatusReport> Until(Func<StatusReport, bool> condition, string what)
    {
        StatusReport? status = null;
        await Eventually(async () => condition(status = await Status()), what);
        return status!;
    }

    /// <summary>Waits for the engine's end; its exit code.</summary>
    public async Task<int> Ended()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(_limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"in vain: the engine ends; it said:\n{Log}");
        }

        return _process.ExitCode;
    }

    public void Signal(string name) => Shell.Output("/bin/kill", $"-{name}", $"{Pid}");

    /// <summary>Its descriptors (without the files of the runtime, which loads them when it first needs them) and the processes below it, by their names.</summary>
    public (int Descriptors, string Children) Holdings()
    {
        var children = new[] { Pid, EnginePid }.Distinct().SelectMany(Aeterna.Linux.ProcFs.Children)
            .Select(p => File.ReadAllText($"/proc/{p}/comm").Trim()).Order(StringComparer.Ordinal);
        return (Descriptors().Count(), string.Join(' ', children));
    }

    /// <summary>The guards that its keeper has.</summary>
    public IEnumerable<int> Guards() => Aeterna.Linux.ProcFs.Children(Pid).Where(p => NameOf(p) == "aeterna-guard");

    /// <summary>The name of a process that runs; null: there is none.</summary>
    public static string? NameOf(int pid)
    {
        try
        {
            return Aeterna.Linux.ProcFs.Runs(pid) ? File.ReadAllText($"/proc/{pid}/comm").Trim() : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What its descriptors lead to, and how many lead there, line by line.</summary>
    public string Held() =>
        string.Join('\n', Descriptors().Select(target => target.Split(':') is ["socket" or "pipe", _] kind ? kind[0] : target).CountBy(target => target).OrderBy(target => target.Key, StringComparer.Ordinal).Select(target => $"{target.Value,4} {target.Key}"));

    private IEnumerable<string> Descriptors() =>
        Directory.GetFileSystemEntries($"/proc/{EnginePid}/fd").Select(f => new FileInfo(f).LinkTarget ?? "").Where(target => !target.EndsWith(".dll", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            // The second one stops it at once; it may have ended by then.
            _ = LibC.kill(Pid, Aeterna.Linux.Signals.SIGTERM);
            _ = LibC.kill(Pid, Aeterna.Linux.Signals.SIGTERM);
            await Ended();
        }

        _process.Dispose();

        // Programs leave names that are no text, which the runtime would not remove; it would then tell of that in place of what a test has found.
        Shell.Run("/bin/rm", "-rf", Folder);
    }

    private static string Fill(string yaml, string name, string folder) => yaml
        .Replace("NAME", name, StringComparison.Ordinal)
        .Replace("FOLDER", folder, StringComparison.Ordinal)
        + (yaml.Contains("observability:", StringComparison.Ordinal) ? "" : "\nobservability: { metrics_port: \"off\" }\n")
        + $"history: {{ directory: \"{folder}/history\" }}\n";

    private void Append(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }

    private async Task Eventually(Func<Task<bool>> condition, string what)
    {
        var deadline = DateTime.UtcNow + _limit;
        while (true)
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not answer yet, or not any more: then its log says why.
            }

            if (DateTime.UtcNow > deadline || _process.HasExited)
            {
                throw new TimeoutException($"in vain: {what}; the engine said:\n{Log}");
            }

            await Task.Delay(10);
        }
    }
}
