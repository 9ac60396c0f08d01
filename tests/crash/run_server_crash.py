#!/usr/bin/env python3
"""Kills the server in the middle of streaming queries, at every fault point and at random moments.

Queries of the official client run under load: files come in while they are read. A server that was
killed is started again, and the query from its checkpoint. What is there in the end must be what an
undisturbed run gives: each row once. The short form is in ctest; the long one:

    tests/crash/run_server_crash.py --server './spate server --port {port}' --random 100
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/stream"))
os.environ["TZ"] = "UTC"
time.tzset()

import engines  # noqa: E402

SCHEMA = "id LONG, key STRING, part STRING, time TIMESTAMP, v LONG"
KEYS = 17
ROWS = 40
START = datetime.datetime(2026, 1, 1)
# Small logs and early snapshots: compaction, clean-up and snapshots are to be killed, too.
CONF = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.streaming.minBatchesToRetain": "3",
    "spark.sql.streaming.stateStore.minDeltasForSnapshot": "2",
    "spark.sql.streaming.fileSource.log.compactInterval": "3",
    "spark.sql.streaming.fileSink.log.compactInterval": "3",
}
# How long a query may take; a server that hangs is a failure.
PATIENCE = 240.0

Row = tuple[object, ...]
Result = collections.Counter[Row]


class Failure(Exception):
    """What was written is not what it should be."""


class Rows:
    """The input: files of rows, with times that only go on, so that no row is late."""

    def __init__(self, seed: int, files: int) -> None:
        rng = random.Random(seed)
        self.files: list[list[dict[str, object]]] = []
        number = 0
        for _ in range(files):
            rows = []
            for _ in range(1 + rng.randrange(ROWS)):
                moment = START + datetime.timedelta(milliseconds=500 * number)
                key = rng.randrange(KEYS)
                rows.append(
                    {
                        "id": number,
                        "key": f"k{key}",
                        "part": f"p{key % 3}",
                        "time": f"{moment:%Y-%m-%d %H:%M:%S.%f}",
                        "v": rng.randrange(1000),
                    }
                )
                number += 1
            self.files.append(rows)

    def all(self) -> list[dict[str, object]]:
        return [row for rows in self.files for row in rows]


# --- the queries: how each is started, what it must have written, and what it has


def start_rows(frame: typing.Any, out: pathlib.Path, checkpoint: str, form: str) -> typing.Any:
    writer = frame.select("id", "key", "part", (frame.v * 2).alias("twice")).writeStream
    if form == "json":
        writer = writer.partitionBy("part")
    return writer.format(form).option("checkpointLocation", checkpoint).start(str(out))


def rows_wanted(rows: Rows) -> Result:
    return collections.Counter(
        (row["id"], row["key"], row["part"], 2 * typing.cast(int, row["v"])) for row in rows.all()
    )


def rows_given(spark: typing.Any, out: pathlib.Path, form: str) -> Result:
    schema = "id LONG, key STRING, part STRING, twice LONG"
    frame = spark.read.format(form).schema(schema).load(str(out))
    check_sink_log(out)
    return collections.Counter(
        tuple(row) for row in frame.select("id", "key", "part", "twice").collect()
    )


def check_sink_log(out: pathlib.Path) -> None:
    """The files of the log are there, each once, and the log has no gap."""
    log = out / "_spark_metadata"
    names = [path.name for path in log.iterdir() if not path.name.startswith(".")]
    numbers = sorted({int(name.partition(".")[0]) for name in names})
    whole = [int(name.partition(".")[0]) for name in names if name.endswith(".compact")]
    first = max(whole, default=0)
    if [number for number in numbers if number >= first] != list(range(first, numbers[-1] + 1)):
        raise Failure(f"{log} has a gap: {sorted(names)}")
    seen: collections.Counter[str] = collections.Counter()
    for number in range(first, numbers[-1] + 1):
        compact = log / f"{number}.compact"
        path = compact if compact.exists() else log / str(number)
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            seen[json.loads(line)["path"].removeprefix("file://")] += 1
    for name, times in seen.items():
        if times != 1:
            raise Failure(f"{log} has {name} {times} times")


def start_windows(frame: typing.Any, out: pathlib.Path, checkpoint: str, _: str) -> typing.Any:
    from pyspark.sql import functions as F

    counts = (
        frame.withWatermark("time", "2 seconds")
        .groupBy(F.window("time", "10 seconds"), "part")
        .agg(F.count("*").alias("n"), F.sum("v").alias("s"))
        .select("window.start", "part", "n", "s")
    )
    writer = counts.writeStream.format("parquet").partitionBy("part")
    return writer.option("checkpointLocation", checkpoint).start(str(out))


def windows_wanted(rows: Rows) -> Result:
    counts: dict[tuple[datetime.datetime, str], list[int]] = {}
    last = START
    for row in rows.all():
        moment = datetime.datetime.fromisoformat(str(row["time"]))
        last = max(last, moment)
        begin = moment - datetime.timedelta(
            seconds=moment.second % 10, microseconds=moment.microsecond
        )
        one = counts.setdefault((begin, str(row["part"])), [0, 0])
        one[0] += 1
        one[1] += typing.cast(int, row["v"])
    # The watermark is two seconds behind the newest row; a window is out when it is passed.
    closed = last - datetime.timedelta(seconds=12)
    return collections.Counter(
        (begin, part, n, s) for (begin, part), (n, s) in counts.items() if begin <= closed
    )


def windows_given(spark: typing.Any, out: pathlib.Path, _: str) -> Result:
    schema = "start TIMESTAMP, part STRING, n LONG, s LONG"
    frame = spark.read.schema(schema).parquet(str(out)).select("start", "part", "n", "s")
    check_sink_log(out)
    return collections.Counter(tuple(row) for row in frame.collect())


def start_batches(frame: typing.Any, out: pathlib.Path, checkpoint: str, _: str) -> typing.Any:
    from pyspark.sql import functions as F

    sums = frame.groupBy("key").agg(F.count("*").alias("n"), F.sum("v").alias("s"))
    target = str(out)

    def save(batch: typing.Any, number: int) -> None:
        """A batch that comes again replaces itself."""
        import json
        import os

        rows = [tuple(row) for row in batch.select("key", "n", "s").collect()]
        os.makedirs(target, exist_ok=True)
        hidden = os.path.join(target, f".{number}.tmp")
        with open(hidden, "w", encoding="utf-8") as file:
            json.dump(rows, file)
        os.replace(hidden, os.path.join(target, f"{number}.json"))

    writer = sums.writeStream.outputMode("update").foreachBatch(save)
    return writer.option("checkpointLocation", checkpoint).start()


def batches_wanted(rows: Rows) -> Result:
    sums: dict[str, list[int]] = {}
    for row in rows.all():
        one = sums.setdefault(str(row["key"]), [0, 0])
        one[0] += 1
        one[1] += typing.cast(int, row["v"])
    return collections.Counter((key, n, s) for key, (n, s) in sums.items())


def batches_given(_: typing.Any, out: pathlib.Path, __: str) -> Result:
    """The last word about each key; and no batch is missing."""
    batches = {
        int(path.stem): json.loads(path.read_text(encoding="utf-8")) for path in out.glob("*.json")
    }
    if sorted(batches) != list(range(len(batches))):
        raise Failure(f"a batch is missing among {sorted(batches)}")
    last: dict[str, Row] = {}
    for number in sorted(batches):
        for key, n, s in batches[number]:
            if key in last and typing.cast(int, last[key][1]) >= n:
                raise Failure(f"batch {number}: the count of {key} went from {last[key]} to {n}")
            last[key] = (key, n, s)
    return collections.Counter(last.values())


@dataclasses.dataclass(frozen=True)
class Query:
    start: typing.Callable[..., typing.Any]
    wanted: typing.Callable[[Rows], Result]
    given: typing.Callable[..., Result]
    form: str = ""


QUERIES = {
    "parquet": Query(start_rows, rows_wanted, rows_given, "parquet"),
    "json": Query(start_rows, rows_wanted, rows_given, "json"),
    "windows": Query(start_windows, windows_wanted, windows_given),
    "batches": Query(start_batches, batches_wanted, batches_given),
}


# --- one run: from an empty checkpoint to the end of the input, over any number of kills


class Run:
    def __init__(self, options: argparse.Namespace, name: str, seed: int) -> None:
        self.options = options
        self.query = QUERIES[name]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"crash-{name}-", dir=options.scratch))
        self.source = self.folder / "in"
        self.source.mkdir()
        self.out = self.folder / "out"
        self.rows = Rows(seed, options.files)
        self.engine = engines.ServerEngine(options.server, str(self.folder / "log"))
        self.kills = 0
        self.ended = threading.Event()
        self.writer = threading.Thread(target=self._write, args=(random.Random(seed),))
        # Of the last life.
        self.seconds = 0.0

    def _write(self, rng: random.Random) -> None:
        """Moves a file in now and then: whole, and later ones are newer."""
        for number, rows in enumerate(self.rows.files):
            hidden = self.folder / f"part-{number:04}.json"
            hidden.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            moment = time.time() - 10_000 + number
            os.utime(hidden, (moment, moment))
            hidden.rename(self.source / hidden.name)
            if self.ended.wait(rng.random() * 0.06):
                return

    def life(self) -> None:
        """Of one server: all of the input, unless it dies before."""
        spark = self.engine.session()
        for key, value in CONF.items():
            spark.conf.set(key, value)
        reader = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 2)
        frame = reader.json(str(self.source))
        query = self.query.start(frame, self.out, str(self.folder / "checkpoint"), self.query.form)
        self.writer.join()
        query.processAllAvailable()
        query.stop()
        given = self.query.given(spark, self.out, self.query.form)
        wanted = self.query.wanted(self.rows)
        if given != wanted:
            missing, more = wanted - given, given - wanted
            raise Failure(
                f"{sum(missing.values())} rows are missing, such as {list(missing)[:3]}; "
                f"{sum(more.values())} are too much, such as {list(more)[:3]}"
            )

    def run(self, points: list[str], kill_after: typing.Sequence[float] = ()) -> None:
        """`points` are for one life of the server each; `kill_after` seconds, too."""
        began = time.monotonic()
        moments = iter(kill_after)
        self.engine.restart(points.pop(0) if points else None)
        self.writer.start()
        while True:
            timer = None
            born = time.monotonic()
            moment = next(moments, None)
            if moment is not None:
                timer = threading.Timer(moment, self._send_kill)
                timer.start()
            try:
                self.life()
                break
            except Failure:
                raise
            except Exception as error:
                if not self.engine.has_died():
                    raise Failure(f"{type(error).__name__}: {str(error)[:1000]}") from error
            finally:
                if timer is not None:
                    timer.cancel()
                    timer.join()
            self.kills += 1
            if time.monotonic() - began > PATIENCE:
                raise Failure("does not come to an end")
            self.engine.restart(points.pop(0) if points else None)
        self.seconds = time.monotonic() - born

    def _send_kill(self) -> None:
        if self.engine.process is not None:
            self.engine.process.send_signal(signal.SIGKILL)

    def close(self, keep: bool) -> None:
        self.ended.set()
        if self.writer.is_alive():
            self.writer.join()
        self.engine.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


class Campaign:
    def __init__(self, options: argparse.Namespace, name: str) -> None:
        self.options = options
        self.name = name
        self.kills = 0
        self.runs = 0
        self.seconds = 0.0
        self.failures: list[str] = []

    def one(
        self, what: str, seed: int, points: list[str], moments: typing.Sequence[float] = ()
    ) -> Run:
        run = Run(self.options, self.name, seed)
        self.runs += 1
        failed = True
        try:
            run.run(points, moments)
            failed = False
        except Failure as failure:
            self.failures.append(f"{self.name}, {what}, seed {seed}: {failure} (in {run.folder})")
            print("FAILED", self.failures[-1], flush=True)
        finally:
            self.kills += run.kills
            run.close(keep=failed)
        return run

    def _fail(self, why: str) -> None:
        self.failures.append(f"{self.name}: {why}")

    def run(self) -> None:
        began = time.monotonic()
        seed = self.options.seed
        calm = self.one("undisturbed", seed, [])
        self.seconds = calm.seconds
        if self.failures:
            return
        points = sorted(calm.engine.reached)
        if self.options.points is not None:
            points = [point for point in points if self.options.points in point]
        elif not points:
            self._fail("no fault point was reached in an undisturbed run")
        for point in points[seed % self.options.every :: self.options.every]:
            for nth in self.options.nth:
                # Again in what follows: the replay meets most points for the first time.
                run = self.one(f"killed at {point}:{nth}", seed, [f"{point}:{nth}", f"{point}:1"])
                # Only some points are met more often than once.
                if nth == 1 and run.kills == 0:
                    self._fail(f"nothing was killed at {point}:1")
        if points and self.kills == 0:
            self._fail("nothing was killed at any fault point")
        wanted = self.kills + self.options.random
        number = 0
        while self.kills < wanted and not self.failures:
            number += 1
            rng = random.Random(seed + number)
            count = min(1 + rng.randrange(5), wanted - self.kills)
            moments = [rng.random() * self.seconds * 0.9 for _ in range(count)]
            run = self.one("killed at random moments", seed + number, [], moments)
            # On a busy machine the undisturbed run may have been a slow one.
            if run.kills == 0:
                self.seconds = min(self.seconds, run.seconds)
        print(
            f"{self.name}: {len(points)} fault points, {self.kills} kills, {self.runs} runs, "
            f"{len(self.failures)} failed, {time.monotonic() - began:.1f} s",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True, help="the command of it, with {port} in it")
    parser.add_argument("--query", action="append", choices=list(QUERIES), help="default: all")
    parser.add_argument("--random", type=int, default=10, help="random moments for each query")
    parser.add_argument("--nth", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--points", help="only fault points with this in their names; '-': none")
    parser.add_argument("--every", type=int, default=1, help="only every so manyth fault point")
    parser.add_argument("--files", type=int, default=16, help="of input")
    parser.add_argument("--seed", type=int, default=0, help="0: chosen by chance, and printed")
    # SIGKILL loses nothing that was written, so a disk in memory will do.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    parser.add_argument("--scratch", default=memory, help="where to work; default: in memory")
    options = parser.parse_args()
    options.seed = options.seed or random.SystemRandom().randrange(1, 1_000_000)
    print(f"seed {options.seed}", flush=True)
    failures: list[str] = []
    for name in options.query or QUERIES:
        campaign = Campaign(options, name)
        campaign.run()
        failures += campaign.failures
    for failure in failures:
        print("FAILED", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
