using System.Globalization;
using System.Net;

using Aeterna.Load;
using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>Real programs of other kinds: nginx with its workers, a program that takes descriptors, a static binary with threads.</summary>
public class ProgramTests
{
    [RootFact]
    public async Task Nginx_master_and_workers_hand_their_port_to_the_next_master()
    {
        await using var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)1023);
        var port = Ports.Next();
        var first = rig.Start(Nginx(rig, port, 1));
        Assert.Null(await first.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        await Temp.Until(() => first.Usage().Processes == 3, "master and two workers");
        Assert.Equal("1", await Get(port));

        var second = rig.Start(Nginx(rig, port, 2));
        Assert.Null(await second.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        await Temp.Until(() => second.Usage().Processes == 3, "master and two workers");
        first.Signal(3);
        await first.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        rig.Listeners.Forget(1);
        Assert.Equal("2", await Get(port));
        second.Kill();
        await second.Gone.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_program_with_LISTEN_FDS_serves_the_inherited_socket()
    {
        const string program = """
            import os, socket
            assert int(os.environ['LISTEN_PID']) == os.getpid() and os.environ['LISTEN_FDNAMES'] == 'web'
            s = socket.socket(fileno=3)
            s.setblocking(True)
            while True:
                c, _ = s.accept(); c.recv(1000)
                c.sendall(b'HTTP/1.0 200 OK\r\n\r\n' + os.environ['AETERNA_GENERATION'].encode()); c.close()
            """;
        await using var rig = new Rig();
        var port = Ports.Next();
        ListenerPlan[] listeners = [new() { Name = "web", Address = Temp.Tcp(port), Handoff = Handoff.Inherit }];
        rig.Listeners.Configure(listeners);
        var script = Path.Combine(rig.Directory, "inherit.py");
        File.WriteAllText(script, program);
        var service = new ServicePlan { Name = "test", Command = ["/usr/bin/python3", "-S", script], Listeners = listeners };
        var first = rig.Start(service);
        Assert.Equal("1", await Get(port));
        rig.Start(service);
        first.Kill();
        await first.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("2", await Get(port));
    }

    [Fact]
    public async Task A_statically_linked_threaded_program_is_captured_too()
    {
        const string program = """
            #include <arpa/inet.h>
            #include <pthread.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <unistd.h>
            static int port;
            static void *serve(void *unused) {
                struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
                int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
                char answer[100] = "HTTP/1.0 200 OK\r\n\r\n";
                strcat(answer, getenv("AETERNA_GENERATION"));
                setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
                if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 5)) exit(1);
                for (;;) {
                    char request[1000];
                    int c = accept(s, 0, 0);
                    if (read(c, request, sizeof request) > 0) (void)!write(c, answer, strlen(answer));
                    close(c);
                }
                return unused;
            }
            int main(int argc, char **argv) {
                pthread_t t;
                port = argc > 1 ? atoi(argv[1]) : 0;
                pthread_create(&t, 0, serve, 0);
                pthread_join(t, 0);
            }
            """;
        await using var rig = new Rig();
        var (binary, port) = (Path.Combine(rig.Directory, "server"), Ports.Next());
        Assert.Equal("", Gcc.Compile(program, "-static", "-pthread", "-o", binary));
        var first = rig.Start(binary, $"{port}");
        Assert.Null(await first.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        Assert.Equal("1", await Get(port));
        var second = rig.Start(binary, $"{port}");
        Assert.Null(await second.WaitReady(Rig.Requires(Temp.Tcp(port)), default));
        first.Kill();
        await first.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("2", await Get(port));
    }

    private static ServicePlan Nginx(Rig rig, int port, int number)
    {
        var configuration = Path.Combine(rig.Directory, $"nginx-{number}.conf");
        File.WriteAllText(
            configuration,
            $$"""
            daemon off;
            worker_processes 2;
            pid {{rig.Directory}}/nginx.pid;
            error_log /dev/stderr;
            events {}
            http {
              access_log off;
              client_body_temp_path {{rig.Directory}}/body;
              proxy_temp_path {{rig.Directory}}/proxy;
              fastcgi_temp_path {{rig.Directory}}/fastcgi;
              uwsgi_temp_path {{rig.Directory}}/uwsgi;
              scgi_temp_path {{rig.Directory}}/scgi;
              server { listen 127.0.0.1:{{port}}; return 200 "{{number}}\n"; }
            }
            """);
        return new ServicePlan { Name = "nginx", Command = ["/usr/sbin/nginx", "-c", configuration, "-e", "/dev/stderr"] };
    }

    private static async Task<string> Get(int port)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.ConnectionClose = true;
        return (await client.GetStringAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{IPAddress.Loopback}:{port}/")))).Trim();
    }
}
