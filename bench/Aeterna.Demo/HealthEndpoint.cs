using System.Globalization;
using System.Net;

namespace Aeterna.Demo;

/// <summary>The service's health as an operator's own monitoring would serve it: good or bad as the demo wishes.</summary>
internal sealed class HealthEndpoint : IDisposable
{
    private readonly HttpListener _listener = new();
    private volatile bool _healthy = true;

    public HealthEndpoint(int port)
    {
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/health");
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        _listener.Start();
        _ = Serve();
    }

    public string Url { get; }

    public bool Healthy
    {
        get => _healthy;
        set => _healthy = value;
    }

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync().ConfigureAwait(false);
                context.Response.StatusCode = (int)(_healthy ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The listener was closed, or the prober has gone away: nothing is left to be answered.
                continue;
            }
        }
    }
}
