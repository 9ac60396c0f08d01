"""In which ways a `.stream` file is run: partitions, and where the server is killed."""

from __future__ import annotations

import argparse
import dataclasses
import random

import stream_file

# Where a batch may be killed, in the order in which it comes by.
FAULT_POINTS = [
    "beforeChooseOffsets",
    "sources.beforeWrite",
    "sources.afterWrite",
    "afterChooseOffsets",
    "beforeLogOffsets",
    "afterLogOffsets",
    "beforeRun",
    "afterRun",
    "beforeCommitSinksAndState",
    "sink.beforeWrite",
    "sink.afterWrite",
    "betweenSinkAndState",
    "state.beforeDelta",
    "state.afterDelta",
    "afterCommitSinksAndState",
    "beforeLogCommit",
    "afterLogCommit",
]
# Reached where state is older than any file here makes it; tests/crash has them.
OTHER_FAULT_POINTS = {"state.beforeSnapshot", "state.afterSnapshot", "state.beforeDelete"}


@dataclasses.dataclass
class Way:
    """How a file is run."""

    partitions: int
    by_batch: bool = False
    # The server is killed at a random moment of each step,
    moments: random.Random | None = None
    # or once each at these fault points, POINT:NTH, one life of the server after the other.
    points: list[str] = dataclasses.field(default_factory=list)

    @property
    def kills(self) -> bool:
        return self.moments is not None or bool(self.points)

    def text(self) -> str:
        text = f"with {self.partitions} partitions"
        if self.moments is not None:
            text += ", killed"
        if self.points:
            text += ", killed at " + " and ".join(self.points)
        return text + ": "


def ways_of(file: stream_file.StreamFile, number: int, args: argparse.Namespace) -> list[Way]:
    """Every way in which the file is run; `number` is its place among the files."""
    counts = [int(count) for count in args.partitions.split(",")]
    ways = [Way(count, args.foreach_batch) for count in counts]
    if file.partitions or file.refused:
        ways = ways[:1]
    if args.only_kill:
        ways = []
    if file.refused or any(step.fails for step in file.steps):
        return ways
    if args.kill:
        ways.append(Way(counts[0], args.foreach_batch, random.Random(f"{args.seed}/{file.name}")))
    if args.kill_at == "each":
        # Again in what follows: the replay meets most points for the first time.
        ways += [
            Way(counts[number % len(counts)], points=[f"{point}:{nth}", f"{point}:1"])
            for point in FAULT_POINTS
            for nth in (1, 2)
        ]
    elif args.kill_at == "all":
        # In one run, a life of the server for each: all within the first batch, and the second.
        for nth in (1, 2):
            points = [f"{FAULT_POINTS[0]}:{nth}", *(f"{point}:1" for point in FAULT_POINTS[1:])]
            ways += [Way(count, points=points) for count in counts]
    elif args.kill_at == "one":
        point = FAULT_POINTS[(number + args.seed) % len(FAULT_POINTS)]
        ways.append(Way(counts[number % len(counts)], points=[f"{point}:{1 + number % 2}"]))
    elif args.kill_at:
        ways.append(Way(counts[0], points=args.kill_at.split(",")))
    return ways
