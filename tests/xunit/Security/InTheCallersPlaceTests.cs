using Aeterna.Machine.Plans;
using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.Security;

/// <summary>A service with less than the engine's rights gets nothing more by the engine's help: it sees the answers that the kernel alone would give.</summary>
public class InTheCallersPlaceTests
{
    private const int Nobody = 65534;

    [RootFact]
    public async Task A_path_leads_where_the_kernel_takes_it_and_not_where_its_text_seems_to()
    {
        await using var rig = Open();
        var victim = Folder(rig, "victim", 0);
        File.WriteAllText($"{victim}/file", "precious");
        var own = Folder(rig, "own", Nobody);
        var program = Run(rig, Nobody, """
            import os, socket, sys
            os.chdir(sys.argv[1])
            os.makedirs('d/1'); os.mkdir('victim'); os.symlink('d/1', 'x')
            s = socket.socket(socket.AF_UNIX); s.bind('x/../../victim/file')
            assert os.path.exists('victim/file')
            """, own);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
        Assert.Equal($"unix://{own}/victim/file", Assert.Single(rig.Listeners.Report()).Address);
        rig.Listeners.Forget(1);
        rig.Listeners.ReleaseUnused();
        Assert.Equal("precious", File.ReadAllText($"{victim}/file"));
        Assert.False(File.Exists($"{own}/victim/file"));
    }

    [RootFact]
    public async Task A_file_put_in_the_place_of_a_held_sockets_folder_is_not_removed_by_the_engine()
    {
        await using var rig = Open();
        var victim = Folder(rig, "victim", 0);
        File.WriteAllText($"{victim}/s", "precious");
        var own = Folder(rig, "own", Nobody);
        var program = Run(rig, Nobody, """
            import os, socket, sys
            own, victim = sys.argv[1:3]
            os.mkdir(own + '/d')
            s = socket.socket(socket.AF_UNIX); s.bind(own + '/d/s')
            os.rename(own + '/d', own + '/e'); os.symlink(victim, own + '/d')
            """, own, victim);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
        rig.Listeners.Forget(1);
        Assert.Single(rig.Listeners.ReleaseUnused());
        Assert.Equal("precious", File.ReadAllText($"{victim}/s"));
    }

    [RootFact]
    public async Task A_held_sockets_file_is_removed_with_the_rights_of_who_bound_it()
    {
        await using var rig = Open();
        var own = Folder(rig, "own", Nobody);
        var program = Run(rig, Nobody, "import socket, sys\nsocket.socket(socket.AF_UNIX).bind(sys.argv[1] + '/s')", own);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
        Own(own, 0); // It could not remove it any more by itself.
        rig.Listeners.Forget(1);
        Assert.Single(rig.Listeners.ReleaseUnused());
        Assert.True(File.Exists($"{own}/s"));
    }

    [RootFact]
    public async Task A_rename_goes_where_the_kernel_takes_it()
    {
        await using var rig = Open();
        var own = Folder(rig, "own", Nobody);
        Folder(rig, "victim", 0);
        var program = Run(rig, Nobody, """
            import os, socket, sys
            os.chdir(sys.argv[1])
            os.makedirs('d/1'); os.mkdir('victim'); os.symlink('d/1', 'x')
            s = socket.socket(socket.AF_UNIX); s.bind('s')
            os.rename('s', 'x/../../victim/file')
            assert os.path.exists('victim/file') and not os.path.exists('s')
            d = os.open('victim', os.O_RDONLY)
            os.rename('file', 'again', src_dir_fd=d, dst_dir_fd=d)
            os.unlink('victim/again'); assert os.path.exists('victim/again')
            """, own);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
        rig.Listeners.Forget(1);
        Assert.Single(rig.Listeners.ReleaseUnused());
        Assert.False(File.Exists($"{own}/victim/again"));
    }

    [RootFact]
    public async Task A_link_of_proc_leads_into_the_program_and_not_into_the_engine()
    {
        await using var rig = Open();
        var own = Folder(rig, "own", Nobody);
        var program = Run(rig, Nobody, """
            import os, socket, sys
            os.chdir(sys.argv[1])
            s = socket.socket(socket.AF_UNIX); s.bind('/proc/self/cwd/s'); assert os.path.exists('s')
            os.mkdir('d'); d = os.open('d', os.O_RDONLY)
            t = socket.socket(socket.AF_UNIX); t.bind('/proc/self/fd/%d/t' % d); assert os.path.exists('d/t')
            """, own);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
    }

    [RootFact]
    public async Task All_groups_of_the_program_count_and_none_of_the_engine()
    {
        await using var rig = Open();
        const int group = 4711;
        var theirs = Folder(rig, "theirs", 0, group, (UnixFileMode)0x1F8); // 0770
        var ours = Folder(rig, "ours", 0, 0, (UnixFileMode)0x1F8);
        var program = Run(rig, 0, $$"""
            import errno, os, socket, sys
            os.setgroups([{{group}}]); os.setresgid({{Nobody}}, {{Nobody}}, {{Nobody}}); os.setresuid({{Nobody}}, {{Nobody}}, {{Nobody}})
            socket.socket(socket.AF_UNIX).bind(sys.argv[1] + '/s')
            try: socket.socket(socket.AF_UNIX).bind(sys.argv[2] + '/s'); sys.exit(3)
            except PermissionError: pass
            """, theirs, ours);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
        Assert.True(File.Exists($"{theirs}/s"));
    }

    [RootFact]
    public async Task A_program_of_root_without_capabilities_gets_none_of_the_engines()
    {
        await using var rig = Open();
        var folder = Folder(rig, "folder", Nobody, Nobody, (UnixFileMode)0x1C0); // 0700
        var script = Script(rig, """
            import errno, socket, sys
            for address in (('127.0.0.1', 79), sys.argv[1] + '/s'):
                s = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
                try: s.bind(address); sys.exit(3)
                except PermissionError: pass
            """);
        var program = rig.Start("/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all", "/usr/bin/python3", "-S", script, folder);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
    }

    [RootTheory]
    [InlineData(0x10000000)] // CLONE_NEWUSER
    [InlineData(0x10020000)] // and CLONE_NEWNS
    public async Task Capabilities_in_a_user_namespace_of_its_own_give_no_low_port(int namespaces)
    {
        await using var rig = Open();
        var program = Run(rig, Nobody, $"""
            import ctypes, socket, sys
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare({namespaces}): sys.exit(4)
            assert 'CapEff:\t00000000' not in open('/proc/self/status').read()
            try: socket.socket().bind(('127.0.0.1', 79)); sys.exit(3)
            except PermissionError: pass
            """);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
    }

    [RootFact]
    public async Task A_low_port_in_a_network_of_its_own_is_its_own()
    {
        await using var rig = Open();
        var program = Run(rig, Nobody, """
            import ctypes, socket, sys
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(0x10000000 | 0x40000000): sys.exit(4)
            socket.socket().bind(('0.0.0.0', 79))
            """);
        Assert.Equal(0, (await program.Exited.WaitAsync(Long)).Code);
        Assert.Empty(rig.Listeners.Report());
    }

    [RootFact]
    public async Task A_program_in_another_root_is_served_there()
    {
        await using var rig = Open();
        var jail = Folder(rig, "jail", 0);
        const string script = """
            import os, socket, sys, time
            os.chroot(sys.argv[1]); os.chdir('/')
            if os.path.exists('/s'): os.unlink('/s')
            s = socket.socket(socket.AF_UNIX); s.bind('/s'); s.listen()
            open('/bound-' + os.environ['AETERNA_GENERATION'], 'w').close()
            time.sleep(1000)
            """;
        foreach (var number in new[] { 1, 2 })
        {
            var generation = Run(rig, 0, script, jail);
            await Temp.Until(() => File.Exists($"{jail}/bound-{number}") || generation.Exited.IsCompleted, "it has bound its socket");
            Assert.False(generation.Exited.IsCompleted);
        }

        Assert.Equal($"unix://{jail}/s", Assert.Single(rig.Listeners.Report()).Address);
        Assert.Equal([1, 2], rig.Listeners.Report().Single().Generations);
    }

    [RootFact]
    public async Task Two_paths_to_one_place_are_one_socket()
    {
        await using var rig = Open();
        var own = Folder(rig, "own", Nobody);
        File.CreateSymbolicLink($"{rig.Directory}/link", own);
        const string script = """
            import os, socket, sys, time
            if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
            s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
            open(sys.argv[2] + '/bound-' + os.environ['AETERNA_GENERATION'], 'w').close()
            time.sleep(1000)
            """;
        foreach (var (number, path) in new[] { (1, $"{own}/s"), (2, $"{rig.Directory}/link/s") })
        {
            var generation = Run(rig, Nobody, script, path, own);
            await Temp.Until(() => File.Exists($"{own}/bound-{number}") || generation.Exited.IsCompleted, "it has bound its socket");
        }

        Assert.Equal([1, 2], Assert.Single(rig.Listeners.Report()).Generations);
    }

    [RootFact]
    public async Task A_path_that_leads_elsewhere_by_now_is_bound_anew()
    {
        // As where a release is a link that is turned to the next one.
        await using var rig = Open();
        var own = Folder(rig, "own", Nobody);
        Directory.CreateDirectory($"{own}/1");
        Directory.CreateDirectory($"{own}/2");
        Own($"{own}/1", Nobody);
        Own($"{own}/2", Nobody);
        const string script = """
            import os, socket, sys, time
            os.chdir(sys.argv[1]); n = os.environ['AETERNA_GENERATION']
            if os.path.islink('current'): os.unlink('current')
            os.symlink(n, 'current')
            s = socket.socket(socket.AF_UNIX); s.bind('current/s'); s.listen()
            open('bound-' + n, 'w').close()
            time.sleep(1000)
            """;
        for (var number = 1; number <= 2; number++)
        {
            var generation = Run(rig, Nobody, script, own);
            await Temp.Until(() => File.Exists($"{own}/bound-{number}") || generation.Exited.IsCompleted, "it has bound its socket");
            Assert.True(File.Exists($"{own}/{number}/s"));
        }
    }

    private static TimeSpan Long => TimeSpan.FromSeconds(60);

    /// <summary>A rig whose folder others may go through.</summary>
    private static Rig Open()
    {
        var rig = new Rig();
        File.SetUnixFileMode(rig.Directory, (UnixFileMode)0x1ED); // 0755
        return rig;
    }

    private static string Folder(Rig rig, string name, int owner, int? group = null, UnixFileMode mode = (UnixFileMode)0x1ED)
    {
        var path = Directory.CreateDirectory(Path.Combine(rig.Directory, name)).FullName;
        File.SetUnixFileMode(path, mode);
        Own(path, owner, group);
        return path;
    }

    private static void Own(string path, int owner, int? group = null) => Shell.Output("chown", $"{owner}:{group ?? owner}", path);

    private static string Script(Rig rig, string text)
    {
        var script = Path.Combine(rig.Directory, $"program-{Guid.NewGuid():N}.py");
        File.WriteAllText(script, text);
        File.SetUnixFileMode(script, (UnixFileMode)0x1A4);
        return script;
    }

    private static Aeterna.Generations.IGeneration Run(Rig rig, int user, string text, params string[] arguments) => rig.Start(new ServicePlan
    {
        Name = "test",
        Command = ["/usr/bin/python3", "-S", Script(rig, text), .. arguments],
        User = user == 0 ? null : $"{user}",
    });
}
