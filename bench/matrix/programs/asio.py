"""A server made with Boost.Asio: its sockets are registered with epoll as they are opened, before they are bound."""
import os
import subprocess

from program import DatagramProgram, HttpProgram


class Datagrams(DatagramProgram):
    def question(self):
        return b"hello"


class BoostAsio(HttpProgram):
    """Asked for a page and, beside it, by a datagram at the same port."""
    name, port = "boost-asio", 21054
    packages, tools = ["g++", "libboost-dev"], ["/usr/bin/g++", "/usr/include/boost/asio.hpp"]

    def __init__(self, folder):
        super().__init__(folder)
        self.datagrams = Datagrams(folder)
        self.datagrams.port = self.port

    def prepare(self):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "asio.cpp")
        subprocess.run(["/usr/bin/g++", "-std=c++17", "-O1", "-pthread", "-o", self.path("server"), source], check=True)

    def command(self):
        return [self.path("server"), str(self.port)]

    def ask(self, connection, number):
        super().ask(connection, number)
        with self.datagrams.connect(None) as beside:
            self.datagrams.ask(beside, number)


PROGRAMS = [BoostAsio]
