// Counts connections, and goes on counting in the next process: dotnet run 8082, or under the engine with aeterna.yaml.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aeterna.Sdk;

var gate = new object();
var (count, inherited, serving) = (0, 0, true);
using var listener = AeternaService.Listen(new IPEndPoint(IPAddress.Loopback, args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 8082));
listener.Blocking = false;

using (var state = AeternaService.LoadState(CatchUp))
{
    count = inherited = state.Json<int>();
}

AeternaService.Provide(phase =>
{
    lock (gate)
    {
        // What is counted after the last word would be lost: the next process serves by now.
        serving = phase == StatePhase.Snapshot;
        return State.FromJson(count);
    }
});
AeternaService.Ready();
while (serving)
{
    if (listener.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead))
    {
        Serve();
    }
}

Thread.Sleep(Timeout.Infinite); // until SIGTERM

void CatchUp(State last)
{
    lock (gate)
    {
        count += last.Json<int>() - inherited;
    }
}

void Serve()
{
    lock (gate)
    {
        try
        {
            if (serving)
            {
                using var client = listener.Accept();
                client.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{++count} {Environment.ProcessId}\n")));
            }
        }
        catch (SocketException)
        {
            // The other process was faster, or the client is gone.
        }
    }
}
