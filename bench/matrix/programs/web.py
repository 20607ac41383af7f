"""Web servers and proxies of the distribution."""
from program import HttpProgram


class Nginx(HttpProgram):
    name, port = "nginx", 21010
    packages, tools = ["nginx-light"], ["/usr/sbin/nginx"]
    own_signal = "SIGHUP"

    def prepare(self):
        self.write("www/index.html", "hello\n")
        self.write("nginx.conf", f"""worker_processes 2; pid {self.path('nginx.pid')}; error_log {self.path('error.log')}; daemon off;
events {{ worker_connections 512; }}
http {{ access_log off; server {{ listen 127.0.0.1:{self.port}; root {self.path('www')}; }} }}
""")

    def command(self):
        return ["/usr/sbin/nginx", "-c", self.path("nginx.conf")]


class Haproxy(HttpProgram):
    name, port = "haproxy", 21011
    packages, tools = ["haproxy"], ["/usr/sbin/haproxy"]
    own, own_signal = "SIGUSR2 (master-worker)", "SIGUSR2"

    def prepare(self):
        self.write("haproxy.cfg", f"""global
  maxconn 512
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend f
  bind 127.0.0.1:{self.port}
  http-request return status 200 content-type text/plain string hello
""")

    def command(self):
        return ["/usr/sbin/haproxy", "-Ws", "-f", self.path("haproxy.cfg")]


class Apache(HttpProgram):
    name, port = "apache2", 21012
    packages, tools = ["apache2"], ["/usr/sbin/apache2"]
    own, own_signal = "SIGUSR1 (graceful)", "SIGUSR1"

    def prepare(self):
        self.write("www/index.html", "hello\n")
        modules = "/usr/lib/apache2/modules"
        self.write("apache.conf", f"""ServerRoot {self.folder}
ServerName localhost
PidFile {self.path('apache.pid')}
DefaultRuntimeDir {self.folder}
ErrorLog {self.path('error.log')}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dir_module {modules}/mod_dir.so
User www-data
Group www-data
Listen 127.0.0.1:{self.port}
DocumentRoot {self.path('www')}
MaxKeepAliveRequests 0
""")

    def command(self):
        return ["/usr/sbin/apache2", "-DFOREGROUND", "-f", self.path("apache.conf")]


class Lighttpd(HttpProgram):
    name, port = "lighttpd", 21013
    packages, tools = ["lighttpd"], ["/usr/sbin/lighttpd"]
    own, own_signal = "SIGUSR1 (graceful)", "SIGUSR1"

    def prepare(self):
        self.write("www/index.html", "hello\n")
        self.write("lighttpd.conf", f"""server.document-root = "{self.path('www')}"
server.bind = "127.0.0.1"
server.port = {self.port}
server.max-keep-alive-requests = 100000
index-file.names = ( "index.html" )
""")

    def command(self):
        return ["/usr/sbin/lighttpd", "-D", "-f", self.path("lighttpd.conf")]


class Squid(HttpProgram):
    name, port = "squid", 21014
    packages, tools = ["squid"], ["/usr/sbin/squid"]
    own, own_signal = "-k reconfigure (SIGHUP)", "SIGHUP"
    target = "/squid-internal-static/icons/SN.png"
    note = "squid takes its `shutdown_lifetime` (1 s here) and some two seconds to end; new connections wait that long at each reload, and kept ones end."

    def prepare(self):
        self.make_folder("run", "proxy")
        self.write("squid.conf", f"""http_port 127.0.0.1:{self.port}
visible_hostname localhost
pid_filename {self.path('run', 'squid.pid')}
cache_log {self.path('run', 'cache.log')}
access_log none
shutdown_lifetime 1 seconds
http_access allow all
""")

    def command(self):
        return ["/usr/sbin/squid", "-N", "-f", self.path("squid.conf")]


class Gunicorn(HttpProgram):
    name, port = "gunicorn", 21015
    packages, tools = ["gunicorn"], ["/usr/bin/gunicorn"]
    own_signal = "SIGHUP"

    def prepare(self):
        self.write("app.py", """def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '6')])
    return [b'hello\\n']
""")

    def command(self):
        return ["/usr/bin/gunicorn", "--chdir", self.folder, "-b", f"127.0.0.1:{self.port}", "-w", "2", "-k", "gthread", "--threads", "8",
                "--keep-alive", "60", "app:app"]


PROGRAMS = [Nginx, Haproxy, Apache, Lighttpd, Squid, Gunicorn]
