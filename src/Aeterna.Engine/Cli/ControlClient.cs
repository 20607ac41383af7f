using System.Globalization;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Aeterna.Contract;

namespace Aeterna.Cli;

/// <summary>Speaks to an engine over its control API. Every failure is a <see cref="CliException"/> with a sentence for the user.</summary>
internal sealed class ControlClient : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);
    private readonly EngineTarget _target;
    private readonly TimeSpan _timeout;
    private readonly HttpClient _http;

    /// <param name="target">The engine.</param>
    /// <param name="timeout">Time that an answer may take; 5 s unless said otherwise.</param>
    public ControlClient(EngineTarget target, TimeSpan? timeout = null)
    {
        _target = target;
        _timeout = timeout ?? _patience;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = target.Socket is null };
        if (target.Socket is { } path)
        {
            handler.ConnectCallback = (_, cancel) => Connect(path, cancel);
        }

        _http = new HttpClient(handler) { BaseAddress = target.Url ?? new Uri("http://localhost"), Timeout = Timeout.InfiniteTimeSpan };
        if (target.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>The engine that is spoken to.</summary>
    public EngineTarget Target => _target;

    /// <summary>The service as it is.</summary>
    public async Task<StatusReport> Status(CancellationToken cancel) =>
        Parse(await StatusJson(cancel).ConfigureAwait(false), ContractJson.Default.StatusReport, $"read the status of {_target.Label}");

    /// <summary>The same as the engine sent it.</summary>
    public async Task<string> StatusJson(CancellationToken cancel)
    {
        var aim = $"read the status of {_target.Label}";
        var json = await Send(HttpMethod.Get, Routes.Status, null, aim, cancel).ConfigureAwait(false);
        ContractVersionCheck.Require(json, aim);
        return json;
    }

    /// <summary>Records, newest first.</summary>
    public async Task<IReadOnlyList<ReloadRecord>> Records(int limit, CancellationToken cancel) =>
        Parse(await RecordsJson(limit, cancel).ConfigureAwait(false), ContractJson.Default.IReadOnlyListReloadRecord, $"read the history of {_target.Label}");

    /// <summary>The same as the engine sent them.</summary>
    public Task<string> RecordsJson(int limit, CancellationToken cancel) => Send(
        HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{Routes.Reloads}?limit={limit}"), null, $"read the history of {_target.Label}", cancel);

    /// <summary>One record.</summary>
    public async Task<ReloadRecord> Record(string id, CancellationToken cancel)
    {
        var aim = $"read the record {id} of {_target.Label}";
        var json = await Send(HttpMethod.Get, $"{Routes.Reloads}/{Uri.EscapeDataString(id)}", null, aim, cancel).ConfigureAwait(false);
        return Parse(json, ContractJson.Default.ReloadRecord, aim);
    }

    /// <summary>Asks for a reload.</summary>
    public Task<Accepted> Reload(ReloadRequest request, CancellationToken cancel) =>
        Begin(Routes.Reload, JsonSerializer.Serialize(request, ContractJson.Default.ReloadRequest), $"reload {_target.Label}", cancel);

    /// <summary>Asks for the way back. Returns the id of the record that says how it went.</summary>
    public Task<string> Rollback(CancellationToken cancel) => Start(Routes.Rollback, null, $"roll {_target.Label} back", cancel);

    /// <summary>Has a signal sent to the service's processes.</summary>
    public async Task<SignalReport> Signal(string signal, CancellationToken cancel)
    {
        var aim = $"send {signal} to {_target.Label}";
        var body = JsonSerializer.Serialize(new SignalRequest { Signal = signal }, ContractJson.Default.SignalRequest);
        return Parse(await Send(HttpMethod.Post, Routes.Signal, body, aim, cancel).ConfigureAwait(false), ContractJson.Default.SignalReport, aim);
    }

    /// <summary>Asks for the end.</summary>
    public Task<string> Stop(bool now, CancellationToken cancel) => Start(
        Routes.Stop, JsonSerializer.Serialize(new StopRequest { Now = now }, ContractJson.Default.StopRequest), $"stop {_target.Label}", cancel);

    /// <summary>Events after <paramref name="afterId"/>, or only new ones if it is null, until the engine ends the stream.</summary>
    public async IAsyncEnumerable<EventReport> Events(long? afterId, [EnumeratorCancellation] CancellationToken cancel)
    {
        var aim = $"follow {_target.Label}";
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

        var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var parser = SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize(data, ContractJson.Default.EventReport)!);
        await foreach (var item in parser.EnumerateAsync(cancel).ConfigureAwait(false))
        {
            yield return item.Data;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<string> Start(string route, string? body, string aim, CancellationToken cancel) =>
        (await Begin(route, body, aim, cancel).ConfigureAwait(false)).Id;

    private async Task<Accepted> Begin(string route, string? body, string aim, CancellationToken cancel) =>
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
        return status < 400 ? text : throw Failures.FromProblem(text, status, aim);
    }

    private async Task<T> Guard<T>(Func<CancellationToken, Task<T>> call, string aim, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_timeout);
        try
        {
            return await call(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CliException(
                ExitCode.Failed,
                $"cannot {aim}: the engine did not answer within {Human.Span(_timeout)} (it hangs or is very busy: try again, then look at its log)");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Failures.FromTransport(e, _target, aim);
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
            throw new CliException(ExitCode.Failed, $"cannot {aim}: the answer is not one that an engine gives: {e.Message}", e);
        }
    }

    private static async ValueTask<Stream> Connect(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
