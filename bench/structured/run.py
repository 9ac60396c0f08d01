"""Measures the server against real Spark and against hand-written loops: see ../README.md."""

import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from typing import ClassVar

import pyarrow
import pyarrow.json
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPARK_VENV = ROOT / ".venv-spark"
TEXT = ROOT / "build/data/shakespeare.txt"
CASES = [
    "first result",
    "wordcount",
    "ysb parquet",
    "ysb json",
    "latency stateless",
    "latency stateful",
    "state",
    "window columns",
]
PATIENCE = 60.0
failed = False


def fail(message: str) -> None:
    global failed
    failed = True
    print(f"WRONG RESULT: {message}", file=sys.stderr, flush=True)


def report(name: str, value: str, bound: str = "") -> None:
    print(f"  {name:<58} {value:>14}" + (f"   ({bound})" if bound else ""), flush=True)


# --- the input ------------------------------------------------------------------------------------


class Sizes:
    def __init__(self, quick: bool):
        self.copies = 2 if quick else 40
        self.events = 200_000 if quick else 10_000_000
        self.event_files = 4 if quick else 40
        self.small_files = 12 if quick else 60
        self.keys = 20_000 if quick else 1_000_000
        self.changes = 200 if quick else 10_000
        self.batches = 5 if quick else 20
        self.rounds = 1 if quick else 3

    def text(self) -> str:
        return json.dumps(self.__dict__)


def in_order(files: list[pathlib.Path]) -> None:
    """The stream takes files by their time of change."""
    for i, file in enumerate(files):
        os.utime(file, (1_700_000_000 + i, 1_700_000_000 + i))


def make_words(folder: pathlib.Path, sizes: Sizes) -> None:
    folder.mkdir()
    text = TEXT.read_bytes()
    if not text.endswith(b"\n"):
        text += b"\n"
    files = [folder / f"copy-{i:03}.txt" for i in range(sizes.copies)]
    for file in files:
        file.write_bytes(text)
    in_order(files)


def make_events(loops: pathlib.Path, data: pathlib.Path, sizes: Sizes) -> None:
    lines = data / "events-json"
    command = [str(loops), "generate", str(lines), f"--events={sizes.events}"]
    subprocess.run([*command, f"--files={sizes.event_files}"], check=True)
    columns = data / "events-parquet"
    columns.mkdir()
    for file in sorted(lines.iterdir()):
        table = pyarrow.json.read_json(file)
        pyarrow.parquet.write_table(table, columns / (file.stem + ".parquet"))
    in_order(sorted(lines.iterdir()))
    in_order(sorted(columns.iterdir()))


def make_small(folder: pathlib.Path, count: int) -> None:
    folder.mkdir()
    files = [folder / f"{i:04}.txt" for i in range(count)]
    for file in files:
        file.write_text("a\n")
    in_order(files)


def make_keys(folder: pathlib.Path, sizes: Sizes) -> None:
    """All keys, then batches that touch some: spread over all of them, others in each."""
    folder.mkdir()
    files = []
    for batch in range(sizes.batches + 1):
        step = sizes.keys // sizes.changes
        numbers = range(sizes.keys) if batch == 0 else range(batch, sizes.keys, step)
        keys = [f"key-{number}" for number in numbers]
        table = pyarrow.table({"key": keys, "value": pyarrow.array([1] * len(keys), "int64")})
        files.append(folder / f"{batch:04}.parquet")
        pyarrow.parquet.write_table(table, files[-1])
    in_order(files)


def make_data(data: pathlib.Path, loops: pathlib.Path, sizes: Sizes) -> None:
    made = data / "sizes.json"
    if made.exists() and made.read_text() == sizes.text():
        return
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    make_words(data / "words", sizes)
    make_events(loops, data, sizes)
    make_small(data / "small", sizes.small_files)
    make_small(data / "first", 1)
    make_keys(data / "keys", sizes)
    made.write_text(sizes.text())


# --- the engines ----------------------------------------------------------------------------------


def tree_of(root: int) -> dict[int, int]:
    """Resident bytes of a process and those below it, by process."""
    children: dict[int, list[int]] = {}
    sizes: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        fields = stat[stat.rindex(")") + 2 :].split()
        children.setdefault(int(fields[1]), []).append(int(entry))
        sizes[int(entry)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    found: dict[int, int] = {}
    open_ends = [root]
    while open_ends:
        process = open_ends.pop()
        found[process] = sizes.get(process, 0)
        open_ends += children.get(process, [])
    return found


class Memory(threading.Thread):
    """The peak of a tree of processes, without some of it, since it was last taken."""

    def __init__(self, root: int, without: int):
        super().__init__(daemon=True)
        self.root, self.without, self.peak, self.ended = root, without, 0, False
        self.start()

    def run(self) -> None:
        while not self.ended:
            tree = tree_of(self.root)
            self.peak = max(self.peak, sum(n for p, n in tree.items() if p != self.without))
            time.sleep(0.05)

    def take(self) -> int:
        peak, self.peak = self.peak, 0
        return peak


class Engine:
    """A program that waits for the names of cases, and what it has measured."""

    name = ""
    environment: ClassVar[dict[str, str]] = {}
    python = sys.executable

    def __init__(self, arguments: argparse.Namespace, data: pathlib.Path, out: pathlib.Path):
        self.out = out / self.name
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.results: dict[str, list[dict]] = {}
        self.peaks: dict[str, int] = {}
        self.errors = (self.out / "errors.log").open("w")
        self.prepare(arguments)
        program = pathlib.Path(__file__).with_name("program.py")
        self.program = subprocess.Popen(
            [
                self.python,
                str(program),
                str(data),
                str(self.out),
                str(Sizes(arguments.quick).rounds),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**os.environ, **self.environment},
        )
        self.answer()

    def prepare(self, arguments: argparse.Namespace) -> None:
        pass

    def begin(self) -> Memory:
        """Starts what is measured; the program has imported what it needs by then."""
        return Memory(self.program.pid, self.program.pid)

    def end(self) -> None:
        pass

    def answer(self) -> dict:
        assert self.program.stdout is not None
        line = self.program.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended: see {self.out / 'errors.log'}")
        return json.loads(line)

    def measure(self, cases: list[str]) -> None:
        begin = time.time()
        memory = self.begin()
        for case in cases:
            assert self.program.stdin is not None
            self.program.stdin.write(case + "\n")
            self.program.stdin.flush()
            memory.take()
            while "done" not in (answer := self.answer()):
                if case == "first result":
                    answer["seconds"] = time.time() - begin
                self.results.setdefault(case, []).append(answer)
            self.peaks[case] = memory.take()
        memory.ended = True
        self.program.stdin.close()
        self.program.wait(PATIENCE)
        self.end()

    def rate(self, case: str) -> float:
        """Rows a second of the rounds after the first, which warms up."""
        rounds = self.results[case]
        warm = rounds[1:] or rounds
        return statistics.median(r["rows"] / r["seconds"] for r in warm)


class Spate(Engine):
    name = "spate"

    def prepare(self, arguments: argparse.Namespace) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.command = [arguments.server, "server", "--port", str(port), "--master", "local[2]"]
        self.environment = {"SPARK_REMOTE": f"sc://localhost:{port}"}

    def begin(self) -> Memory:
        self.server = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        assert self.server.stdout is not None
        self.server.stdout.readline()
        return Memory(self.server.pid, 0)

    def end(self) -> None:
        self.server.terminate()
        self.server.wait(PATIENCE)


class Spark(Engine):
    name = "spark"
    python = str(SPARK_VENV / "bin/python")
    environment: ClassVar[dict[str, str]] = {
        "PYSPARK_PYTHON": str(SPARK_VENV / "bin/python"),
        "PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false "
        "--conf spark.log.level=ERROR --conf spark.ui.showConsoleProgress=false pyspark-shell",
    }

    def prepare(self, arguments: argparse.Namespace) -> None:
        subprocess.run([str(ROOT / "dev"), "setup", "spark"], check=True)


class Loop:
    """The hand-written loops, over the same files."""

    def __init__(self, arguments: argparse.Namespace, data: pathlib.Path, out: pathlib.Path):
        self.out = out / "loop"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.results: dict[str, list[dict]] = {}
        self.loops, self.data = arguments.loops, data

    def measure(self, case: str, what: str, folder: str) -> None:
        command = [self.loops, what, str(self.data / folder), "--counts", str(self.out / case)]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        self.results[case] = [json.loads(line) for line in output.splitlines()]

    rate = Engine.rate


def measure_columns(arguments: argparse.Namespace, out: pathlib.Path, sizes: Sizes) -> None:
    """Both sides run in one process, one after the other, over the same record batches."""
    command = [arguments.columns, str(out), f"--events={sizes.events}"]
    command.append(f"--rounds={1 if arguments.quick else 7}")
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rates: dict[str, list[float]] = {}
    for line in output.splitlines():
        result = json.loads(line)
        rates.setdefault(result["engine"], []).append(result["rows"] / result["seconds"])
    if (out / "engine").read_bytes() != (out / "loop").read_bytes():
        fail(f"window columns: {out / 'engine'} differs from {out / 'loop'}")
    loop, engine = (
        statistics.median(rates[name][1:] or rates[name]) for name in ("loop", "engine")
    )
    report("window columns: Spate", millions(engine))
    report("window columns: hand-written loop, two threads", millions(loop))
    report("window columns: loop / Spate", f"{loop / engine:.2f}", "at most 4")


# --- what is held against what --------------------------------------------------------------------


def compare(case: str, *engines: Engine | Loop) -> None:
    """All engines put out the same rows."""
    files = [engine.out / case for engine in engines if (engine.out / case).exists()]
    for file in files[1:]:
        if file.read_bytes() != files[0].read_bytes():
            fail(f"{case}: {file} differs from {files[0]}")


def expect(case: str, engine: Engine, rows: int, counted: int) -> None:
    """What is known without an engine: how many rows came out, and what their last column adds
    up to."""
    lines = (engine.out / case).read_text().splitlines()
    total = sum(int(line.split("\t")[-1]) for line in lines)
    if (len(lines), total) != (rows, counted):
        fail(f"{case}: {len(lines)} rows, {total} counted; expected {rows} and {counted}")


def millions(rate: float) -> str:
    return f"{rate / 1e6:.2f} M rows/s"


def report_rates(spate: Engine, spark: Engine | None, loop: Loop, bounds: dict) -> None:
    for case, (against_spark, against_loop) in bounds.items():
        if case not in spate.results:
            continue
        report(f"{case}: Spate", millions(spate.rate(case)))
        if spark:
            report(f"{case}: Spark", millions(spark.rate(case)))
            report(
                f"{case}: Spate / Spark",
                f"{spate.rate(case) / spark.rate(case):.1f}",
                f"at least {against_spark}",
            )
        if case in loop.results:
            report(f"{case}: hand-written loop, two threads", millions(loop.rate(case)))
            report(
                f"{case}: Spate / loop",
                f"{spate.rate(case) / loop.rate(case):.2f}",
                f"at least {against_loop}" if against_loop else "",
            )


def report_times(spate: Engine, spark: Engine | None, bounds: dict) -> None:
    for case, (title, bound) in bounds.items():
        for engine in (spate, spark):
            if engine is None or case not in engine.results:
                continue
            result = engine.results[case][0]
            time_taken = result.get("median", result.get("seconds", 0) * 1000)
            what = f"at most {bound} ms" if engine is spate else ""
            report(
                f"{title}: {'Spate' if engine is spate else 'Spark'}", f"{time_taken:.1f} ms", what
            )


def report_memory(spate: Engine, spark: Engine | None) -> None:
    for case in spate.peaks:
        report(f"{case}: peak memory, Spate", f"{spate.peaks[case] / 2**20:.0f} MiB")
        if spark and case in spark.peaks:
            report(f"{case}: peak memory, Spark", f"{spark.peaks[case] / 2**20:.0f} MiB")
    if spark:
        share = max(spate.peaks.values()) / max(spark.peaks.values())
        report("peak memory, Spate / Spark", f"{share:.3f}", "at most 0.1")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help=f"of {', '.join(CASES)}; all when none is named")
    parser.add_argument("--server", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--loops", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--columns", required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: does it run, is it right"
    )
    parser.add_argument("--without-spark", action="store_true", help="only Spate and the loops")
    parser.add_argument("--directory", default=str(ROOT / "build/bench-structured"))
    arguments = parser.parse_args()
    cases = arguments.case or CASES
    if unknown := set(cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    sizes = Sizes(arguments.quick)
    base = pathlib.Path(arguments.directory).resolve()
    data, out = base / ("data-quick" if arguments.quick else "data"), base / "out"
    make_data(data, pathlib.Path(arguments.loops), sizes)
    if "window columns" in cases:
        measure_columns(arguments, out / "columns", sizes)
        cases = [case for case in cases if case != "window columns"]
    if not cases:
        return 1 if failed else 0

    loop = Loop(arguments, data, out)
    if "wordcount" in cases:
        loop.measure("wordcount", "wordcount", "words")
    if "ysb json" in cases:
        loop.measure("ysb json", "events", "events-json")
    spate = Spate(arguments, data, out)
    spate.measure(cases)
    spark = None
    if not arguments.without_spark:
        spark = Spark(arguments, data, out)
        spark.measure(cases)

    for case in cases:
        compare(case, spate, *([spark] if spark else []), loop)
    if "ysb parquet" in cases and "ysb json" in cases:
        same = (spate.out / "ysb parquet").read_bytes() == (spate.out / "ysb json").read_bytes()
        if not same:
            fail("ysb: Parquet and JSON count otherwise")
    n = sizes.small_files
    if "latency stateful" in cases:
        expect("latency stateful", spate, n, n * (n + 1) // 2)
    if "state" in cases:
        changed = sizes.changes * sizes.batches
        expect("state", spate, changed, 2 * changed)

    report_rates(
        spate,
        spark,
        loop,
        {"wordcount": (5, 0.4), "ysb parquet": (8, None), "ysb json": (5, None)},
    )
    report_times(
        spate,
        spark,
        {
            "latency stateless": ("a row, stateless: median", 10),
            "latency stateful": ("a row, stateful: median", 10),
            "state": (f"{sizes.changes} of {sizes.keys} keys: median", 40),
            "first result": ("start to first result", 500),
        },
    )
    report_memory(spate, spark)
    if failed:
        print("some results were wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
