using Aeterna.Listeners;
using Aeterna.Machine.Plans;
using Aeterna.StateHandoff;
using Aeterna.Telemetry;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>What the engine makes, gives away and removes where somebody else may write: links and exchanged folders lead it nowhere.</summary>
public sealed class ForeignFolderTests : IDisposable
{
    private const UnixFileMode ForAll = (UnixFileMode)0x1ED; // 0755

    private readonly ScratchDirectory _scratch = new();

    public ForeignFolderTests() => File.SetUnixFileMode(_scratch.Path, ForAll);

    public void Dispose() => _scratch.Dispose();

    [RootFact]
    public async Task A_link_in_the_place_of_the_notify_socket_gives_no_file_away()
    {
        // The plain way lost one start in thirteen: sixty lose none with 1 in 100.
        await using var rig = Open();
        var victim = Victim();
        using var attacker = new Attacker(rig.Directory, "folder, victim = sys.argv[1:3]\nn = 0", """
            n = (n + 1) % 60
            name = '%s/gen-%d/notify' % (folder, n + 1)
            os.unlink(name); os.symlink(victim, name)
            """, rig.Directory, victim);
        for (var i = 0; i < 60; i++)
        {
            var generation = rig.Start(new ServicePlan { Name = "test", Command = ["/bin/true"], User = $"{Attacker.User}" });
            Assert.Equal("0", Attacker.OwnerOf(victim));
            await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    [RootFact]
    public async Task A_folder_that_is_exchanged_with_a_link_while_it_is_removed_leads_to_no_other()
    {
        // The plain way lost each of a hundred removals.
        await using var rig = Open();
        var victim = Directory.CreateDirectory(_scratch["precious"]).FullName;
        var files = Enumerable.Range(0, 50).Select(i => Path.Combine(victim, $"{i}")).ToList();
        files.ForEach(f => File.WriteAllText(f, "precious"));
        for (var i = 1; i <= 5; i++)
        {
            var generation = rig.Start(new ServicePlan { Name = "test", Command = ["/bin/true"], User = $"{Attacker.User}" });
            await generation.Gone.WaitAsync(TimeSpan.FromSeconds(60));
            using var attacker = new Attacker(rig.Directory, """
                folder, victim = sys.argv[1:3]
                for i in range(200):
                    os.makedirs('%s/%d/in' % (folder, i)); os.symlink(victim, '%s/link-%d' % (folder, i))
                n = 0
                """, """
                n = (n + 1) % 200
                exchange('%s/%d' % (folder, n), '%s/link-%d' % (folder, n))
                """, $"{rig.Directory}/gen-{i}", victim);
            await generation.DisposeAsync();
            Assert.All(files, f => Assert.True(File.Exists(f)));
        }
    }

    [RootFact]
    public async Task A_folder_moved_away_while_it_is_emptied_does_not_take_the_engine_along()
    {
        await using var rig = Open();
        var outside = Directory.CreateDirectory(_scratch["outside"]).FullName;
        Shell.Output("chown", $"{Attacker.User}", outside);
        var victim = Directory.CreateDirectory($"{outside}/not-theirs").FullName;
        File.WriteAllText($"{victim}/file", "precious");
        var generation = rig.Start(new ServicePlan { Name = "test", Command = ["/bin/true"], User = $"{Attacker.User}" });
        await generation.Gone.WaitAsync(TimeSpan.FromSeconds(60));
        using (new Attacker(rig.Directory, """
            folder, outside = sys.argv[1:3]
            os.makedirs(folder + '/a/b/c')
            for i in range(100): open('%s/a/b/%d' % (folder, i), 'w').close()
            """, "os.rename(folder + '/a/b', outside + '/b'); os.rename(outside + '/b', folder + '/a/b')", $"{rig.Directory}/gen-1", outside))
        {
            await generation.DisposeAsync();
        }

        Assert.True(File.Exists($"{victim}/file"));
    }

    [RootTheory]
    [InlineData("for i in range(3000): os.mkdir('dd'); os.chdir('dd')")] // deeper than PATH_MAX
    [InlineData("os.makedirs('a/b/c'); open('a/b/f', 'w').close(); os.chmod('a/b', 0); os.chmod('a', 0)")]
    [InlineData("os.mkdir(b'\\xff\\xfe'); open(b'\\xff\\xfe/\\xfd', 'w').close()")] // not UTF-8
    [InlineData("os.mkfifo('p'); os.symlink('/etc', 'l'); os.symlink('l', 'm'); os.link('p', 'q')")]
    public async Task Whatever_a_program_leaves_in_its_directory_is_removed(string leave)
    {
        await using var rig = Open();
        var generation = Run(rig, leave);
        Assert.Equal(0, (await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
        await generation.DisposeAsync();
        Assert.Empty(Directory.GetDirectories(rig.Directory));
        Assert.True(Directory.Exists("/etc"));
    }

    [RootFact]
    public async Task What_cannot_be_removed_is_put_aside_and_the_next_start_succeeds()
    {
        await using var rig = Open();
        var foreign = Directory.CreateDirectory($"{rig.Directory}/gen-1/not-theirs/in").FullName;
        File.WriteAllText($"{foreign}/file", "precious");
        Shell.Output("chown", $"{Attacker.User}", $"{rig.Directory}/gen-1");
        var generation = Run(rig, "");
        Assert.Equal(0, (await generation.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Code);
        var aside = Assert.Single(Directory.GetDirectories(rig.Directory, "left-gen-1-*"));
        Assert.Equal("precious", File.ReadAllText($"{aside}/not-theirs/in/file"));
    }

    [RootFact]
    public void The_state_socket_in_the_services_own_folder_is_made_with_the_services_rights()
    {
        // The plain way lost one socket in seven, and of twenty times two hundred all but one.
        var victim = Victim();
        var folder = Directory.CreateDirectory(_scratch["theirs"]).FullName;
        Shell.Output("chown", $"{Attacker.User}", folder);
        using var attacker = new Attacker(_scratch.Path, "path, victim = sys.argv[1:3]", "os.unlink(path); os.symlink(victim, path)", $"{folder}/s", victim);
        for (var i = 0; i < 600; i++)
        {
            try
            {
                using var socket = StateSocket.Open($"{folder}/s", (Attacker.User, Attacker.User));
            }
            catch (SrpException)
            {
                // His own link is in the way.
            }

            Assert.Equal("0", Attacker.OwnerOf(victim));
        }

        Assert.Equal("precious", File.ReadAllText(victim));
    }

    [RootFact]
    public void The_state_socket_is_the_services_and_for_nobody_else()
    {
        foreach (var folder in new[] { _scratch["theirs"], _scratch["ours"] })
        {
            Directory.CreateDirectory(folder);
            Shell.Output("chown", folder == _scratch["theirs"] ? $"{Attacker.User}" : "0", folder);
            using var socket = StateSocket.Open($"{folder}/s", (Attacker.User, Attacker.User));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{folder}/s"));
            Assert.Equal($"{Attacker.User}", Attacker.OwnerOf($"{folder}/s"));
            socket.Dispose();
            Assert.False(File.Exists($"{folder}/s"));
        }
    }

    [RootFact]
    public void As_root_it_makes_no_socket_where_somebody_else_decides_what_is_there()
    {
        Shell.Output("chown", $"{Attacker.User}", Directory.CreateDirectory(_scratch["theirs"]).FullName);
        Assert.Contains("not safe", Assert.Throws<SrpException>(() => StateSocket.Open(_scratch["theirs/s"], null)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_scratch["shared"]);
        File.SetUnixFileMode(_scratch["shared"], (UnixFileMode)1023);
        Shell.Output("setpriv", $"--reuid={Attacker.User}", $"--regid={Attacker.User}", "--clear-groups", "/usr/bin/python3", "-S", "-c",
            "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", _scratch["shared/s"]);
        Assert.Contains("a socket of uid 65534", Assert.Throws<SrpException>(() => StateSocket.Open(_scratch["shared/s"], null)).Message, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_listener_of_the_configuration_in_somebodys_folder_is_made_with_his_rights()
    {
        await using var rig = Open();
        var theirs = Directory.CreateDirectory(_scratch["theirs"]).FullName;
        Shell.Output("chown", $"{Attacker.User}:{Attacker.User}", theirs);
        var victim = Directory.CreateDirectory(_scratch["precious"]).FullName;
        File.CreateSymbolicLink($"{theirs}/link", victim);
        Shell.Output("chown", "-h", $"{Attacker.User}", $"{theirs}/link");

        rig.Listeners.Configure([Inherited($"{theirs}/s")]);
        Assert.Equal($"{Attacker.User}", Attacker.OwnerOf($"{theirs}/s"));
        Assert.Throws<ListenerException>(() => rig.Listeners.Configure([Inherited($"{theirs}/link/s")]));
        Assert.Empty(Directory.GetFileSystemEntries(victim));

        static ListenerPlan Inherited(string path) => new() { Name = "s", Address = Temp.Address($"unix://{path}"), Handoff = Handoff.Inherit };
    }

    [Fact]
    public void Records_are_not_written_through_links()
    {
        var victim = Victim();
        var folder = Directory.CreateDirectory(_scratch["history"]).FullName;
        File.CreateSymbolicLink($"{folder}/.a.json.tmp", victim);
        File.CreateSymbolicLink($"{folder}/a.json", victim);
        var files = new HistoryFiles(folder);
        files.Write(Samples.Record("a"));
        Assert.Equal("precious", File.ReadAllText(victim));
        Assert.Equal("a", Assert.Single(files.Load().Records).Id);
    }

    [RootTheory]
    [InlineData("history")]
    [InlineData("above")]
    public void Records_are_not_written_to_folders_of_others(string theirs)
    {
        var folder = Directory.CreateDirectory(_scratch["above/history"]).FullName;
        Shell.Output("chown", $"{Attacker.User}", theirs == "above" ? _scratch["above"] : folder);
        Assert.Contains("not safe", Assert.Throws<IOException>(() => new HistoryFiles(folder).Write(Samples.Record("a"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    private static Rig Open()
    {
        var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, ForAll);
        return rig;
    }

    private static Aeterna.Generations.IGeneration Run(Rig rig, string python)
    {
        var script = Path.Combine(rig.Directory, "program.py");
        File.WriteAllText(script, $"import os\nos.chdir(os.environ['AETERNA_INSTANCE_DIR'])\n{python}\n");
        File.SetUnixFileMode(script, (UnixFileMode)0x1A4);
        return rig.Start(new ServicePlan { Name = "test", Command = ["/usr/bin/python3", "-S", script], User = $"{Attacker.User}" });
    }

    private string Victim()
    {
        File.WriteAllText(_scratch["victim"], "precious");
        return _scratch["victim"];
    }
}
