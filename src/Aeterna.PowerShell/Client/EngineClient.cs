using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Contract;
using Aeterna.PowerShell.Errors;

namespace Aeterna.PowerShell.Client;

/// <summary>Speaks to one engine over its control API. Every failure is an <see cref="EngineException"/>.</summary>
internal sealed class EngineClient : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly HttpClient _http;

    /// <param name="address">The engine.</param>
    /// <param name="timeout">Time that an answer may take; 5 s unless said otherwise.</param>
    public EngineClient(EngineAddress address, TimeSpan? timeout = null)
    {
        Address = address;
        _timeout = timeout ?? TimeSpan.FromSeconds(5);
        _http = Transport.Open(address);
    }

    /// <summary>The engine that is spoken to.</summary>
    public EngineAddress Address { get; }

    /// <summary>The service as it is. Refuses an engine of another contract version.</summary>
    public async Task<StatusReport> Status(CancellationToken cancel)
    {
        var aim = $"read the status of {Address.Label}";
        var json = await Send(HttpMethod.Get, Routes.Status, null, aim, cancel).ConfigureAwait(false);
        ContractVersionCheck.Require(json, aim);
        return Parse(json, ContractJson.Default.StatusReport, aim);
    }

    /// <summary>Records, newest first.</summary>
    public async Task<IReadOnlyList<ReloadRecord>> Records(int limit, CancellationToken cancel)
    {
        var aim = $"read the history of {Address.Label}";
        var route = string.Create(CultureInfo.InvariantCulture, $"{Routes.Reloads}?limit={limit}");
        return Parse(await Send(HttpMethod.Get, route, null, aim, cancel).ConfigureAwait(false), ContractJson.Default.IReadOnlyListReloadRecord, aim);
    }

    /// <summary>One record.</summary>
    public async Task<ReloadRecord> Record(string id, CancellationToken cancel)
    {
        var aim = $"read the record {id} of {Address.Label}";
        var json = await Send(HttpMethod.Get, $"{Routes.Reloads}/{Uri.EscapeDataString(id)}", null, aim, cancel).ConfigureAwait(false);
        return Parse(json, ContractJson.Default.ReloadRecord, aim);
    }

    /// <summary>The metrics in the Prometheus text format.</summary>
    public Task<string> Metrics(CancellationToken cancel) => Send(HttpMethod.Get, Routes.Metrics, null, $"read the metrics of {Address.Label}", cancel);

    /// <summary>Asks for a reload.</summary>
    public Task<Accepted> Reload(ReloadRequest request, CancellationToken cancel) =>
        Ask(Routes.Reload, JsonSerializer.Serialize(request, ContractJson.Default.ReloadRequest), $"reload {Address.Label}", cancel);

    /// <summary>Asks for the way back. Returns the id of the record that says how it went.</summary>
    public Task<string> Rollback(CancellationToken cancel) => Begin(Routes.Rollback, null, $"roll {Address.Label} back", cancel);

    /// <summary>Has a signal sent to the service's processes.</summary>
    public async Task<SignalReport> Signal(string signal, CancellationToken cancel)
    {
        var aim = $"send {signal} to {Address.Label}";
        var body = JsonSerializer.Serialize(new SignalRequest { Signal = signal }, ContractJson.Default.SignalRequest);
        return Parse(await Send(HttpMethod.Post, Routes.Signal, body, aim, cancel).ConfigureAwait(false), ContractJson.Default.SignalReport, aim);
    }

    /// <summary>Asks for the end.</summary>
    public Task<string> Stop(bool now, CancellationToken cancel) =>
        Begin(Routes.Stop, JsonSerializer.Serialize(new StopRequest { Now = now }, ContractJson.Default.StopRequest), $"stop {Address.Label}", cancel);

    /// <summary>Events after <paramref name="afterId"/>, or only new ones if it is null, until the engine ends the stream.</summary>
    public async IAsyncEnumerable<EventReport> Events(long? afterId, [EnumeratorCancellation] CancellationToken cancel)
    {
        var aim = $"follow {Address.Label}";
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Events);
        if (afterId is { } id)
        {
            request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        }

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

    private async Task<string> Begin(string route, string? body, string aim, CancellationToken cancel) =>
        (await Ask(route, body, aim, cancel).ConfigureAwait(false)).Id;

    private async Task<Accepted> Ask(string route, string? body, string aim, CancellationToken cancel) =>
        Parse(await Send(HttpMethod.Post, route, body, aim, cancel).ConfigureAwait(false), ContractJson.Default.Accepted, aim);

    private async Task<string> Send(HttpMethod method, string route, string? body, string aim, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, route);
        if (body is not null)
        {
            request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        }

        var (status, text) = await Guard(async limit =>
        {
            using var response = await _http.SendAsync(request, limit).ConfigureAwait(false);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(limit).ConfigureAwait(false));
        }, aim, cancel).ConfigureAwait(false);
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
            throw Failures.FromTransport(e, Address, aim);
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
            throw new EngineException(EngineError.NotAnEngine, $"cannot {aim}: the answer is not one that an engine gives: {e.Message}", e);
        }
    }
}
