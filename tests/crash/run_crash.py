#!/usr/bin/env python3
"""Kills crash-app at every fault point and at random moments; its output must be exactly once.

For each kind of input the program first runs without being disturbed. Then it is killed
(SIGKILL) and started again until it ends, and what it has written must be the same: batch by
batch where the input decides what a batch holds (queue), else word by word over all batches.
"""

from __future__ import annotations

import argparse
import collections
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

WORDS_PER_LINE = 6


class Failure(Exception):
    """What was written is not what it should be."""


class Source:
    """The input of one run: what the program reads, and what must come out."""

    def __init__(self, kind: str, folder: pathlib.Path, seed: int) -> None:
        self.kind = kind
        self.path = folder / "source"
        self.expected: collections.Counter[str] = collections.Counter()
        self.seed = seed
        self.writer: threading.Thread | None = None
        self.ended = threading.Event()
        rng = random.Random(seed)
        lines = [
            " ".join(f"w{rng.randrange(40)}" for _ in range(rng.randrange(WORDS_PER_LINE)))
            for _ in range(600)
        ]
        if kind != "queue":
            for line in lines:
                self.expected.update(line.split())
        if kind == "files":
            self.path.mkdir()
            self.writer = threading.Thread(target=self._write_files, args=(lines, folder))
            self.writer.start()
        elif kind == "receiver":
            self.path.write_text("".join(line + "\n" for line in lines))

    def _write_files(self, lines: list[str], folder: pathlib.Path) -> None:
        """Moves a file in now and then, as Spark asks for: whole, and with a new name."""
        rng = random.Random(self.seed)
        number = 0
        while lines and not self.ended.is_set():
            count = 1 + rng.randrange(60)
            part, lines = lines[:count], lines[count:]
            written = folder / f"part-{number:04d}.tmp"
            written.write_text("".join(line + "\n" for line in part))
            written.rename(self.path / f"part-{number:04d}")
            number += 1
            self.ended.wait(rng.random() * 0.08)

    def arguments(self) -> list[str]:
        if self.kind == "queue":
            return []
        return ["--source", str(self.path), "--words", str(sum(self.expected.values()))]

    def close(self) -> None:
        self.ended.set()
        if self.writer:
            self.writer.join()


class Run:
    """One life of the program: from an empty directory to its own end, over any number of kills."""

    def __init__(self, options: argparse.Namespace, kind: str, seed: int) -> None:
        self.options = options
        self.kind = kind
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"crash-{kind}-", dir=options.scratch))
        self.output = self.folder / "output"
        self.source = Source(kind, self.folder, seed)
        self.starts = 0

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        self.starts += 1
        command = [
            self.options.app,
            *("--input", self.kind),
            *("--checkpoint", str(self.folder / "checkpoint")),
            *("--output", str(self.output)),
            *("--batch-millis", str(self.options.batch_millis)),
            *("--batches", str(self.options.batches)),
            *self.source.arguments(),
            *more,
        ]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    def wait(self, process: subprocess.Popen[bytes], may_be_killed: bool = False) -> bool:
        """True: it ended by itself. False: it was killed."""
        try:
            code = process.wait(timeout=self.options.timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure(f"does not end; see {self.folder}/log") from None
        if code == 0:
            return True
        if may_be_killed and code == -signal.SIGKILL:
            return False
        raise Failure(f"exit code {code}; see {self.folder}/log")

    def close(self, keep: bool) -> None:
        self.source.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    # What it has written.

    def batches(self, name: str) -> dict[int, list[str]]:
        """The sorted lines of each batch, by its number."""
        saved: dict[int, list[str]] = {}
        for folder in self.output.glob(f"{name}-*"):
            if not (folder / "_SUCCESS").exists():
                raise Failure(f"{folder} is not whole")
            lines: list[str] = []
            for part in folder.glob("part-*"):
                lines += part.read_text().splitlines()
            saved[int(folder.name.rsplit("-", 1)[1])] = sorted(lines)
        first = min(saved, default=0)
        return {(at - first) // self.options.batch_millis: saved[at] for at in saved}

    def results(self) -> dict[str, object]:
        counts, totals = self.batches("counts"), self.batches("totals")
        for name, saved in (("counts", counts), ("totals", totals)):
            if sorted(saved) != list(range(len(saved))):
                raise Failure(f"{name}: a batch is missing among {sorted(saved)}")
            if not saved:
                raise Failure(f"there are no {name}")
        last = dict(parse(line) for line in totals[max(totals)])
        summed: collections.Counter[str] = collections.Counter()
        for lines in counts.values():
            summed.update(dict(parse(line) for line in lines))
        if dict(summed) != last:
            raise Failure(f"the counts of all batches are not the totals: {summed} and {last}")
        if self.kind == "queue":
            return {"counts": counts, "totals": totals, "windows": self.batches("windows")}
        if dict(self.source.expected) != last:
            wrong = {
                w: (n, last.get(w)) for w, n in self.source.expected.items() if last.get(w) != n
            }
            raise Failure(f"expected and counted differ: {wrong}")
        self.check_windows(counts)
        return {}

    def check_windows(self, counts: dict[int, list[str]]) -> None:
        """Each window must be the sum of the six batches that it covers."""
        # The first is that of the second batch: batch numbers begin at 0, windows slide by two.
        for number, lines in self.batches("windows").items():
            covered: collections.Counter[str] = collections.Counter()
            for batch in range(number + 1 - 5, number + 2):
                covered.update(dict(parse(line) for line in counts.get(batch, [])))
            if dict(parse(line) for line in lines) != dict(covered):
                raise Failure(f"the window that ends with batch {number + 1} is wrong")


def parse(line: str) -> tuple[str, int]:
    word, count = line.strip("()").split(",")
    return word, int(count)


def compare(expected: dict[str, object], actual: dict[str, object]) -> None:
    for name, batches in expected.items():
        # Killed after its last commit and before its end, the program runs an empty batch more.
        actual[name] = {n: lines for n, lines in actual[name].items() if n <= max(batches)}
        if actual[name] == batches:
            continue
        for number in sorted(set(batches) | set(actual[name])):
            if batches.get(number) != actual[name].get(number):
                raise Failure(
                    f"{name}, batch {number}: expected {batches.get(number)}, "
                    f"got {actual[name].get(number)}"
                )


class Suite:
    def __init__(self, options: argparse.Namespace, kind: str) -> None:
        self.options = options
        self.kind = kind
        self.kills = 0
        self.runs = 0
        self.failures: list[str] = []
        self.expected: dict[str, object] = {}
        self.seconds = 0.0

    def one(self, what: str, seed: int, body) -> None:
        run = Run(self.options, self.kind, seed)
        failed = True
        self.runs += 1
        try:
            body(run)
            compare(self.expected, run.results())
            failed = False
        except Failure as failure:
            self.failures.append(f"{self.kind}, {what}, seed {seed}: {failure} (in {run.folder})")
            print("FAILED", self.failures[-1], flush=True)
        finally:
            run.close(keep=failed)

    def fault_points(self) -> list[str]:
        """Runs undisturbed; keeps the results to compare with."""
        points: list[str] = []

        def body(run: Run) -> None:
            begin = time.monotonic()
            names = run.folder / "points"
            run.wait(run.start("--list-fault-points", str(names)))
            self.seconds = time.monotonic() - begin
            points.extend(names.read_text().split())
            self.expected = run.results()

        self.one("undisturbed", self.options.seed, body)
        return points

    def kill_at(self, point: str, nth: int) -> None:
        def body(run: Run) -> None:
            if run.wait(run.start("--kill", f"{point}:{nth}"), may_be_killed=True):
                return  # the point is not reached that often
            self.kills += 1
            # Again in what follows: the replay meets most points for the first time.
            if not run.wait(run.start("--kill", f"{point}:1"), may_be_killed=True):
                self.kills += 1
                run.wait(run.start())

        self.one(f"killed at {point}:{nth}", self.options.seed, body)

    def kill_at_random(self, wanted: int) -> None:
        number = 0
        killed = 0
        while killed < wanted and not self.failures:
            number += 1
            seed = self.options.seed + number

            def body(run: Run, seed: int = seed) -> None:
                nonlocal killed
                rng = random.Random(seed)
                for _ in range(rng.randrange(1, 6)):
                    process = run.start()
                    begin = time.monotonic()
                    try:
                        process.wait(timeout=rng.random() * self.seconds * 0.9)
                        # On a busy machine the undisturbed run may have been a slow one.
                        self.seconds = min(self.seconds, time.monotonic() - begin)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        killed += 1
                    if run.wait(process, may_be_killed=True):
                        return
                run.wait(run.start())

            self.one("killed at random moments", seed, body)
        self.kills += killed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", required=True, help="the built crash-app")
    parser.add_argument("--input", action="append", help="queue, files, receiver; default: all")
    parser.add_argument("--random", type=int, default=10, help="random moments per kind of input")
    parser.add_argument("--nth", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--points", help="only fault points with this in their names; '-': none")
    parser.add_argument("--seed", type=int, default=0, help="0: chosen by chance, and printed")
    parser.add_argument("--batches", type=int, default=14)
    parser.add_argument("--batch-millis", type=int, default=25)
    parser.add_argument("--timeout", type=float, default=300)
    # SIGKILL loses nothing that was written, so a disk in memory will do; a device that others
    # write to can make each of a batch's many syncs take long.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    parser.add_argument("--scratch", default=memory, help="where to work; default: in memory")
    options = parser.parse_args()
    options.seed = options.seed or random.SystemRandom().randrange(1, 1_000_000)
    kinds = options.input or ["queue", "files", "receiver"]
    print(f"seed {options.seed}", flush=True)

    failures: list[str] = []
    for kind in kinds:
        begin = time.monotonic()
        suite = Suite(options, kind)
        points = suite.fault_points()
        if not suite.failures:
            chosen = [p for p in points if options.points is None or options.points in p]
            for point in chosen:
                for nth in options.nth:
                    suite.kill_at(point, nth)
            suite.kill_at_random(options.random)
            print(
                f"{kind}: {len(chosen)} fault points, {suite.kills} kills, {suite.runs} runs, "
                f"{len(suite.failures)} failed, {time.monotonic() - begin:.1f} s",
                flush=True,
            )
        failures += suite.failures
    for failure in failures:
        print("FAILED", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
