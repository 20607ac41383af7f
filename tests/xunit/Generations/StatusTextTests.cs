using Aeterna.Tests.StateHandoff;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Generations;

public sealed class StatusTextTests
{
    [RootFact]
    public async Task A_status_is_cut_and_cleaned()
    {
        await using var engine = await StateEngine.Start("""
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.sendto(b'STATUS=\x1b[31m' + b'x' * 1000, os.environ['NOTIFY_SOCKET'])
            forever()
            """, "enabled: false");

        var status = await engine.Until(s => s.Generations.Any(g => g.NotifyStatus is not null), "it says how it is");

        var text = Assert.Single(status.Generations).NotifyStatus!;
        Assert.StartsWith("\\x1b[31mxxx", text, StringComparison.Ordinal);
        Assert.EndsWith("x…", text, StringComparison.Ordinal);
        Assert.Equal(256, text.Replace("\\x1b", "e", StringComparison.Ordinal).Length);
    }
}
