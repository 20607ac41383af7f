using System.Globalization;
using System.Net.Sockets;
using Aeterna.Machine.Plans;

namespace Aeterna.Health;

/// <summary>
/// <c>http_get</c>: any status of 200 to 299 is good. A redirect is not followed and not good, since the page behind it may be
/// somebody else's. The body is not read.
/// </summary>
internal sealed class HttpProbe(Uri uri, HealthCheckPlan plan, TimeProvider time) : IProbe
{
    private const int MostHeaderKilobytes = 32;

    public string Name => $"http_get {uri}";

    public int FailureThreshold => plan.FailureThreshold;

    public Task<ProbeResult> Run(CancellationToken cancel) => Deadline.Run(plan.Timeout, time, Get, cancel);

    private async Task<ProbeResult> Get(CancellationToken cancel)
    {
        var began = time.GetTimestamp();

        // A connection that was kept would go to the same generation for ever; each run makes its own.
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxResponseHeadersLength = MostHeaderKilobytes,
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.ConnectionClose = true;
        request.Headers.UserAgent.ParseAdd("aeterna");
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel)
                .ConfigureAwait(false);
            var took = time.GetElapsedTime(began).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
            return new ProbeResult(response.IsSuccessStatusCode, $"{(int)response.StatusCode} in {took} ms");
        }
        catch (HttpRequestException e)
        {
            return ProbeResult.Bad(e.InnerException is SocketException socket ? ConnectProbe.Why(socket) : e.Message);
        }
    }
}
