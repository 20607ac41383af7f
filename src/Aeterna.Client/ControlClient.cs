using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Contract;

namespace Aeterna.Client;

/// <summary>Speaks to one engine over its control API. Every failure is an <see cref="EngineException"/> with a sentence for the user.</summary>
/// <param name="target">The engine.</param>
/// <param name="timeout">Time that an answer may take; 5 s unless said otherwise.</param>
internal sealed class ControlClient(EngineTarget target, TimeSpan? timeout = null) : IDisposable
{
    private readonly TimeSpan _timeout = timeout ?? TimeSpan.FromSeconds(5);
    private readonly HttpClient _http = Transport.Open(target);

    /// <summary>The engine that is spoken to.</summary>
    public EngineTarget Target { get; } = target;

    /// <summary>Told of each thing that is asked, on whichever thread: what for, and the request as it goes out.</summary>
    public Action<string, string>? Asking { get; init; }

    /// <summary>Told of each answer.</summary>
    public Action<string>? Answered { get; init; }

    /// <summary>The service as it is. Refuses an engine of another contract version.</summary>
    public async Task<StatusReport> Status(CancellationToken cancel) =>
        Parse(await StatusJson(cancel).ConfigureAwait(false), ContractJson.Default.StatusReport, $"read the status of {Target.Label}");

    /// <summary>The same as the engine sent it.</summary>
    public async Task<string> StatusJson(CancellationToken cancel)
    {
        var aim = $"read the status of {Target.Label}";
        var json = await Get(Routes.Status, aim, cancel).ConfigureAwait(false);
        ContractVersionCheck.Require(json, Target.Front, aim);
        return json;
    }

    /// <summary>Records, newest first.</summary>
    public async Task<IReadOnlyList<ReloadRecord>> Records(int limit, CancellationToken cancel) =>
        Parse(await RecordsJson(limit, cancel).ConfigureAwait(false), ContractJson.Default.IReadOnlyListReloadRecord, $"read the history of {Target.Label}");

    /// <summary>The same as the engine sent them.</summary>
    public Task<string> RecordsJson(int limit, CancellationToken cancel) =>
        Get(string.Create(CultureInfo.InvariantCulture, $"{Routes.Reloads}?limit={limit}"), $"read the history of {Target.Label}", cancel);

    /// <summary>One record.</summary>
    public async Task<ReloadRecord> Record(string id, CancellationToken cancel)
    {
        var aim = $"read the record {id} of {Target.Label}";
        return Parse(await Get($"{Routes.Reloads}/{Uri.EscapeDataString(id)}", aim, cancel).ConfigureAwait(false), ContractJson.Default.ReloadRecord, aim);
    }

    /// <summary>The metrics in the Prometheus text format.</summary>
    public Task<string> Metrics(CancellationToken cancel) => Get(Routes.Metrics, $"read the metrics of {Target.Label}", cancel);

    /// <summary>Asks for a reload.</summary>
    public Task<Accepted> Reload(ReloadRequest request, CancellationToken cancel) =>
        Post(Routes.Reload, request, ContractJson.Default.ReloadRequest, ContractJson.Default.Accepted, $"reload {Target.Label}", cancel);

    /// <summary>Asks for the way back. Returns the id of the record that says how it went.</summary>
    public async Task<string> Rollback(CancellationToken cancel)
    {
        var aim = $"roll {Target.Label} back";
        return Parse(await Send(HttpMethod.Post, Routes.Rollback, null, aim, cancel).ConfigureAwait(false), ContractJson.Default.Accepted, aim).Id;
    }

    /// <summary>Asks for the end of the soak under way. Returns the reload's id.</summary>
    public async Task<string> Promote(CancellationToken cancel)
    {
        var aim = $"promote what soaks of {Target.Label}";
        return Parse(await Send(HttpMethod.Post, Routes.Promote, null, aim, cancel).ConfigureAwait(false), ContractJson.Default.Accepted, aim).Id;
    }

    /// <summary>Has a signal sent to the service's processes.</summary>
    public Task<SignalReport> Signal(string signal, CancellationToken cancel) => Post(
        Routes.Signal, new SignalRequest { Signal = signal }, ContractJson.Default.SignalRequest, ContractJson.Default.SignalReport, $"send {signal} to {Target.Label}", cancel);

    /// <summary>Has another engine go on with the service. The answer says by which id it is known.</summary>
    public Task<UpgradeAccepted> Upgrade(UpgradeRequest request, CancellationToken cancel) => Post(
        Routes.Upgrade, request, ContractJson.Default.UpgradeRequest, ContractJson.Default.UpgradeAccepted, $"upgrade the engine of {Target.Label}", cancel);

    /// <summary>Asks for the end.</summary>
    public Task Stop(bool now, CancellationToken cancel) => Post(
        Routes.Stop, new StopRequest { Now = now }, ContractJson.Default.StopRequest, ContractJson.Default.Accepted, $"stop {Target.Label}", cancel);

    /// <summary>Events after <paramref name="afterId"/>, or only new ones if it is null, until the engine ends the stream.</summary>
    public async IAsyncEnumerable<EventReport> Events(long? afterId, [EnumeratorCancellation] CancellationToken cancel)
    {
        var aim = $"follow {Target.Label}";
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Events);
        if (afterId is { } id)
        {
            request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        }

        Asking?.Invoke(aim, $"GET {Routes.Events} after {afterId?.ToString(CultureInfo.InvariantCulture) ?? "now"}");
        using var response = await Guard(
            limit => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit), aim, cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw Failures.FromProblem(await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false), (int)response.StatusCode, aim);
        }

        using var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await foreach (var data in EventStream.Read(stream, cancel).ConfigureAwait(false))
        {
            yield return Parse(data, ContractJson.Default.EventReport, aim);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Task<string> Get(string route, string aim, CancellationToken cancel) => Send(HttpMethod.Get, route, null, aim, cancel);

    private async Task<TAnswer> Post<T, TAnswer>(string route, T body, JsonTypeInfo<T> type, JsonTypeInfo<TAnswer> answer, string aim, CancellationToken cancel) =>
        Parse(await Send(HttpMethod.Post, route, JsonSerializer.Serialize(body, type), aim, cancel).ConfigureAwait(false), answer, aim);

    private async Task<string> Send(HttpMethod method, string route, string? body, string aim, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, route);
        if (body is not null)
        {
            request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        }

        Asking?.Invoke(aim, $"{method} {route} {body}".TrimEnd());
        var since = Stopwatch.GetTimestamp();
        var (status, text) = await Guard(async limit =>
        {
            using var response = await _http.SendAsync(request, limit).ConfigureAwait(false);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(limit).ConfigureAwait(false));
        }, aim, cancel).ConfigureAwait(false);
        Answered?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{method} {route}: {status}, {text.Length} characters in {Stopwatch.GetElapsedTime(since).TotalMilliseconds:0.#}ms"));
        return status < 300 ? text : throw Failures.FromProblem(text, status, aim);
    }

    private async Task<T> Guard<T>(Func<CancellationToken, Task<T>> call, string aim, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_timeout);
        try
        {
            return await call(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new EngineException(
                EngineError.Timeout,
                $"cannot {aim}: the engine did not answer within {Durations.FormatBrief(_timeout)} (it hangs or is very busy: try again, then look at its log)", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Failures.FromTransport(e, Target, aim);
        }
    }

    private static T Parse<T>(string json, JsonTypeInfo<T> type, string aim)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new EngineException(EngineError.NotAnEngine, $"cannot {aim}: the answer is not one that an engine gives (is this the address of an engine?)", e);
        }
    }
}
