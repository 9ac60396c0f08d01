#!/usr/bin/env python3
"""Runs `.stream` files with the official PySpark client; README.md describes them."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import traceback
import typing

import engines
import rows
import stream_file
from ways import FAULT_POINTS, OTHER_FAULT_POINTS, Way, ways_of

HERE = pathlib.Path(__file__).resolve().parent
# How long what is reported besides the rows may take to show up.
PROGRESS_SECONDS = 10.0


class Failure(Exception):
    """What came out is not what the file says."""


def error_class(error: BaseException) -> str:
    for name in ("getCondition", "getErrorClass"):
        getter = getattr(error, name, None)
        if getter is not None:
            return getter() or ""
    return ""


class Run:
    """One file on one engine, in a folder of its own."""

    def __init__(
        self,
        file: stream_file.StreamFile,
        engine: engines.Engine,
        folder: pathlib.Path,
        way: Way,
    ) -> None:
        self.file = file
        self.engine = engine
        self.folder = folder
        self.way = way
        self.partitions = file.partitions or way.partitions
        self.sink = "memory"
        if way.by_batch or file.sink == "foreachBatch":
            self.sink = "foreachBatch"
        elif way.kills or file.has_restart:
            # What was put out has to be there after a restart; files are quicker than Python.
            self.sink = "parquet" if file.mode == "append" else "foreachBatch"
        self.points = list(way.points)
        self.deaths = 0
        self.table = "out_" + file.name.replace("-", "_")
        self.files_written = 0
        self.seen: collections.Counter[str] = collections.Counter()
        self.last_batch = -1
        self.first_batch_of_step = 0
        self.query: typing.Any = None
        for name in file.inputs:
            (folder / "in" / name).mkdir(parents=True)
        (folder / "out").mkdir()

    # --- the query

    def start(self) -> None:
        self.spark = self.engine.session()
        self.spark.conf.set("spark.sql.session.timeZone", "UTC")
        self.spark.conf.set("spark.sql.shuffle.partitions", str(self.partitions))
        for key, value in self.file.conf.items():
            self.spark.conf.set(key, value)
        frame = self._frame()
        writer = frame.writeStream.outputMode(self.file.mode)
        writer = writer.option("checkpointLocation", str(self.folder / "checkpoint"))
        self.schema = frame.schema
        if self.sink == "foreachBatch":
            writer = writer.foreachBatch(_batch_writer(str(self.folder / "out"), str(HERE)))
        elif self.sink == "parquet":
            writer = writer.format("parquet").option("path", str(self.folder / "out"))
        else:
            writer = writer.format("memory").queryName(self.table)
        self.query = writer.start()

    def _frame(self) -> typing.Any:
        names: dict[str, typing.Any] = {}
        exec("from pyspark.sql.functions import *", names)
        exec("from pyspark.sql import functions as F, types as T", names)
        names["spark"] = self.spark
        for name, schema in self.file.inputs.items():
            reader = self.spark.readStream.schema(schema).option("maxFilesPerTrigger", 1)
            names[name] = reader.json(str(self.folder / "in" / name))
            names[name].createOrReplaceTempView(name)
        for name, (schema, lines) in self.file.statics.items():
            path = self.folder / f"{name}.json"
            path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            names[name] = self.spark.read.schema(schema).json(str(path))
            names[name].createOrReplaceTempView(name)
        return eval("(" + self.file.query + "\n)", names)

    def stop(self) -> None:
        if self.query is not None:
            self.query.stop()
            self.query = None

    # --- steps

    def run(self) -> None:
        if self.file.refused:
            self._expect_refusal(self.file.refused)
            return
        if self.points:
            self.engine.restart(self.points.pop(0))
        self._go_on(self.start)
        try:
            for step in self.file.steps:
                if step.restart:
                    self._go_on(self.stop)
                    self._go_on(self.start)
                else:
                    self._step(step)
        finally:
            if self.engine.is_alive():
                self.stop()

    def _go_on(self, action: typing.Callable[[], None]) -> None:
        """Does it; when the server dies meanwhile, the next one starts the query again."""
        while True:
            try:
                return action()
            except Exception:
                if not self.way.kills or not self.engine.has_died():
                    raise
            self.deaths += 1
            self.query = None
            self.engine.restart(self.points.pop(0) if self.points else None)
            if action == self.stop:
                return None
            if action != self.start:
                self._go_on(self.start)

    def _expect_refusal(self, expected: str) -> None:
        wanted, _, text = expected.partition(" ")
        try:
            self.start()
        except Exception as error:
            if error_class(error) != wanted or text not in str(error):
                raise Failure(f"refused with {error_class(error)!r}: {error}") from error
            return
        self.stop()
        raise Failure(f"started, and should be refused with {wanted}")

    def _write(self, step: stream_file.Step) -> None:
        """A file appears at once and whole, and later ones are newer."""
        for name, lines in step.rows.items():
            self.files_written += 1
            hidden = self.folder / f"part-{self.files_written:04}.json"
            hidden.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            moment = time.time() - 1000 + self.files_written
            os.utime(hidden, (moment, moment))
            hidden.rename(self.folder / "in" / name / hidden.name)

    def _step(self, step: stream_file.Step) -> None:
        self.first_batch_of_step = self.last_batch + 1
        self._write(step)
        try:
            self._process_all()
        except Exception as error:
            if step.fails is None:
                raise
            text = f"{error_class(error)} {error}"
            if step.fails not in text:
                raise Failure(f"line {step.line}: failed with {text}") from error
            self.query = None
            return
        if step.fails is not None:
            raise Failure(f"line {step.line}: did not fail with {step.fails}")
        self._check_rows(step)
        self._check_progress(step)

    def _process_all(self) -> None:
        """With kills, the server dies somewhere in the step, and the query goes on after it."""
        if self.way.moments is None:
            self._go_on(lambda: self.query.processAllAvailable())
            return
        timer = threading.Timer(self.way.moments.random() * 0.3, self.engine.kill)
        timer.start()
        try:
            self.query.processAllAvailable()
        except Exception:
            timer.join()
            if self.engine.is_alive():
                raise
        timer.join()
        self.engine.restart()
        self.start()
        self.query.processAllAvailable()

    def _check_rows(self, step: stream_file.Step) -> None:
        given = self._given(step)
        wanted = collections.Counter(step.gives or [])
        if given == wanted:
            return
        lines = [f"line {step.line}: the rows differ"]
        lines += [f"  missing: {row}" for row in sorted((wanted - given).elements())]
        lines += [f"  too much: {row}" for row in sorted((given - wanted).elements())]
        raise Failure("\n".join(lines))

    def _given(self, step: stream_file.Step) -> collections.Counter[str]:
        found: list[collections.Counter[str]] = []
        # A server that dies at an idle look is one that dies while it is asked for the rows.
        self._go_on(lambda: found.append(self._rows_of_step()))
        return found[-1]

    def _rows_of_step(self) -> collections.Counter[str]:
        if self.sink != "foreachBatch":
            if self.sink == "parquet":
                frame = self.spark.read.schema(self.schema).parquet(str(self.folder / "out"))
            else:
                frame = self.spark.sql(f"SELECT * FROM {self.table}")
            whole = collections.Counter(rows.row_text(row) for row in frame.collect())
            if self.file.mode == "complete":
                return whole
            given = whole - self.seen
            self.seen = whole
            return given
        batches = sorted(int(path.stem) for path in (self.folder / "out").glob("*.json"))
        new = [batch for batch in batches if batch > self.last_batch]
        self.last_batch = batches[-1] if batches else -1
        if self.file.mode == "complete":
            new = batches[-1:]
        given = collections.Counter()
        for batch in new:
            text = (self.folder / "out" / f"{batch}.json").read_text(encoding="utf-8")
            given.update(json.loads(text))
        return given

    # --- what the progress says

    def _check_progress(self, step: stream_file.Step) -> None:
        wanted = (step.watermark, step.state, step.late, step.batches)
        # After a kill the progress of a batch may be lost, and a run of it counted anew.
        if self.way.kills or all(value is None for value in wanted):
            return
        deadline = time.monotonic() + PROGRESS_SECONDS
        while True:
            problems = self._progress_problems(step)
            if not problems or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if problems:
            raise Failure(f"line {step.line}: " + "; ".join(problems))

    def _progress_problems(self, step: stream_file.Step) -> list[str]:
        progresses: dict[int, dict[str, typing.Any]] = {}
        for progress in self.query.recentProgress:
            text = progress if isinstance(progress, dict) else json.loads(progress.json)
            # An idle trigger reports under the number of the batch to come, without its rows.
            if "addBatch" in text["durationMs"]:
                progresses[text["batchId"]] = text
        if not progresses:
            return ["there is no progress yet"]
        last = progresses[max(progresses)]
        problems = []
        watermark = (last.get("eventTime") or {}).get("watermark")
        if step.watermark is not None and watermark != step.watermark:
            problems.append(f"the watermark is {watermark}, not {step.watermark}")
        state = [operator["numRowsTotal"] for operator in last["stateOperators"]]
        if step.state is not None and state != step.state:
            problems.append(f"the state has {state} rows, not {step.state}")
        total = sum(
            operator["numRowsDroppedByWatermark"]
            for progress in progresses.values()
            for operator in progress["stateOperators"]
        )
        if step.late is not None and total != step.late:
            problems.append(f"{total} late rows were dropped, not {step.late}")
        if step.batches is not None and len(progresses) != step.batches:
            problems.append(f"{len(progresses)} batches ran, not {step.batches}")
        return problems


def _batch_writer(out: str, here: str) -> typing.Callable[[typing.Any, int], None]:
    """Writes a batch as one file, so that a batch that is run again replaces itself."""

    def write(frame: typing.Any, batch: int) -> None:
        import json
        import os
        import sys

        sys.path.insert(0, here)
        import rows

        lines = [rows.row_text(row) for row in frame.collect()]
        hidden = os.path.join(out, f".{batch}.tmp")
        with open(hidden, "w", encoding="utf-8") as file:
            json.dump(lines, file)
        os.replace(hidden, os.path.join(out, f"{batch}.json"))

    return write


@dataclasses.dataclass
class Tally:
    """What was run of one file."""

    problems: list[str] = dataclasses.field(default_factory=list)
    runs: int = 0
    deaths: int = 0


def run_file(
    path: pathlib.Path, number: int, engine: engines.Engine, args: argparse.Namespace
) -> Tally:
    tally = Tally()
    file = stream_file.read(path)
    armed = False
    for way in ways_of(file, number, args):
        tally.runs += 1
        armed = armed or bool(way.points)
        with tempfile.TemporaryDirectory(prefix="spate-stream-") as folder:
            run = Run(file, engine, pathlib.Path(folder), way)
            try:
                if not engine.is_alive():
                    engine.restart()
                run.run()
            except Failure as failure:
                tally.problems.append(f"{way.text()}{failure}")
            except Exception as error:
                text = traceback.format_exc() if args.verbose else str(error).strip()
                tally.problems.append(f"{way.text()}{type(error).__name__}: {text[:2000]}")
            tally.deaths += run.deaths
            if run.deaths < len(way.points):
                # The next file is not to meet what is still armed.
                engine.kill()
    if args.kill_at in ("each", "all") and armed and tally.deaths == 0:
        tally.problems.append("nothing was killed at any fault point")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--server", help="the command that starts a server, with {port} in it")
    where.add_argument("--remote", help="sc://host:port of a server that runs")
    where.add_argument("--spark", action="store_true", help="real Spark in this process")
    parser.add_argument("--partitions", default="2", help="counts to run each file with: 1,2,3")
    parser.add_argument("--kill", action="store_true", help="also kill the server in every step")
    parser.add_argument(
        "--kill-at",
        metavar="each|all|one|POINT:NTH,...",
        help="let it also kill itself at each fault point, in a run for each or all in one; at one "
        "per file in turn; or there",
    )
    parser.add_argument("--only-kill", action="store_true", help="no run that is not killed")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and points of kills")
    parser.add_argument("--every", type=int, default=1, help="only every so manyth file")
    parser.add_argument("--foreach-batch", action="store_true", help="write by foreachBatch")
    parser.add_argument("--log", default="server.log", help="what a started server prints")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    if (args.kill or args.kill_at) and not args.server:
        parser.error("--kill and --kill-at need --server")

    paths = (args.files or sorted(HERE.rglob("*.stream")))[args.seed % args.every :: args.every]
    if not paths:
        parser.error("there are no files")
    os.environ["TZ"] = "UTC"
    time.tzset()
    if args.server:
        engine: engines.Engine = engines.ServerEngine(args.server, args.log)
    else:
        engine = engines.RemoteEngine(args.remote) if args.remote else engines.LocalSpark()
    failed = []
    runs = deaths = 0
    try:
        for number, path in enumerate(paths):
            began = time.monotonic()
            tally = run_file(path, number, engine, args)
            problems = tally.problems
            runs += tally.runs
            deaths += tally.deaths
            verdict = "failed" if problems else "ok"
            name = path.resolve()
            shown = name.relative_to(HERE) if name.is_relative_to(HERE) else path
            print(f"{verdict:6} {shown} ({time.monotonic() - began:.1f} s)", flush=True)
            for problem in problems:
                print("       " + problem.replace("\n", "\n       "), flush=True)
            if problems:
                failed.append(path)
    finally:
        engine.close()
    spared = bool(args.kill_at) and runs > 0 and deaths == 0
    if spared:
        print("nothing was killed at any fault point")
    unknown = engine.reached - set(FAULT_POINTS) - OTHER_FAULT_POINTS
    if unknown:
        print(f"fault points that FAULT_POINTS has not: {', '.join(sorted(unknown))}")
    print(
        f"{len(paths) - len(failed)} of {len(paths)} files passed, in {runs} runs; "
        f"the server was killed {deaths} times at fault points"
    )
    return 1 if failed or unknown or spared else 0


if __name__ == "__main__":
    sys.exit(main())
