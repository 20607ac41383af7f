"""Small servers in the languages that services are written in, as their documentation shows them: an answer to each request."""
import subprocess

from program import HttpProgram


class Node(HttpProgram):
    name, port = "node", 21050
    packages, tools = ["nodejs"], ["/usr/bin/node"]

    def prepare(self):
        self.write("server.js", f"""const http = require('http');
const server = http.createServer((request, answer) => answer.end('hello\\n'));
server.keepAliveTimeout = 60000;
server.listen({self.port}, '127.0.0.1');
process.on('SIGTERM', () => {{ server.close(() => process.exit(0)); server.closeIdleConnections(); }});
""")

    def command(self):
        return ["/usr/bin/node", self.path("server.js")]


class PythonAsyncio(HttpProgram):
    name, port = "python-asyncio", 21051
    packages, tools = ["python3"], ["/usr/bin/python3"]

    def prepare(self):
        self.write("server.py", f"""import asyncio, signal
async def serve(reader, writer):
    try:
        while await reader.readuntil(b'\\r\\n\\r\\n'):
            writer.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n')
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, '127.0.0.1', {self.port})
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()
asyncio.run(main())
""")

    def command(self):
        return ["/usr/bin/python3", self.path("server.py")]


class Go(HttpProgram):
    name, port = "go", 21052
    packages, tools = ["golang-go"], ["/usr/bin/go"]

    def prepare(self):
        self.write("main.go", f"""package main
import ("context"; "net/http"; "os"; "os/signal"; "syscall")
func main() {{
    server := &http.Server{{Addr: "127.0.0.1:{self.port}", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {{ w.Write([]byte("hello\\n")) }})}}
    done := make(chan struct{{}})
    go func() {{
        c := make(chan os.Signal, 1)
        signal.Notify(c, syscall.SIGTERM)
        <-c
        server.Shutdown(context.Background())
        close(done)
    }}()
    server.ListenAndServe()
    <-done
}}
""")
        subprocess.run(["/usr/bin/go", "build", "-o", self.path("server"), self.path("main.go")], check=True,
                       env={"PATH": "/usr/bin:/bin", "HOME": self.folder, "GOCACHE": self.path("cache"), "GOTOOLCHAIN": "local", "GO111MODULE": "off"})

    def command(self):
        return [self.path("server")]


class Jvm(HttpProgram):
    name, port = "jvm", 21053
    packages, tools = ["openjdk-17-jdk-headless"], ["/usr/bin/javac"]

    def prepare(self):
        self.write("Server.java", f"""import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
public class Server {{
    public static void main(String[] args) throws Exception {{
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", {self.port}), 64);
        server.createContext("/", exchange -> {{
            var body = "hello\\n".getBytes();
            exchange.sendResponseHeaders(200, body.length);
            try (var out = exchange.getResponseBody()) {{ out.write(body); }}
        }});
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(2)));
    }}
}}
""")
        subprocess.run(["/usr/bin/javac", "-d", self.folder, self.path("Server.java")], check=True)

    def command(self):
        return ["/usr/bin/java", "-cp", self.folder, "Server"]


PROGRAMS = [Node, PythonAsyncio, Go, Jvm]
