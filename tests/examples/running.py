"""What the tests of the examples share: a server of lines, and a running program."""

import contextlib
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("SPATE_EXAMPLES", ROOT / "build/release/bin/examples"))
# How long a test waits for what must come. Never waited out when all is well.
PATIENCE = 120.0
RULE = "-" * 43
TIME = re.compile(r"Time: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{6})?)$")
PAIR = re.compile(r"\('([^']*)', (-?\d+)\)$")


class LineServer:
    """Listens on a loopback port; what is sent goes to the client that connected last."""

    def __init__(self, port: int = 0):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]
        self.client: socket.socket | None = None

    def accept(self) -> None:
        self.client, _ = self.listener.accept()

    def send(self, *lines: str) -> None:
        if self.client is None:
            self.accept()
        assert self.client is not None
        self.client.sendall("".join(line + "\n" for line in lines).encode())

    def hang_up(self) -> None:
        if self.client is not None:
            self.client.close()
            self.client = None

    def close(self) -> None:
        self.hang_up()
        self.listener.close()


class Batch:
    """What pprint() printed of one batch."""

    def __init__(self, time_text: str, rows: list[str]):
        self.time = time_text
        self.more = bool(rows) and rows[-1] == "..."
        self.rows = rows[:-1] if self.more else rows

    def counts(self) -> dict[str, int]:
        pairs = [PAIR.match(row) for row in self.rows]
        assert all(pairs), f"not all rows are pairs: {self.rows}"
        return {pair[1]: int(pair[2]) for pair in pairs if pair}


class Program:
    """A running example. Its standard output is read line by line as it comes."""

    def __init__(self, name: str, *arguments: object):
        command = [str(PROGRAMS / name), *map(str, arguments)]
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the object
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.errors, text=True, bufsize=1
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.printed: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def line(self, deadline: float) -> str | None:
        """The next line; None when the program has ended its output."""
        try:
            line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"nothing more came in time; so far:\n{self.report()}") from None
        if line is not None:
            self.printed.append(line)
        return line

    def wait_for_line(self, wanted: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while (line := self.line(deadline)) != wanted:
            assert line is not None, f"ended without '{wanted}':\n{self.report()}"

    def batch(self) -> Batch | None:
        """The next batch in pprint's layout, to the letter; None at the end of the output."""
        deadline = time.monotonic() + PATIENCE
        first = self.line(deadline)
        if first is None:
            return None
        assert first == RULE, f"expected a rule, found '{first}':\n{self.report()}"
        head = self.line(deadline)
        found = TIME.match(head or "")
        assert found, f"expected a time, found '{head}':\n{self.report()}"
        assert self.line(deadline) == RULE, self.report()
        rows: list[str] = []
        while (row := self.line(deadline)) != "":
            assert row is not None, f"ended inside of a batch:\n{self.report()}"
            rows.append(row)
        return Batch(found[1], rows)

    def batch_that(self, is_wanted) -> Batch:
        """The next batch for which is_wanted(batch) holds."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            batch = self.batch()
            assert batch is not None, f"ended before the wanted batch:\n{self.report()}"
            if is_wanted(batch):
                return batch
        raise AssertionError(f"the wanted batch never came:\n{self.report()}")

    def wait_for_error(self, text: str) -> None:
        """Waits until the program has written `text` to its standard error."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.error_text():
            assert time.monotonic() < deadline, f"'{text}' never came:\n{self.report()}"
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)

    def ends(self) -> int:
        """Waits for the end; the exit status."""
        return self.process.wait(PATIENCE)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.ends()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def error_text(self) -> str:
        with open(f"/proc/self/fd/{self.errors.fileno()}") as file:
            return file.read()

    def report(self) -> str:
        return "\n".join(self.printed) + "\n--- standard error\n" + self.error_text()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.errors.close()


class ExampleTest(unittest.TestCase):
    """A directory, a server and programs that are gone after the test."""

    def setUp(self) -> None:
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="spate-examples-"))
        self.addCleanup(shutil.rmtree, self.directory)

    def serve(self, port: int = 0) -> LineServer:
        server = LineServer(port)
        self.addCleanup(server.close)
        return server

    def run_example(self, name: str, *arguments: object) -> Program:
        program = Program(name, *arguments)
        self.addCleanup(program.close)
        return program

    def run_on(self, server: LineServer, name: str, *arguments: object) -> Program:
        return self.run_example(name, "--host", "127.0.0.1", "--port", server.port, *arguments)


def add(sums: dict[str, int], counts: dict[str, int]) -> dict[str, int]:
    for word, count in counts.items():
        sums[word] = sums.get(word, 0) + count
    return sums
