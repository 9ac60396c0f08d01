"""Queries that real Spark and the server hand over to each other."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import time
import typing

Row = tuple[object, ...]

SCHEMA = "ts TIMESTAMP, k STRING, v LONG"
# Every second batch is a compaction of the logs of files: those are handed over, too.
CONF = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.streaming.fileSource.log.compactInterval": "2",
    "spark.sql.streaming.fileSink.log.compactInterval": "2",
}
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


def chained(events: typing.Any) -> typing.Any:
    """Two operators with state: of what is counted, nothing was there before."""
    from pyspark.sql import functions as F

    once = events.withWatermark("ts", "10 seconds").dropDuplicatesWithinWatermark(["k"])
    counts = once.groupBy(F.window("ts", "10 seconds")).count()
    return counts.select(
        F.col("window.start").cast("string").alias("start"), F.col("count").alias("n")
    )


def updated(events: typing.Any) -> typing.Any:
    """Buffers of many kinds: decimals, and several columns."""
    from pyspark.sql import functions as F

    exact = F.col("v").cast("decimal(12,2)")
    return events.groupBy("k").agg(
        F.count("*"),
        F.sum(exact).cast("string"),
        F.avg(exact).cast("string"),
        F.round(F.stddev_pop("v"), 6),
        F.min("ts").cast("string"),
        F.max_by("v", "ts"),
        F.first("v"),
        F.bool_and(F.col("v") > 2),
        F.round(F.covar_pop("v", F.second("ts")), 6),
    )


def collected(events: typing.Any) -> typing.Any:
    """Buffers that Spark serialises by itself."""
    from pyspark.sql import functions as F

    remainders = F.collect_set(F.struct(F.col("v") % 4))
    return events.groupBy("k").agg(
        F.collect_list("v"),
        F.sort_array(remainders).cast("string"),
        F.array_agg("ts")[0].cast("string"),
    )


def summarised(events: typing.Any) -> typing.Any:
    """Buffers of what Spark puts in the place of others, of counted values and of summaries."""
    from pyspark.sql import functions as F

    second = F.second("ts")
    line = [F.regr_slope, F.regr_intercept, F.regr_r2, F.regr_sxx, F.regr_sxy, F.regr_syy]
    values = [F.round(function("v", second), 6) for function in line]
    values += [F.regr_avgx("v", second), F.regr_avgy("v", second), F.regr_count("v", second)]
    values += [
        F.try_sum("v"),
        F.expr("avg(make_dt_interval(0, 0, 0, v))").cast("string"),
        F.percentile("v", 0.25),
        F.median(F.col("v").cast("decimal(10,1)")),
        F.expr("mode(k || v % 4, true)"),
        F.percentile_approx("v", [0.5, 0.9], 100),
        F.array_max(F.collect_set(F.encode("k", "utf-8"))).cast("string"),
        F.approx_count_distinct("v"),
        F.approx_count_distinct("ts", 0.2),
        # Of few digits, Spark adds up longs and doubles.
        F.sum(F.col("v").cast("decimal(8,2)")).cast("string"),
        F.try_sum(F.col("v").cast("decimal(8,0)")).cast("string"),
        F.avg(F.col("v").cast("decimal(11,3)")).cast("string"),
    ]
    return events.groupBy("k").agg(*values)


def updated_windows(events: typing.Any) -> typing.Any:
    from pyspark.sql import functions as F

    counts = (
        events.withWatermark("ts", "5 seconds")
        .groupBy(F.window("ts", "10 seconds", "5 seconds"))
        .agg(F.count("*").alias("n"), F.min("k").alias("k"))
    )
    return counts.select(F.col("window.start").cast("string"), "n", "k")


def completed(events: typing.Any) -> typing.Any:
    from pyspark.sql import functions as F

    return events.groupBy("k").agg(F.sum("v").alias("s"), F.avg("v")).orderBy(F.desc("s"))


def plain(events: typing.Any) -> typing.Any:
    return events.selectExpr("k", "v * 2 AS twice", "v % 2 AS odd")


@dataclasses.dataclass(frozen=True)
class Query:
    make: typing.Callable[[typing.Any], typing.Any]
    # What is in the sink after the second file, and what the third adds.
    half: list[Row]
    more: list[Row]
    # Of the files of the sink; else they are written by foreachBatch, with the batch in front.
    columns: str = ""
    mode: str = "append"
    form: str = "json"
    partition_by: str = ""
    conf: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def whole(self) -> list[Row]:
        return in_order(self.half + self.more)


QUERIES = {
    "windows": Query(
        windows,
        [
            ("2026-01-01 00:00:00", "a", 4, 2, 2.0, "a"),
            ("2026-01-01 00:00:00", "b", 2, 1, 2.0, "b"),
        ],
        [
            ("2026-01-01 00:00:10", "c", 45, 3, 15.0, "c"),
            ("2026-01-01 00:00:20", "a", 26, 2, 13.0, "a"),
            ("2026-01-01 00:00:20", "b", 11, 1, 11.0, "b"),
            ("2026-01-01 00:00:20", "d", 13, 1, 13.0, "d"),
        ],
        "start STRING, k STRING, s LONG, n LONG, a DOUBLE, m STRING",
    ),
    "duplicates": Query(
        duplicates,
        [("a", 1), ("b", 2), ("c", 5), ("d", 13)],
        [("e", 29), (None, 31)],
        "k STRING, v LONG",
    ),
    "duplicates_within": Query(
        duplicates_within,
        [("a", 1), ("b", 2), ("c", 5), ("d", 13)],
        [("a", 19), ("e", 29), (None, 31)],
        "k STRING, v LONG",
    ),
    "first_rows": Query(first_rows, [(1,)] * 8, [(1,)], "one INT"),
    "chained": Query(
        chained,
        [("2026-01-01 00:00:00", 2)],
        [("2026-01-01 00:00:10", 1), ("2026-01-01 00:00:20", 2)],
        "start STRING, n LONG",
    ),
    "updated": Query(
        updated,
        [
            (0, "a", 2, "4.00", "2.000000", 1.0, "2026-01-01 00:00:01", 3, 1, False, 3.0),
            (0, "b", 1, "2.00", "2.000000", 0.0, "2026-01-01 00:00:02", 2, 2, False, 0.0),
            (0, "c", 1, "5.00", "5.000000", 0.0, "2026-01-01 00:00:12", 5, 5, True, 0.0),
            (
                1,
                "a",
                3,
                "11.00",
                "3.666667",
                2.494438,
                "2026-01-01 00:00:01",
                7,
                1,
                False,
                23.111111,
            ),
            (1, "b", 2, "13.00", "6.500000", 4.5, "2026-01-01 00:00:02", 11, 2, False, 42.75),
            (1, "c", 2, "22.00", "11.000000", 6.0, "2026-01-01 00:00:12", 17, 5, True, 6.0),
            (1, "d", 1, "13.00", "13.000000", 0.0, "2026-01-01 00:00:24", 13, 13, True, 0.0),
        ],
        [
            (2, "a", 4, "30.00", "7.500000", 6.98212, "2026-01-01 00:00:01", 19, 1, False, 56.625),
            (2, "c", 3, "45.00", "15.000000", 7.483315, "2026-01-01 00:00:12", 17, 5, True, 4.0),
            (2, "e", 1, "29.00", "29.000000", 0.0, "2026-01-01 00:00:52", 29, 29, True, 0.0),
            (2, None, 1, "31.00", "31.000000", 0.0, "2026-01-01 00:00:53", 31, 31, True, 0.0),
        ],
        mode="update",
    ),
    "collected": Query(
        collected,
        [
            (0, "a", [1, 3], "[{1}, {3}]", "2026-01-01 00:00:01"),
            (0, "b", [2], "[{2}]", "2026-01-01 00:00:02"),
            (0, "c", [5], "[{1}]", "2026-01-01 00:00:12"),
            (1, "a", [1, 3, 7], "[{1}, {3}]", "2026-01-01 00:00:01"),
            (1, "b", [2, 11], "[{2}, {3}]", "2026-01-01 00:00:02"),
            (1, "d", [13], "[{1}]", "2026-01-01 00:00:24"),
            (1, "c", [5, 17], "[{1}]", "2026-01-01 00:00:12"),
        ],
        [
            (2, "a", [1, 3, 7, 19], "[{1}, {3}]", "2026-01-01 00:00:01"),
            (2, "c", [5, 17, 23], "[{1}, {3}]", "2026-01-01 00:00:12"),
            (2, "e", [29], "[{1}]", "2026-01-01 00:00:52"),
            (2, None, [31], "[{3}]", "2026-01-01 00:00:53"),
        ],
        mode="update",
    ),
    "summarised": Query(
        summarised,
        [
            (
                0,
                "a",
                0.333333,
                0.666667,
                1.0,
                18.0,
                6.0,
                2.0,
                4.0,
                2.0,
                2,
                4,
                "INTERVAL '0 00:00:02' DAY TO SECOND",
                1.5,
                2.0,
                "a1",
                [1, 3],
                "a",
                2,
                2,
                "4.00",
                "4",
                "2.0000000",
            ),
            (
                0,
                "b",
                None,
                None,
                None,
                0.0,
                0.0,
                0.0,
                2.0,
                2.0,
                1,
                2,
                "INTERVAL '0 00:00:02' DAY TO SECOND",
                2.0,
                2.0,
                "b2",
                [2, 2],
                "b",
                1,
                1,
                "2.00",
                "2",
                "2.0000000",
            ),
            (
                0,
                "c",
                None,
                None,
                None,
                0.0,
                0.0,
                0.0,
                12.0,
                5.0,
                1,
                5,
                "INTERVAL '0 00:00:05' DAY TO SECOND",
                5.0,
                5.0,
                "c1",
                [5, 5],
                "c",
                1,
                1,
                "5.00",
                "5",
                "5.0000000",
            ),
            (
                1,
                "a",
                0.268041,
                0.896907,
                0.995582,
                258.666667,
                69.333333,
                18.666667,
                10.333333333333334,
                3.6666666666666665,
                3,
                11,
                "INTERVAL '0 00:00:03.666667' DAY TO SECOND",
                2.0,
                3.0,
                "a3",
                [3, 7],
                "a",
                3,
                3,
                "11.00",
                "11",
                "3.6666667",
            ),
            (
                1,
                "b",
                0.473684,
                1.052632,
                1.0,
                180.5,
                85.5,
                40.5,
                11.5,
                6.5,
                2,
                13,
                "INTERVAL '0 00:00:06.5' DAY TO SECOND",
                4.25,
                6.5,
                "b2",
                [2, 11],
                "b",
                2,
                2,
                "13.00",
                "13",
                "6.5000000",
            ),
            (
                1,
                "c",
                6.0,
                -67.0,
                1.0,
                2.0,
                12.0,
                72.0,
                13.0,
                11.0,
                2,
                22,
                "INTERVAL '0 00:00:11' DAY TO SECOND",
                8.0,
                11.0,
                "c1",
                [5, 17],
                "c",
                2,
                2,
                "22.00",
                "22",
                "11.0000000",
            ),
            (
                1,
                "d",
                None,
                None,
                None,
                0.0,
                0.0,
                0.0,
                24.0,
                13.0,
                1,
                13,
                "INTERVAL '0 00:00:13' DAY TO SECOND",
                13.0,
                13.0,
                "d1",
                [13, 13],
                "d",
                1,
                1,
                "13.00",
                "13",
                "13.0000000",
            ),
        ],
        [
            (
                2,
                "a",
                0.568025,
                -0.310345,
                0.659783,
                398.75,
                226.5,
                195.0,
                13.75,
                7.5,
                4,
                30,
                "INTERVAL '0 00:00:07.5' DAY TO SECOND",
                2.5,
                5.0,
                "a3",
                [3, 19],
                "a",
                4,
                4,
                "30.00",
                "30",
                "7.5000000",
            ),
            (
                2,
                "c",
                6.0,
                -63.0,
                0.428571,
                2.0,
                12.0,
                168.0,
                13.0,
                15.0,
                3,
                45,
                "INTERVAL '0 00:00:15' DAY TO SECOND",
                11.0,
                17.0,
                "c1",
                [17, 23],
                "c",
                3,
                3,
                "45.00",
                "45",
                "15.0000000",
            ),
            (
                2,
                "e",
                None,
                None,
                None,
                0.0,
                0.0,
                0.0,
                52.0,
                29.0,
                1,
                29,
                "INTERVAL '0 00:00:29' DAY TO SECOND",
                29.0,
                29.0,
                "e1",
                [29, 29],
                "e",
                1,
                1,
                "29.00",
                "29",
                "29.0000000",
            ),
            (
                2,
                None,
                None,
                None,
                None,
                0.0,
                0.0,
                0.0,
                53.0,
                31.0,
                1,
                31,
                "INTERVAL '0 00:00:31' DAY TO SECOND",
                31.0,
                31.0,
                None,
                [31, 31],
                None,
                1,
                1,
                "31.00",
                "31",
                "31.0000000",
            ),
        ],
        mode="update",
    ),
    "updated_windows": Query(
        updated_windows,
        [
            (0, "2025-12-31 23:59:55", 2, "a"),
            (0, "2026-01-01 00:00:00", 3, "a"),
            (0, "2026-01-01 00:00:05", 2, "a"),
            (0, "2026-01-01 00:00:10", 1, "c"),
            (1, "2026-01-01 00:00:05", 3, "a"),
            (1, "2026-01-01 00:00:10", 2, "c"),
            (1, "2026-01-01 00:00:15", 3, "a"),
            (1, "2026-01-01 00:00:20", 3, "a"),
        ],
        [
            (3, "2026-01-01 00:00:10", 3, "c"),
            (3, "2026-01-01 00:00:15", 4, "a"),
            (3, "2026-01-01 00:00:20", 4, "a"),
            (3, "2026-01-01 00:00:45", 2, "e"),
            (3, "2026-01-01 00:00:50", 2, "e"),
        ],
        mode="update",
    ),
    "completed": Query(
        completed,
        [
            (0, "a", 4, 2.0),
            (0, "b", 2, 2.0),
            (0, "c", 5, 5.0),
            (1, "a", 11, 3.6666666666666665),
            (1, "b", 13, 6.5),
            (1, "c", 22, 11.0),
            (1, "d", 13, 13.0),
        ],
        [
            (2, "a", 30, 7.5),
            (2, "b", 13, 6.5),
            (2, "c", 45, 15.0),
            (2, "d", 13, 13.0),
            (2, "e", 29, 29.0),
            (2, None, 31, 31.0),
        ],
        mode="complete",
        # The server hands its state over as a snapshot.
        conf={"spark.sql.streaming.stateStore.minDeltasForSnapshot": "1"},
    ),
    "plain": Query(
        plain,
        [
            *[("a", 2, 1), ("b", 4, 0), ("a", 6, 1), ("c", 10, 1)],
            *[("a", 14, 1), ("b", 22, 1), ("d", 26, 1), ("c", 34, 1)],
        ],
        [("a", 38, 1), ("c", 46, 1), ("e", 58, 1), (None, 62, 1)],
        "k STRING, twice LONG, odd LONG",
        form="parquet",
        partition_by="odd",
    ),
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
    query = QUERIES[name]
    for key, value in {**CONF, **query.conf}.items():
        spark.conf.set(key, value)
    reader = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1)
    writer = query.make(reader.json(str(folder / "in"))).writeStream.queryName(name)
    writer = writer.outputMode(query.mode)
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    out = folder / "out"
    if not query.columns:
        out.mkdir(exist_ok=True)
        return writer.foreachBatch(_batch_writer(str(out))).start()
    if query.partition_by:
        writer = writer.partitionBy(query.partition_by)
    return writer.format(query.form).start(str(out))


def _batch_writer(out: str) -> typing.Callable[[typing.Any, int], None]:
    """A batch that is not new would be seen: it is appended to its file."""

    def write(frame: typing.Any, batch: int) -> None:
        import json

        with open(f"{out}/{batch}.json", "a", encoding="utf-8") as file:
            for row in frame.collect():
                file.write(json.dumps([batch, *row]) + "\n")

    return write


def rows(spark: typing.Any, name: str, folder: pathlib.Path) -> list[Row]:
    query = QUERIES[name]
    if not query.columns:
        files = sorted((folder / "out").glob("*.json"))
        lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        return in_order([tuple(json.loads(line)) for line in lines])
    reader = spark.read.schema(query.columns).format(query.form)
    return in_order([tuple(row) for row in reader.load(str(folder / "out")).collect()])


def in_order(some: list[Row]) -> list[Row]:
    return sorted(some, key=repr)
