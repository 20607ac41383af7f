#!/usr/bin/env python3
"""An agent that must not forget: a conversation, and a large cache of vectors, behind a small HTTP server.

    POST /say    what the user says; the answer counts what was said so far
    GET  /state  what it remembers

A reload replaces the process; the next one goes on with both, on the same socket.
"""
import hashlib
import http.server
import json
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "sdk", "python"))
import aeterna

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
CACHE_BYTES = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000_000

state = aeterna.load_state(on_final=lambda last: catch_up(last))
conversation = state.json["conversation"] if state else []
inherited = len(conversation)
vectors = state.data if state else memoryview(os.urandom(1 << 16) * (CACHE_BYTES >> 16))
fingerprint = hashlib.sha256(vectors).hexdigest()


class Agent(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        conversation.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer({"heard": len(conversation)})

    def do_GET(self):
        self.answer({"pid": os.getpid(), "generation": aeterna.generation(), "conversation": conversation,
                     "cache_bytes": vectors.nbytes, "cache_sha256": fingerprint})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # said, not only done: a client would else send its next request into the end
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, listener):
        super().__init__(listener.getsockname(), Agent, bind_and_activate=False)
        self.socket.close()
        listener.settimeout(1)  # the other process may be faster at a client, and a wait for the next one would hold up the last word
        self.socket = listener


served, ended = threading.Event(), threading.Event()


def remembered(phase):
    if phase == "snapshot":
        return aeterna.State({"conversation": list(conversation)}, [vectors])
    # The next process serves by now, and what is said after this answer would be lost: first answer what has been accepted.
    server.shutdown()
    served.wait()
    return aeterna.State({"conversation": conversation})  # the cache does not change


def catch_up(last):
    # Both served for a moment; what the old one heard after its snapshot comes before what has been said here.
    conversation[inherited:inherited] = last.json["conversation"][inherited:]


def end():
    ended.set()
    server.shutdown()


server = Server(aeterna.listen("127.0.0.1", PORT))
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end).start())  # not here: this thread runs the loop
aeterna.provide(remembered)
aeterna.ready()
server.serve_forever(poll_interval=0.05)
server.server_close()  # waits for the requests that are being answered
served.set()
ended.wait()
