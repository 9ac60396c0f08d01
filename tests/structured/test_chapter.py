"""The example programs of Structured Streaming print, byte for byte, what they print on Spark.

What is expected stands in chapter/*.txt. `python test_chapter.py --on-spark PYTHON` writes these
files anew, by running the programs on the Spark of that Python (PyPI's pyspark, and a JVM).
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from typing import IO

from serving import PATIENCE, ROOT, Server

EXAMPLES = ROOT / "examples/python"
FOLDER = pathlib.Path(__file__).with_name("chapter")
CONF = "spark.sql.shuffle.partitions=2"
LINES = [["a spate is a flood", "a flood of words"], ["words", "and more words in a spate"]]


class Lines:
    """What a program prints, as it comes."""

    def __init__(self, stream: IO[str]):
        self.text = ""
        self.changed = threading.Condition()
        self.ended = False
        self.reader = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.reader.start()

    def read(self, stream: IO[str]) -> None:
        for line in stream:
            with self.changed:
                self.text += line
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, batch: int) -> None:
        """Until the table of a batch is whole."""

        def is_there() -> bool:
            _, banner, table = self.text.partition(f"Batch: {batch}\n")
            return self.ended or (bool(banner) and table.endswith(("\n\n", "rows\n")))

        with self.changed:
            assert self.changed.wait_for(is_there, 4 * PATIENCE), self.text
            assert not self.ended, self.text


class Feed:
    """A server of lines on a socket."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]

    def accept(self) -> None:
        self.connection = self.listening.accept()[0]
        # Spark connects a first time only to see that somebody is there.
        self.connection.settimeout(0.5)

    def send(self, lines: list[str]) -> None:
        self.connection.sendall("".join(line + "\n" for line in lines).encode())

    def close(self) -> None:
        self.connection.close()
        self.listening.close()


class Engine:
    """Runs the programs; `console` is where console sinks print."""

    environment: dict[str, str]
    python: str

    def start(self, name: str, *arguments: object) -> subprocess.Popen:
        return subprocess.Popen(
            [self.python, str(EXAMPLES / name), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **self.environment},
        )

    def console(self, program: subprocess.Popen) -> IO[str]:
        raise NotImplementedError


class Spate(Engine):
    def __init__(self) -> None:
        self.server = Server("--master", "local[2]", "--conf", CONF)
        self.environment = {"SPARK_REMOTE": self.server.url}
        self.python = sys.executable

    def console(self, program: subprocess.Popen) -> IO[str]:
        assert self.server.process.stdout is not None
        return self.server.process.stdout

    def close(self) -> None:
        self.server.close()


class Spark(Engine):
    def __init__(self, python: str) -> None:
        self.python = python
        options = f"--master local[2] --conf {CONF} --conf spark.ui.enabled=false pyspark-shell"
        self.environment = {"PYSPARK_SUBMIT_ARGS": options, "PYSPARK_PYTHON": python}

    def console(self, program: subprocess.Popen) -> IO[str]:
        assert program.stdout is not None
        return program.stdout

    def close(self) -> None:
        pass


def move_in(name: str, folder: pathlib.Path) -> None:
    """A file has to be there at once, as a whole."""
    shutil.copy(FOLDER / "trips" / name, folder.parent / name)
    (folder.parent / name).rename(folder / name)


def end(program: subprocess.Popen) -> None:
    program.kill()
    program.wait()
    assert program.stdout is not None
    program.stdout.close()


def finish(program: subprocess.Popen) -> str:
    text, _ = program.communicate(timeout=4 * PATIENCE)
    assert program.returncode == 0
    return text


def bike_trips(engine: Engine, base: pathlib.Path) -> str:
    trips = base / "trips"
    trips.mkdir()
    move_in("1.csv", trips)
    program = engine.start("bike_trips.py", trips)
    console = Lines(engine.console(program))
    try:
        console.wait_for(0)
        move_in("2.csv", trips)
        console.wait_for(1)
    finally:
        end(program)
    return console.text


def socket_word_count(engine: Engine, base: pathlib.Path) -> str:
    feed = Feed()
    program = engine.start("socket_word_count.py", "127.0.0.1", feed.port)
    console = Lines(engine.console(program))
    try:
        feed.accept()
        console.wait_for(0)
        for batch, lines in enumerate(LINES):
            feed.send(lines)
            console.wait_for(batch + 1)
    finally:
        end(program)
        feed.close()
    return console.text


def trips_table(engine: Engine, base: pathlib.Path) -> str:
    return finish(engine.start("trips_table.py", FOLDER / "trips"))


def trips_to_files(engine: Engine, base: pathlib.Path) -> str:
    folders = base / "trips", base / "output", base / "checkpoint"
    folders[0].mkdir()
    move_in("1.csv", folders[0])
    first = finish(engine.start("trips_to_files.py", *folders))
    again = finish(engine.start("trips_to_files.py", *folders))
    move_in("2.csv", folders[0])
    return first + again + finish(engine.start("trips_to_files.py", *folders))


PROGRAMS = [bike_trips, socket_word_count, trips_table, trips_to_files]


def run(program, engine: Engine) -> str:
    with tempfile.TemporaryDirectory(prefix="spate-chapter-") as base:
        return program(engine, pathlib.Path(base))


class ChapterTest(unittest.TestCase):
    def check(self, program) -> None:
        self.maxDiff = None
        engine = Spate()
        self.addCleanup(engine.close)
        expected = (FOLDER / f"{program.__name__}.txt").read_text()
        self.assertEqual(expected, run(program, engine))

    def test_bike_trips_in_complete_mode_on_the_console(self) -> None:
        self.check(bike_trips)

    def test_word_count_of_a_socket(self) -> None:
        self.check(socket_word_count)

    def test_table_in_memory_asked_by_sql(self) -> None:
        self.check(trips_table)

    def test_files_behind_a_checkpoint_location_of_the_session(self) -> None:
        self.check(trips_to_files)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--on-spark"]:
        for program in PROGRAMS:
            text = run(program, Spark(sys.argv[2]))
            (FOLDER / f"{program.__name__}.txt").write_text(text)
            print(text)
    else:
        unittest.main()
