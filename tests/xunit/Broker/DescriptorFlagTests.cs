using System.Globalization;
using Aeterna.Load;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Broker;

/// <summary>A held socket in the place of a program's own goes to the program's children exactly if that one did.</summary>
public class DescriptorFlagTests
{
    /// <summary>Writes its descriptor's flags before and after bind(2) into a file that is named as its generation.</summary>
    private const string Program = """
        import fcntl, os, socket, sys, threading
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.set_inheritable(sys.argv[3] == 'inheritable')
        before = fcntl.fcntl(s, fcntl.F_GETFD)
        s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen()
        file = sys.argv[2] + '/' + os.environ['AETERNA_GENERATION']
        open(file + '.new', 'w').write('%d %d' % (before, fcntl.fcntl(s, fcntl.F_GETFD))); os.rename(file + '.new', file)
        threading.Event().wait()
        """;

    [Theory]
    [InlineData("inheritable", "0 0")]
    [InlineData("closed at exec", "1 1")]
    public async Task Close_on_exec_is_what_the_program_set(string kind, string flags)
    {
        await using var rig = new Rig();
        var port = Ports.Next().ToString(CultureInfo.InvariantCulture);
        for (var generation = 1; generation <= 2; generation++)
        {
            rig.StartPython(Program, port, rig.Directory, kind);
            var file = Path.Combine(rig.Directory, $"{generation}");
            await Temp.Until(() => File.Exists(file), "it has bound");
            Assert.Equal(flags, await File.ReadAllTextAsync(file));
        }
    }
}
