"""The main job: the streaming word count over the complete works of Shakespeare, checked.

Serves the text line by line on a loopback socket, runs the example StreamingWordCount on it with
checkpoint and write-ahead log, adds up the counts that it saved for each batch, and compares the
sums word for word with a count of the same text made here. Exit status 0: they are the same.
"""

import argparse
import collections
import os
import pathlib
import re
import signal
import socket
import string
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "bin" / "examples" / "streaming-word-count"
TEXT = ROOT / "build" / "data" / "shakespeare.txt"
# The program is given up when it counts nothing new for so long (seconds).
PATIENCE = 120.0

Counts = collections.Counter[str]


def count_directly(text: bytes) -> Counts:
    """The batch count: words are runs of letters, digits, '_' and what is not ASCII."""
    to_lower = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
    lower = text.decode("utf-8", errors="replace").translate(to_lower)
    return collections.Counter(re.findall(r"[0-9a-z_\u0080-\U0010ffff]+", lower))


class LineServer(threading.Thread):
    """Sends the lines, one by one, to the first client; then keeps the connection open."""

    def __init__(self, lines: list[bytes]):
        super().__init__(daemon=True)
        self.lines = lines
        self.sent = 0
        self.started_at = 0.0
        self.error: OSError | None = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.client: socket.socket | None = None

    def run(self) -> None:
        try:
            self.client, _ = self.listener.accept()
            self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.started_at = time.time()
            for line in self.lines:
                self.client.sendall(line)
                self.sent += 1
        except OSError as error:
            self.error = error


class SavedCounts:
    """The sums of the batches that the program has completely written."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.sums: Counts = collections.Counter()
        self.seen: set[str] = set()
        self.batches_with_words = 0
        self.last_counted_at = 0.0

    def read_new(self) -> None:
        for success in sorted(self.directory.glob("counts-*/_SUCCESS")):
            if success.parent.name not in self.seen:
                self.seen.add(success.parent.name)
                self._read(success)

    def _read(self, success: pathlib.Path) -> None:
        rows = [
            row
            for part in sorted(success.parent.glob("part-*"))
            for row in part.read_text(encoding="utf-8").splitlines()
        ]
        for row in rows:
            found = re.fullmatch(r"\((.+),(\d+)\)", row)
            if not found:
                sys.exit(f"FAILED: {success.parent.name} has a row that is no count: {row!r}")
            self.sums[found[1]] += int(found[2])
        if rows:
            self.batches_with_words += 1
            self.last_counted_at = success.stat().st_mtime


class Progress:
    """One line that is written over on a terminal, else a line every two seconds."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.last = 0.0

    def show(self, text: str, final: bool = False) -> None:
        if not final and time.monotonic() - self.last < (0.1 if self.terminal else 2.0):
            return
        self.last = time.monotonic()
        end = "\n" if final or not self.terminal else ""
        print(("\r\x1b[K" if self.terminal else "") + "  " + text, end=end, flush=True)


def wait_until_counted(
    program: subprocess.Popen, server: LineServer, saved: SavedCounts, words: int
) -> str | None:
    """Follows the program until all words are counted; else what went wrong."""
    progress = Progress()
    last_news = time.monotonic()
    before = (0, 0)
    while True:
        saved.read_new()
        counted = saved.sums.total()
        text = (
            f"{server.sent:,} of {len(server.lines):,} lines sent, "
            f"{counted:,} of {words:,} words counted in {saved.batches_with_words} batches"
        )
        done = counted >= words and server.sent == len(server.lines)
        progress.show(text, final=done)
        if done:
            return None
        if (server.sent, counted) != before:
            before = (server.sent, counted)
            last_news = time.monotonic()
        if program.poll() is not None:
            progress.show(text, final=True)
            return "the program ended before all was counted"
        if time.monotonic() - last_news > PATIENCE:
            progress.show(text, final=True)
            return f"nothing new was counted for {PATIENCE:.0f} s"
        time.sleep(0.02)


def peak_memory(program: subprocess.Popen) -> float:
    """In MiB; 0 when it has ended. (wait4's ru_maxrss would count this process before exec too.)"""
    try:
        status = pathlib.Path(f"/proc/{program.pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def stop(program: subprocess.Popen) -> tuple[int, float]:
    """Ends the program in order; its exit status and its peak memory in MiB."""
    program.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    peak = 0.0
    while program.poll() is None:
        peak = max(peak, peak_memory(program))
        if time.monotonic() > deadline:
            program.kill()
        time.sleep(0.02)
    return program.returncode, peak


def differences(expected: Counts, found: Counts) -> list[str]:
    words = sorted(word for word in expected | found if expected[word] != found[word])
    lines = [f"{word!r}: {found[word]:,} instead of {expected[word]:,}" for word in words[:10]]
    return lines + ([f"... and {len(words) - 10:,} more words"] if len(words) > 10 else [])


def run(options: argparse.Namespace, work: pathlib.Path) -> int:
    text = options.text.read_bytes()
    expected = count_directly(text)
    server = LineServer(lines_of(text))
    server.start()
    command = [str(options.program), "--master", options.master, "--host", "127.0.0.1"]
    command += ["--port", str(server.port), "--batch-seconds", str(options.batch_seconds)]
    command += ["--checkpoint", str(work / "checkpoint"), "--save-counts", str(work / "counts")]
    print(f"$ {shown(command[0])} {' '.join(command[1:7])} ... --checkpoint ... --save-counts ...")
    with open(work / "stdout", "wb") as stdout, open(work / "stderr", "wb") as stderr:
        program = subprocess.Popen(command, stdout=stdout, stderr=stderr)
    saved = SavedCounts(work / "counts")
    problem = wait_until_counted(program, server, saved, expected.total())
    peak = peak_memory(program)
    status, peak_at_end = stop(program)
    peak = max(peak, peak_at_end)
    saved.read_new()

    problems = [problem] if problem else []
    if status != 0:
        problems.append(f"the program ended with status {status}")
    if server.error:
        problems.append(f"the connection broke: {server.error}")
    problems += differences(expected, saved.sums)
    if problems:
        print("\nFAILED: " + "\n        ".join(problems), file=sys.stderr)
        print("\nThe end of the program's standard error:", file=sys.stderr)
        errors = (work / "stderr").read_text(errors="replace").splitlines()
        print("\n".join(errors[-15:]), file=sys.stderr)
        return 1

    seconds = saved.last_counted_at - server.started_at
    table = {
        "lines": f"{len(server.lines):,}",
        "words": f"{expected.total():,}, {len(expected):,} different",
        "batches": f"{saved.batches_with_words} with words, of {options.batch_seconds:g} s each",
        "time": f"{seconds:.2f} s, from the first line sent to the last count saved",
        "speed": f"{len(server.lines) / seconds:,.0f} lines/s",
        "peak memory": f"{peak:.1f} MiB",
        "exactly once": "yes: the sum of all batches is the batch count, word for word",
    }
    print()
    for name, value in table.items():
        print(f"  {name:<14}{value}")
    return 0


def lines_of(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    rest = lines.pop()
    return [line + b"\n" for line in lines] + ([rest + b"\n"] if rest else [])


def shown(path: str) -> str:
    return os.path.relpath(path) if path.startswith(str(ROOT)) else path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--batch-seconds", type=float, default=1.0)
    parser.add_argument("--text", type=pathlib.Path, default=TEXT, help="another text")
    parser.add_argument("--program", type=pathlib.Path, default=PROGRAM, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for needed in (options.text, options.program):
        if not needed.exists():
            print(f"{needed} is missing: ./dev run makes it", file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory(prefix="spate-main-job-") as work:
        return run(options, pathlib.Path(work))


if __name__ == "__main__":
    sys.exit(main())
