"""Python functions of the client, in Spark's own workers."""

import datetime
import decimal
import os
import pathlib
import threading
import time
import unittest

import pandas as pd
import pyarrow as pa
from pyspark.errors import AnalysisException, PythonException, StreamingQueryException
from pyspark.sql import Row
from pyspark.sql import functions as F
from serving import PATIENCE, ServerTest


def rows_of(frame) -> list:
    return sorted(tuple(row) for row in frame.collect())


class PythonFunctionsTest(ServerTest):
    def test_functions_in_every_place_of_a_query(self) -> None:
        add = F.udf(lambda x: x + 1, "long")
        frame = self.spark.range(6)
        self.assertEqual(
            [(i + 1, i + 3) for i in range(6)],
            rows_of(frame.select(add("id"), add(add(add("id"))).alias("chain"))),
        )
        self.assertEqual(
            [(4, 5), (5, 6)], rows_of(frame.filter(add("id") > 4).withColumn("next", add("id")))
        )
        self.assertEqual(
            [(0, 12), (1, 9)],
            rows_of(frame.groupBy((add("id") % 2).alias("odd")).agg(F.sum(add("id")))),
        )
        self.assertEqual(
            [(2,), (4,)],
            rows_of(
                frame.groupBy((F.col("id") % 2).alias("k"))
                .count()
                .select(add(F.col("count")) - 2 * (1 - F.col("k")))
            ),
        )
        self.assertEqual([5, 4], [r.id for r in frame.orderBy(add("id").desc()).limit(2).collect()])
        listed = F.udf(lambda x: list(range(x)), "array<long>")
        self.assertEqual(
            [(2, 0), (2, 1)], rows_of(frame.filter("id = 2").select("id", F.explode(listed("id"))))
        )
        self.assertEqual(["<lambda>(id)"], frame.select(add("id")).columns)

    def test_functions_in_joins(self) -> None:
        left = self.spark.createDataFrame([(1, "a"), (2, "b")], ["x", "l"])
        right = self.spark.createDataFrame([(10, "p"), (20, "q")], ["y", "r"])
        ten = F.udf(lambda x: x * 10, "long")
        is_ten = F.udf(lambda x, y: x * 10 == y, "boolean")
        self.assertEqual(
            [(1, "a", 10, "p"), (2, "b", 20, "q")], rows_of(left.join(right, ten("x") == right.y))
        )
        self.assertEqual(
            [(1, "a", 10, "p"), (2, "b", 20, "q")], rows_of(left.join(right, is_ten("x", "y")))
        )
        self.assertEqual(
            [(1, "a", 10, "p"), (2, "b", None, None)],
            sorted(
                map(
                    tuple,
                    left.join(right, (ten("x") == right.y) & (right.y < 15), "left").collect(),
                )
            ),
        )
        with self.assertRaisesRegex(AnalysisException, "ON clause of a LEFT OUTER JOIN"):
            left.join(right, is_ten("x", "y"), "left").collect()

    def test_registered_functions_in_sql(self) -> None:
        self.spark.udf.register("scaled", F.udf(lambda a, b=1: a * b, "long"))
        self.assertEqual(
            [(0, 0), (1, 3)],
            rows_of(self.spark.sql("SELECT scaled(id), scaled(a => id, b => 3) FROM range(2)")),
        )
        with self.assertRaisesRegex(AnalysisException, "DOUBLE_NAMED_ARGUMENT_REFERENCE"):
            self.spark.sql("SELECT scaled(a => id, a => id) FROM range(2)").collect()

    def test_types_go_there_and_back(self) -> None:
        same = {
            "timestamp": "timestamp'2024-01-02 03:04:05.000006'",
            "timestamp_ntz": "timestamp_ntz'2024-01-02 03:04:05'",
            "date": "date'2024-02-29'",
            "decimal(10,2)": "1.50BD",
            "string": "'caf\u00e9'",
            "binary": "x'00ff'",
            "interval day to second": "interval '1 02:03:04' day to second",
            "struct<a:int,b:array<string>>": "named_struct('a', 1, 'b', array('x', null))",
            "map<string,int>": "map('k', 1)",
            "boolean": "true",
            "float": "float(0.5)",
        }
        self.spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
        try:
            frame = self.spark.sql(
                "SELECT "
                + ", ".join(
                    f"CAST({text} AS {type}) AS c{i}" for i, (type, text) in enumerate(same.items())
                )
            )
            copied = frame.select(
                *[F.udf(lambda x: x, type)(f"c{i}").alias(f"c{i}") for i, type in enumerate(same)]
            )
            self.assertEqual(frame.collect(), copied.collect())
            nothing = frame.select(
                *[F.udf(lambda x: None, type)(f"c{i}") for i, type in enumerate(same)]
            ).first()
            self.assertEqual({None}, set(nothing))
        finally:
            self.spark.conf.unset("spark.sql.session.timeZone")

    def test_functions_of_pandas_and_arrow(self) -> None:
        @F.pandas_udf("double")
        def half(series: pd.Series) -> pd.Series:
            return series * 0.5

        frame = self.spark.range(0, 100_000, 1, 3)
        total = 100_000 * 99_999 // 2
        self.assertEqual(total / 2, frame.select(half("id").alias("h")).agg(F.sum("h")).first()[0])
        stepped = F.pandas_udf(lambda batches: (batch + 1 for batch in batches), "long", 204)
        self.assertEqual(
            total + 100_000, frame.select(stepped("id").alias("h")).agg(F.sum("h")).first()[0]
        )

    def test_map_in_pandas_and_arrow(self) -> None:
        def evens(frames):
            for frame in frames:
                yield frame[frame.id % 2 == 0].assign(text="x")

        def twice(batches):
            for batch in batches:
                yield batch
                yield batch

        self.assertEqual(
            [(0, "x"), (2, "x"), (4, "x")],
            rows_of(self.spark.range(5).mapInPandas(evens, "id long, text string")),
        )
        self.assertEqual(2000, self.spark.range(1000).mapInArrow(twice, "id long").count())

    def test_groups(self) -> None:
        frame = self.spark.createDataFrame(
            [(1, 1.0), (1, 3.0), (2, 5.0), (None, 7.0)], "k int, v double"
        )

        def centred(group: pd.DataFrame) -> pd.DataFrame:
            return group.assign(v=group.v - group.v.mean())

        def counted(key, group: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame([(key[0] + 1, len(group))])

        def first(table: pa.Table) -> pa.Table:
            return table.slice(0, 1)

        self.assertEqual(
            [(1, -1.0), (1, 1.0), (2, 0.0)],
            rows_of(frame.dropna().groupBy("k").applyInPandas(centred, "k int, v double")),
        )
        self.assertEqual(
            [(1, 1), (2, 2)],
            rows_of(
                frame.dropna()
                .groupBy((F.col("k") % 2).alias("p"))
                .applyInPandas(counted, "k long, n long")
            ),
        )
        self.assertEqual(3, frame.groupBy("k").applyInArrow(first, "k int, v double").count())
        mean = F.pandas_udf(lambda v: v.mean(), "double", 202)
        self.assertEqual(
            [(1, 2.0, 2.0), (2, 5.0, 5.0)],
            rows_of(frame.dropna().groupBy("k").agg(mean("v"), mean("v").alias("again"))),
        )
        self.assertEqual([(4.0,)], rows_of(frame.agg(mean("v"))))
        with self.assertRaisesRegex(AnalysisException, "INVALID_PANDAS_UDF_PLACEMENT"):
            frame.groupBy("k").agg(mean("v"), F.sum("v")).collect()

    def test_pairs_of_groups_are_refused_by_name(self) -> None:
        groups = self.spark.range(2).groupBy("id")
        pairs = groups.cogroup(groups).applyInPandas(lambda a, b: a, "id long")
        with self.assertRaisesRegex(Exception, "cogroup"):
            pairs.collect()

    def test_errors_come_with_their_traceback(self) -> None:
        broken = F.udf(lambda x: 1 // x, "long")
        with self.assertRaisesRegex(PythonException, "ZeroDivisionError"):
            self.spark.range(3).select(broken("id")).collect()
        dies = F.udf(lambda x: os._exit(7), "long")
        with self.assertRaisesRegex(Exception, "exited unexpectedly"):
            self.spark.range(3).select(dies("id")).collect()
        # The next query has workers again.
        self.assertEqual(3, self.spark.range(3).select(F.udf(lambda x: x)("id")).count())
        with self.assertRaisesRegex(AnalysisException, "[Nn]on-deterministic"):
            chance = F.udf(lambda: 1, "int").asNondeterministic()
            self.spark.range(3).agg(F.sum(chance())).collect()

    def test_interrupted_function_ends(self) -> None:
        runs = self.directory() / "runs"

        def sleep(x):
            runs.touch()
            time.sleep(600)

        sleeper = F.udf(sleep, "long")

        def run() -> None:
            with self.assertRaisesRegex(Exception, "OPERATION_CANCELED|ancel"):
                self.spark.range(1).select(sleeper("id")).collect()

        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + PATIENCE
        while not runs.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(1, len(self.spark.interruptAll()))
        thread.join(60)
        self.assertFalse(thread.is_alive())


class StreamsOfPythonTest(ServerTest):
    def files(self, *contents: str) -> str:
        folder = str(self.directory())
        for i, content in enumerate(contents):
            with open(os.path.join(folder, f"{i}.txt"), "w", encoding="utf-8") as file:
                file.write(content)
        return folder

    def lines(self, *contents: str):
        return self.spark.readStream.format("text").load(self.files(*contents))

    def test_functions_in_a_stream(self) -> None:
        upper = F.udf(lambda x: x.upper(), "string")

        def doubled(frames):
            for frame in frames:
                yield pd.concat([frame, frame])

        query = (
            self.lines("a\nb\n")
            .select(upper("value").alias("value"))
            .mapInPandas(doubled, "value string")
            .writeStream.format("memory")
            .queryName("upper")
            .start()
        )
        try:
            query.processAllAvailable()
            self.assertEqual(
                [("A",), ("A",), ("B",), ("B",)], rows_of(self.spark.sql("SELECT * FROM upper"))
            )
        finally:
            query.stop()

    def test_foreach_gets_rows_as_spark_makes_them(self) -> None:
        out = str(self.directory())

        class Writer:
            def open(self, partition, epoch):
                self.path = os.path.join(out, f"{epoch}-{partition}")
                self.lines = []
                return True

            def process(self, row):
                self.lines.append(repr(row))

            def close(self, error):
                with open(self.path, "w", encoding="utf-8") as file:
                    file.write("\n".join(self.lines) + f"\n{error}\n")

        frame = self.lines("1\n").selectExpr(
            "cast(value as int) AS i",
            "1.50BD AS d",
            "date'2024-02-29' AS day",
            "timestamp'2024-01-02 03:04:05' AS t",
            "array('x', null) AS a",
            "map('k', 2L) AS m",
            "named_struct('f', true) AS s",
            "x'00ff' AS b",
            "0.5D AS e",
            "null AS n",
        )
        query = frame.writeStream.foreach(Writer()).start()
        try:
            query.processAllAvailable()
        finally:
            query.stop()
        text = "".join(path.read_text() for path in sorted(pathlib.Path(out).iterdir()))
        expected = Row(
            i=1,
            d=decimal.Decimal("1.50"),
            day=datetime.date(2024, 2, 29),
            t=datetime.datetime(2024, 1, 2, 3, 4, 5),
            a=["x", None],
            m={"k": 2},
            s=Row(f=True),
            b=bytearray(b"\x00\xff"),
            e=0.5,
            n=None,
        )
        self.assertEqual(f"{expected!r}\nNone\n", text)

    def test_errors_of_foreach_end_the_query(self) -> None:
        def broken(row):
            raise ValueError("no such row")

        query = self.lines("a\n").writeStream.foreach(broken).start()
        with self.assertRaisesRegex(
            StreamingQueryException, "user provided function in foreach sink"
        ):
            query.processAllAvailable()
        query.stop()


if __name__ == "__main__":
    unittest.main()
