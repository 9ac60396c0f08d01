"""Queries with state that real Spark and the server hand over to each other."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import time
import typing

SCHEMA = "ts TIMESTAMP, k STRING, v LONG"
CONF = {"spark.sql.shuffle.partitions": "2", "spark.sql.session.timeZone": "UTC"}
# Three files of rows (second, key, value). The second closes the windows of the first, and has a
# key of the first again; the third depends on what was kept of both.
INPUT = [
    [(1, "a", 1), (2, "b", 2), (7, "a", 3), (12, "c", 5)],
    [(23, "a", 7), (21, "b", 11), (24, "d", 13), (14, "c", 17)],
    [(24, "a", 19), (13, "c", 23), (52, "e", 29), (53, None, 31)],
]


def windows(events: typing.Any) -> typing.Any:
    from pyspark.sql import functions as F

    return (
        events.withWatermark("ts", "10 seconds")
        .groupBy(F.window("ts", "10 seconds"), "k")
        .agg(
            F.sum("v").alias("s"),
            F.count("*").alias("n"),
            F.avg("v").alias("a"),
            F.max("k").alias("m"),
        )
        .select(F.col("window.start").cast("string").alias("start"), "k", "s", "n", "a", "m")
    )


def duplicates(events: typing.Any) -> typing.Any:
    return events.dropDuplicates(["k"]).selectExpr("k", "v")


def duplicates_within(events: typing.Any) -> typing.Any:
    deduplicated = events.withWatermark("ts", "10 seconds").dropDuplicatesWithinWatermark(["k"])
    return deduplicated.selectExpr("k", "v")


def first_rows(events: typing.Any) -> typing.Any:
    return events.limit(9).selectExpr("1 AS one")


@dataclasses.dataclass(frozen=True)
class Stateful:
    make: typing.Callable[[typing.Any], typing.Any]
    columns: str
    # What is in the sink after the second file, and after the third.
    half: list[tuple[object, ...]]
    whole: list[tuple[object, ...]]


_EARLY = [
    ("2026-01-01 00:00:00", "a", 4, 2, 2.0, "a"),
    ("2026-01-01 00:00:00", "b", 2, 1, 2.0, "b"),
]

QUERIES = {
    "windows": Stateful(
        windows,
        "start STRING, k STRING, s LONG, n LONG, a DOUBLE, m STRING",
        _EARLY,
        [
            *_EARLY,
            ("2026-01-01 00:00:10", "c", 45, 3, 15.0, "c"),
            ("2026-01-01 00:00:20", "a", 26, 2, 13.0, "a"),
            ("2026-01-01 00:00:20", "b", 11, 1, 11.0, "b"),
            ("2026-01-01 00:00:20", "d", 13, 1, 13.0, "d"),
        ],
    ),
    "duplicates": Stateful(
        duplicates,
        "k STRING, v LONG",
        [("a", 1), ("b", 2), ("c", 5), ("d", 13)],
        [("a", 1), ("b", 2), ("c", 5), ("d", 13), ("e", 29), (None, 31)],
    ),
    "duplicates_within": Stateful(
        duplicates_within,
        "k STRING, v LONG",
        [("a", 1), ("b", 2), ("c", 5), ("d", 13)],
        [("a", 1), ("b", 2), ("c", 5), ("d", 13), ("a", 19), ("e", 29), (None, 31)],
    ),
    "first_rows": Stateful(first_rows, "one INT", [(1,)] * 8, [(1,)] * 9),
}


def write_input(folder: pathlib.Path, number: int) -> None:
    """A file appears at once, and later ones are newer."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {"ts": f"2026-01-01 00:00:{second:02}", "k": key, "v": value}
        for second, key, value in INPUT[number]
    ]
    hidden = folder.parent / f"part-{number}.json"
    hidden.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    moment = time.time() - 1000 + number
    os.utime(hidden, (moment, moment))
    hidden.rename(folder / hidden.name)


def start(spark: typing.Any, name: str, folder: pathlib.Path) -> typing.Any:
    """The query over `folder`/in, into `folder`/out, with `folder`/checkpoint."""
    for key, value in CONF.items():
        spark.conf.set(key, value)
    reader = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1)
    frame = QUERIES[name].make(reader.json(str(folder / "in")))
    writer = frame.writeStream.format("json").queryName(name)
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    return writer.start(str(folder / "out"))


def run(spark: typing.Any, name: str, folder: pathlib.Path) -> str:
    """All there is to do; the query's id."""
    query = start(spark, name, folder)
    try:
        query.processAllAvailable()
        return query.id
    finally:
        query.stop()


def rows(spark: typing.Any, name: str, folder: pathlib.Path) -> list[tuple[object, ...]]:
    frame = spark.read.schema(QUERIES[name].columns).json(str(folder / "out"))
    return in_order([tuple(row) for row in frame.collect()])


def in_order(some: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(some, key=repr)
