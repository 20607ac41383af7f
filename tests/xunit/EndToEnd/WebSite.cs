using System.Globalization;

namespace Aeterna.Tests.EndToEnd;

/// <summary>A web server's configuration, and its clients.</summary>
internal static class WebSite
{
    /// <summary>Writes <c>nginx.conf</c> into a folder, in which its workers may work as another user.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="more">Directives beside the others.</param>
    public static void Nginx(string folder, int port, string more = "")
    {
        File.SetUnixFileMode(folder, (UnixFileMode)1023);
        File.WriteAllText($"{folder}/nginx.conf", $$"""
            worker_processes 2;
            error_log stderr;
            {{more}}
            events {}
            http {
              access_log off;
              client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
              server { listen 127.0.0.1:{{port}}; return 200 "here\n"; }
            }
            """);
    }

    /// <summary>One request after the other until it is told to stop, each by a new connection.</summary>
    public static async Task<(int Answered, List<string> Failures)> Request(int port, CancellationToken stop)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.ConnectionClose = true; // Each one is a new connection.
        var (answered, failures) = (0, new List<string>());
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await client.GetStringAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")), CancellationToken.None);
                answered++;
            }
            catch (HttpRequestException e)
            {
                failures.Add(e.Message);
            }
        }

        return (answered, failures);
    }
}
