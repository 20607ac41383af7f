"""Name and time servers: datagrams."""
import struct

from program import DatagramProgram


class Resolver(DatagramProgram):
    """Asks for an address record that the server has by itself."""
    host = "localhost"

    def question(self):
        labels = b"".join(bytes([len(label)]) + label.encode() for label in self.host.split("."))
        return struct.pack(">HHHHHH", 0x4145, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


class Dnsmasq(Resolver):
    name, port = "dnsmasq", 21020
    packages, tools = ["dnsmasq-base"], ["/usr/sbin/dnsmasq"]
    own, own_signal = "SIGHUP (reads hosts only)", "SIGHUP"

    def command(self):
        return ["/usr/sbin/dnsmasq", "-k", "-C", "/dev/null", "-p", str(self.port), "-a", "127.0.0.1", "-z", "-R", "-u", "root",
                "--pid-file=", "--host-record=localhost,127.0.0.1"]


class Unbound(Resolver):
    name, port = "unbound", 21021
    packages, tools = ["unbound"], ["/usr/sbin/unbound"]
    own_signal = "SIGHUP"

    def prepare(self):
        self.write("unbound.conf", f"""server:
  interface: 127.0.0.1
  port: {self.port}
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: "{self.path('unbound.pid')}"
  use-syslog: no
  module-config: "iterator"
  local-data: "localhost. A 127.0.0.1"
remote-control:
  control-enable: no
""")

    def command(self):
        return ["/usr/sbin/unbound", "-d", "-p", "-c", self.path("unbound.conf")]


class Bind(Resolver):
    name, port = "bind9", 21022
    packages, tools = ["bind9"], ["/usr/sbin/named"]
    own_signal = "SIGHUP"

    def prepare(self):
        self.make_folder("work", "bind")
        self.write("named.conf", f"""options {{
  directory "{self.path('work')}"; pid-file "{self.path('work', 'named.pid')}"; session-keyfile "{self.path('work', 'session.key')}";
  listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no;
  managed-keys-directory "{self.path('work')}";
}};
controls {{ }};
zone "localhost" {{ type master; file "/etc/bind/db.local"; }};
""")

    def command(self):
        return ["/usr/sbin/named", "-f", "-u", "bind", "-c", self.path("named.conf")]


class Chrony(DatagramProgram):
    name, port = "chrony", 21023
    packages, tools = ["chrony"], ["/usr/sbin/chronyd"]

    def prepare(self):
        self.write("chrony.conf", f"""port {self.port}
bindaddress 127.0.0.1
local stratum 10
allow 127.0.0.1
cmdport 0
bindcmdaddress /
pidfile {self.path('chronyd.pid')}
""")

    def command(self):
        return ["/usr/sbin/chronyd", "-d", "-x", "-u", "root", "-f", self.path("chrony.conf")]

    def question(self):
        return b"\x23" + bytes(47)


PROGRAMS = [Dnsmasq, Unbound, Bind, Chrony]
