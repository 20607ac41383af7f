"""Clients of one program: short connections and kept ones, each exchange timed; what went wrong is counted by its kind."""
import collections
import threading
import time

from program import PATIENCE, Closed, Starting, Unanswered

SHORT = 3          # Threads that connect anew for each exchange.
KEPT = 5           # Threads that keep their connection.
PAUSE = 0.02       # Seconds between two exchanges of a thread.
STARTUP = 5        # Seconds for which a program may tell clients that it is starting up, at a time.


class Load:
    """Runs from start() to stop(). What an exchange waits for takes at most PATIENCE, so stop() ends too."""

    def __init__(self, program):
        self.program = program
        self.failed, self.cut = collections.Counter(), collections.Counter()
        self.asked, self.longest, self.closed, self.again = 0, 0.0, 0, 0
        self._starting = 0.0, None  # The longest time for which clients were told that it is starting up; since when they are now.
        self._lock, self._end = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._short, args=(i,)) for i in range(SHORT)]
        if program.keeps:
            self._threads += [threading.Thread(target=self._kept, args=(SHORT + i,)) for i in range(KEPT)]
        self._numbers = [0] * (SHORT + KEPT)

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._end.set()
        for thread in self._threads:
            thread.join()

    def snapshot(self):
        with self._lock:
            return self.asked

    def starting(self):
        """The longest time between the first exchange that was answered with "starting up" and the next one that was done."""
        longest, since = self._starting
        return longest if since is None else max(longest, time.monotonic() - since)

    def _short(self, thread):
        while not self._end.wait(PAUSE):
            self._exchange(thread, None, self.program.connect)

    def _kept(self, thread):
        connection = None
        while not self._end.wait(PAUSE):
            connection = self._exchange(thread, connection, self.program.connect, keep=True)
        if connection is not None:
            connection.close()

    def _exchange(self, thread, connection, connect, keep=False):
        """One exchange; the connection if it can be used again. A kept connection that the program closed while nothing was
        under way is made anew, as every client does, and what may be asked twice is, where such a connection was closed before the first
        byte of the answer: both are counted apart and are no failures. What else fails on a connection that had been kept, or that the program
        had accepted and then ended, is "cut"."""
        begun, fresh, ended = time.monotonic(), connection is None, False
        self._numbers[thread] += 1
        number = f"{thread}-{self._numbers[thread]}"
        try:
            if not fresh and self.program.was_closed(connection):
                connection.close()
                with self._lock:
                    self.closed += 1
                connection, fresh = None, True
            if connection is None:
                connection = connect(PATIENCE)
            try:
                self.program.ask(connection, number)
            except Unanswered:
                if fresh:
                    raise
                connection.close()
                with self._lock:
                    self.again += 1
                connection, fresh = None, True
                connection = connect(PATIENCE)
                self.program.ask(connection, number)
            problem, refused = None, False
        except Exception as e:  # pylint: disable=broad-except
            refused = isinstance(e, Starting)
            ended = connection is not None and isinstance(e, (ConnectionError, Closed))
            problem = type(e).__name__ if not str(e) else f"{type(e).__name__}: {str(e).splitlines()[0][:60]}"
        took = time.monotonic() - begun
        with self._lock:
            self.asked += 1
            self.longest = max(self.longest, took)
            if problem is None:
                self._starting = self.starting(), None
                self.program.acknowledged(number)
            else:
                (self.failed if fresh and not ended else self.cut)[problem] += 1
                if refused and self._starting[1] is None:
                    self._starting = self._starting[0], begun
        if connection is not None and (problem is not None or not keep):
            connection.close()
            connection = None
        return connection
