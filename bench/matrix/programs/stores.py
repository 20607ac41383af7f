"""Programs that keep data: each exchange writes one key, and what was acknowledged must be there in the end."""
import glob
import os
import select
import subprocess
import time

from program import PATIENCE, LineProgram, Program, Starting, read_line

KEPT_END = ("connections that it has accepted end at each reload, with what is under way on them (at most one request each fails; a client that asks again is "
            "served); new connections wait for the new one.")


class Redis(LineProgram):
    name, port = "redis", 21030
    packages, tools = ["redis-server"], ["/usr/bin/redis-server"]
    drain, stores, cut = "30s", True, "fails"
    note = KEPT_END

    def command(self):
        return ["/usr/bin/redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.make_folder("data"),
                "--save", "3600 1", "--daemonize", "no"]

    def ask(self, connection, number):
        connection.sendall(f"SET k{number} v\r\n".encode())
        got = read_line(connection)
        if got != b"+OK\r\n":
            raise ValueError(f"answered {got[:40]!r}")

    def missing(self):
        with self.connect(30) as connection:
            gone = 0
            for number in self.acked:
                connection.sendall(f"EXISTS k{number}\r\n".encode())
                gone += read_line(connection) != b":1\r\n"
            return gone


class Memcached(LineProgram):
    """A cache: what it has is gone with it by right; only its answers count."""
    name, port = "memcached", 21031
    packages, tools = ["memcached"], ["/usr/bin/memcached"]
    cut = "fails"
    note = "its cache is gone with each process. C" + KEPT_END[1:]
    question, answer = b"version\r\n", b"VERSION"

    def command(self):
        return ["/usr/bin/memcached", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-u", "nobody"]


class Sql(Program):
    """A table with one column; the driver is Debian's for the distribution's own Python."""
    drain, stores, cut = "30s", True, "fails"
    note = KEPT_END

    def ask(self, connection, number):
        cursor = connection.cursor()
        cursor.execute("insert into matrix values (%s)", (number,))
        connection.commit()

    def missing(self):
        connection = self.connect(30)
        cursor = connection.cursor()
        cursor.execute("select k from matrix")
        return len(set(self.acked) - {row[0] for row in cursor.fetchall()})


class Postgresql(Sql):
    name, port = "postgresql", 21032
    packages, tools = ["postgresql", "python3-psycopg2"], ["/usr/lib/postgresql", "/usr/lib/python3/dist-packages/psycopg2"]
    own_signal, tells = "SIGHUP", True
    signal = "SIGINT"
    note = KEPT_END + " Until the new one has read its log, it tells those that connect so (SQLSTATE 57P03); they have to try again."

    @staticmethod
    def tool(name):
        return sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))[-1]

    def prepare(self):
        self.make_folder("data", "postgres")
        os.chmod(self.path("data"), 0o700)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True, "user": "postgres", "cwd": "/"}
        subprocess.run([self.tool("initdb"), "-D", self.path("data"), "-A", "trust", "-N"], **quiet)
        subprocess.run([self.tool("postgres"), "--single", "-D", self.path("data"), "postgres"], input=b"create table matrix (k text);\n", **quiet)

    def user(self):
        return "postgres"

    def command(self):
        return [self.tool("postgres"), "-D", self.path("data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""]

    @staticmethod
    def wait(connection):
        """The driver itself would wait for an answer without an end."""
        from psycopg2.extensions import POLL_OK, POLL_READ
        end = time.monotonic() + PATIENCE
        while (state := connection.poll()) != POLL_OK:
            sets = ([connection], []) if state == POLL_READ else ([], [connection])
            if not any(select.select(*sets, [], max(end - time.monotonic(), 0))):
                raise TimeoutError(f"no answer in {PATIENCE} s")

    def connect(self, timeout):
        import psycopg2  # Has fileno(), as a socket has.
        import psycopg2.extensions
        psycopg2.extensions.set_wait_callback(self.wait)
        try:
            return psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", connect_timeout=timeout)
        except psycopg2.OperationalError as e:
            raise Starting() if "starting up" in str(e) else e


class Mariadb(Sql):
    name, port = "mariadb", 21033
    packages, tools = ["mariadb-server", "python3-pymysql"], ["/usr/sbin/mariadbd", "/usr/lib/python3/dist-packages/pymysql"]

    def prepare(self):
        self.make_folder("data", "mysql")
        self.write("init.sql", """create database if not exists matrix;
create table if not exists matrix.matrix (k varchar(40));
create user if not exists 'm'@'127.0.0.1' identified by 'm';
grant all on matrix.* to 'm'@'127.0.0.1';
""")
        subprocess.run(["/usr/bin/mariadb-install-db", f"--datadir={self.path('data')}", "--user=mysql", "--skip-test-db"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)

    def command(self):
        return ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.path('data')}", "--user=mysql", "--bind-address=127.0.0.1",
                f"--port={self.port}", f"--socket={self.path('data', 's')}", f"--pid-file={self.path('data', 'pid')}",
                f"--init-file={self.path('init.sql')}", "--skip-name-resolve"]

    def connect(self, timeout):
        import pymysql
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="m", password="m", database="matrix", connect_timeout=timeout,
                                     read_timeout=timeout, write_timeout=timeout)
        connection.fileno = connection._sock.fileno
        return connection


PROGRAMS = [Redis, Memcached, Postgresql, Mariadb]
