namespace Aeterna.Tests.Security;

/// <summary>
/// A service that wants more than it may: tries what docs/security.md lists, in each of its generations, and tells who asks over its relayed
/// connection what came of it, as JSON. Beside it run three processes that exchange files and links under the engine's hands.
/// </summary>
internal static class Adversary
{
    /// <summary>Arguments: the service's own folder, a folder of root's, the port, the control API's port, the run folder.</summary>
    public const string Program = """
        import ctypes, errno, json, os, signal, socket, subprocess, sys, threading, time
        home, victim, port, metrics, run = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
        generation, engine = int(os.environ['AETERNA_GENERATION']), os.getppid()
        libc = ctypes.CDLL(None, use_errno=True)
        os.chdir(home)
        said, kept = {}, []

        def attempt(name, action):
            try: said[name] = action()
            except OSError as e: said[name] = errno.errorcode[e.errno]
            if said[name] is None: said[name] = 'done'

        def exchange(a, b): libc.renameat2(-100, a.encode(), -100, b.encode(), 2)
        def bind(path):
            s = socket.socket(socket.AF_UNIX); s.bind(path); kept.append(s)
        def low(s=None):
            s = s or socket.socket(); s.bind(('127.0.0.1', 701)); kept.append(s)
        def elsewhere(flags, action):
            r, w = os.pipe()
            if os.fork() == 0:
                try:
                    if libc.unshare(flags): raise OSError(ctypes.get_errno(), '')
                    action(); answer = 'done'
                except OSError as e: answer = errno.errorcode[e.errno]
                os.write(w, answer.encode()); os._exit(0)
            os.close(w); return os.read(r, 100).decode()
        def ask(method, path):
            with socket.create_connection(('127.0.0.1', metrics), 60) as s:
                s.sendall(('%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' % (method, path)).encode())
                return s.makefile('rb').readline().split()[1].decode()
        def many():
            for i in range(300): # More than the engine holds for one generation.
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); kept.append(s)
                s.bind(('127.77.%d.%d' % (i // 250, i % 250 + 1), port))
            return 300

        # --- under the engine's hands, as fast as it goes, until this generation ends
        def ever(action):
            if os.fork(): return
            with open('races-%d-%d' % (generation, os.getpid()), 'w') as count:
                n = 0
                while os.getppid() != 1:
                    n += 1
                    try: action(n)
                    except OSError: pass
                    if n % 100 == 0: count.seek(0); count.write(str(n)); count.flush()
            os._exit(0)
        def in_the_instance_folders(n):
            for other in (generation - 1, generation, generation + 1):
                folder = '%s/gen-%d' % (run, other)
                if other > generation: # Its notify socket is made there, or it was given away by now.
                    os.path.isdir(folder) and (os.path.islink(folder + '/notify') or os.unlink(folder + '/notify'))
                    try: os.symlink(victim + '/notify', folder + '/notify')
                    except OSError: pass
                d, l = '%s/%d' % (folder, n % 50), '%s/l%d' % (folder, n % 50)
                try: os.makedirs(d + '/in'); os.symlink(victim, l)
                except OSError: pass
                exchange(d, l)
        def where_it_binds(n):
            if n == 1: os.mkdir('race'); os.mkdir('race/d'); os.symlink(victim, 'race/l')
            exchange('race/d', 'race/l')
        def where_state_goes(n):
            try: os.unlink('state')
            except OSError: pass
            os.symlink(victim + '/file', 'state')

        listener = socket.socket(); listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('127.0.0.1', port)); listener.listen()
        attempt('links', lambda: None if os.path.exists('a') else (os.makedirs('a/b'), os.mkdir('foreign'), os.symlink('a/b', 'x'), os.symlink(victim, 'link'), os.mkdir('base'))[0])
        for action in (in_the_instance_folders, where_it_binds, where_state_goes): ever(action)

        def all_of_it():
            # Text says: the folder of root's. The kernel says: the one in home.
            attempt('dots behind a link', lambda: (os.path.exists('foreign/s') and os.unlink('foreign/s')) or bind('x/../../foreign/s'))
            attempt('a folder that is exchanged', lambda: (bind('base/s'), os.rename('base', 'base-%d' % generation), os.symlink(victim, 'base'))[0] if not os.path.islink('base') else None)
            for i in range(300): attempt('', lambda: bind('race/d/new-%d' % i)); attempt('', lambda: os.unlink('race/d/new-%d' % i))
            said.pop('')
            attempt('a low port', low)
            attempt('a low port, by a user namespace', lambda: elsewhere(0x10000000, low))
            attempt('a low port in a network of its own', lambda: elsewhere(0x10000000 | 0x40000000, lambda: socket.socket().bind(('', 701))))
            attempt('in a folder of roots', lambda: bind(victim + '/new'))
            attempt('by a link to it', lambda: bind('link/new'))
            attempt('in a folder of roots group', lambda: bind(victim + '/group/new'))
            os.chdir(victim); attempt('by proc', lambda: bind('/proc/self/cwd/new')); os.chdir(home)
            attempt('removes', lambda: os.unlink(victim + '/s'))
            attempt('removes by a link', lambda: os.unlink('link/s'))
            attempt('moves away', lambda: os.rename(victim + '/s', home + '/s'))
            attempt('moves there', lambda: os.rename('races', victim + '/notify'))
            attempt('ends the engine', lambda: os.kill(engine, 9))
            attempt('reads the engine', lambda: open('/proc/%d/mem' % engine, 'rb').close())
            attempt('its descriptors', lambda: len(os.listdir('/proc/%d/fd' % engine)))
            attempt('the control socket', lambda: socket.socket(socket.AF_UNIX).connect(run + '/control.sock'))
            for path in ('stop', 'reload', 'rollback', 'signal'): attempt(path, lambda: ask('POST', '/v1/' + path))
            attempt('status', lambda: ask('GET', '/v1/status'))
            attempt('groups', os.getgroups)
            attempt('a set-user-ID program', lambda: subprocess.run([victim + '/id', '-u'], stdout=subprocess.PIPE).stdout.decode().strip())
            attempt('idle connections', lambda: kept.extend(socket.create_connection(('127.0.0.1', metrics), 60) for _ in range(100)))
            attempt('sockets without end', many)
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            attempt('says', lambda: notify.sendto('STATUS=\x1b[2J\x1b]0;x\x07\u202e\u2066{}'.encode() + b'\x9b\xff' + b'y' * 9000, os.environ['NOTIFY_SOCKET']) and None)
            print('\x1b[2J\x1b]0;x\x07\u202eoutput\r2026-01-01 forged')
            for _ in range(5): # They leave the session, and their parents.
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        signal.signal(signal.SIGTERM, signal.SIG_IGN)
                        while True: signal.pause()
                    os._exit(0)

        def options(c):
            for (name, on) in (('connection', c), ('listener', listener)):
                for (what, level, option, value) in (('transparent', 0, 19, 1), ('repair', 6, 19, 1), ('congestion', 6, 13, b'reno'), ('tables', 0, 64, bytes(100)), ('mark', 1, 36, 7), ('buffer', 1, 33, 1 << 30)):
                    attempt('%s on the %s' % (what, name), lambda: on.setsockopt(level, option, value))

        while True:
            c, _ = listener.accept()
            if c.recv(100).startswith(b'ask'):
                all_of_it(); options(c)
                c.sendall(json.dumps(said).encode())
            c.shutdown(socket.SHUT_RDWR); c.close() # Its children have it too.
        """;
}
