"""Batch work around streams: the official client and the server as it is shipped."""

import datetime
import re
import unittest

import pyarrow
import pyarrow.parquet
from pyspark.errors import AnalysisException, ArithmeticException
from pyspark.sql import Row
from pyspark.sql import functions as F
from serving import ServerTest


class BatchTest(ServerTest):
    def frame(self):
        rows = [(1, "a", 1.5), (2, "b", 2.5), (3, "a", None)]
        return self.spark.createDataFrame(rows, ["id", "s", "d"])

    def test_projection_and_filter(self) -> None:
        rows = self.frame().filter("id > 1").select("id", (F.col("id") + 1).alias("x")).collect()
        self.assertEqual([Row(id=2, x=3), Row(id=3, x=4)], rows)

    def test_aggregates_skip_nulls(self) -> None:
        frame = self.frame().groupBy("s").agg(F.count("*").alias("n"), F.sum("d"), F.avg("id"))
        self.assertEqual(
            [("a", 2, 1.5, 2.0), ("b", 1, 2.5, 2.0)], sorted(map(tuple, frame.collect()))
        )

    def test_names_of_columns_are_sparks(self) -> None:
        frame = self.frame().groupBy("s").agg({"*": "count", "id": "max"})
        self.assertEqual({"s", "count(1)", "max(id)"}, set(frame.columns))
        self.assertEqual(["(id + 1)"], self.frame().selectExpr("id + 1").columns)

    def test_join_using(self) -> None:
        other = self.spark.createDataFrame([("a", 7)], ["s", "z"])
        rows = self.frame().join(other, "s", "left").orderBy("id").collect()
        self.assertEqual(
            [("a", 1, 1.5, 7), ("b", 2, 2.5, None), ("a", 3, None, 7)], [tuple(r) for r in rows]
        )

    def test_columns_that_were_left_out_can_be_filtered_by(self) -> None:
        """As Spark 4.3: what a projection left out is taken along to what is above it."""
        rows = [(1, "a", 10), (2, "b", 20), (3, "a", 30)]
        frame = self.spark.createDataFrame(rows, "k int, g string, v int")
        short = frame.select("g", (frame.k * 2).alias("kk"))
        more = [("a", 6), ("b", 4)]
        for condition in ("v > 10", F.col("v") > 10, frame.v > 10):
            self.assertEqual(more, sorted(map(tuple, short.filter(condition).collect())))
        self.assertEqual([("b", 4)], list(map(tuple, short.filter("v > 10 AND kk < 6").collect())))
        self.assertEqual([("a", 6)], list(map(tuple, short.filter("v + kk > 24").collect())))
        self.assertEqual(
            [("b", 4)], list(map(tuple, short.filter("v > 10").filter("k < 3").collect()))
        )
        self.assertEqual([("b", 4)], list(map(tuple, short.limit(2).filter("v > 10").collect())))
        self.assertEqual(
            [("a", 6), ("b", 4)],
            list(map(tuple, short.filter("kk > 2").sort(F.desc("v")).collect())),
        )
        dropped = frame.drop("v").filter(frame.v > 10)
        self.assertEqual([(2, "b"), (3, "a")], sorted(map(tuple, dropped.collect())))
        replaced = frame.withColumn("v", frame.v + 1)
        self.assertEqual(2, replaced.filter(frame.v > 10).count())
        self.assertEqual(3, replaced.filter(frame.v == F.col("v") - 1).count())
        self.assertEqual(["w"], frame.select(F.col("v").alias("w")).filter("v > 10").columns)
        twice = frame.select(F.col("g").alias("v"), F.col("k").alias("v")).select("*")
        with self.assertRaisesRegex(AnalysisException, "AMBIGUOUS_REFERENCE"):
            twice.filter("v > 1").collect()
        for hidden in (short.alias("x"), frame.groupBy("g").count()):
            with self.assertRaisesRegex(AnalysisException, "UNRESOLVED_COLUMN.WITH_SUGGESTION"):
                hidden.filter("v > 10").collect()

    def test_columns_of_another_frame_are_refused(self) -> None:
        frame, other = self.spark.range(1), self.spark.range(5)
        message = re.escape(
            '[CANNOT_RESOLVE_DATAFRAME_COLUMN] Cannot resolve dataframe column "id".'
        )
        for wrong in (
            lambda: frame.select(other.id),
            lambda: frame.filter(other.id == 0),
            lambda: frame.withColumn("x", other.id),
            lambda: frame.sort(other.id),
            lambda: frame.drop(other.id),
        ):
            with self.assertRaisesRegex(AnalysisException, message):
                wrong().collect()
        message = re.escape('column "unresolveddataframestar()"')
        with self.assertRaisesRegex(AnalysisException, message):
            frame.select(other["*"]).collect()

    def test_keys_of_using(self) -> None:
        """The key of the join is what the joined frame means; each side's own is there, too."""
        a = self.spark.createDataFrame([(1, "x"), (2, "y")], "k int, v string")
        b = self.spark.createDataFrame([(1, "p"), (3, "q")], "k int, w string")
        keys = {"inner": [1], "left_outer": [1, 2], "right_outer": [1, 3], "full_outer": [1, 2, 3]}
        for how, wanted in keys.items():
            with self.subTest(how):
                joined = a.join(b, on="k", how=how)
                of = joined.select(joined.k).collect()
                self.assertEqual(wanted, sorted(row.k for row in of))
                of = joined.withColumn("c", joined.k).filter(joined.k > 0).collect()
                self.assertEqual(wanted, sorted(row.c for row in of))
                of = joined.alias("j").select("j.k").collect()
                self.assertEqual(wanted, sorted(row.k for row in of))
        joined = a.join(b, on="k", how="full_outer")
        self.assertEqual(
            {(1, 1), (2, None), (None, 3)}, set(map(tuple, joined.select(a.k, b.k).collect()))
        )
        with self.assertRaisesRegex(AnalysisException, "CANNOT_RESOLVE_DATAFRAME_COLUMN"):
            joined.alias("j").select(b.k).collect()
        itself = a.join(a, on="k")
        self.assertEqual({1, 2}, {row.k for row in itself.select(a.k).collect()})
        with self.assertRaisesRegex(AnalysisException, 'Column "v" is ambiguous'):
            itself.select(a.v).collect()
        with self.assertRaisesRegex(AnalysisException, r'column "unresolveddataframestar\(\)"'):
            a.join(b, on="k", how="left_semi").select(b["*"]).collect()

    def test_sql_over_a_view(self) -> None:
        self.frame().createOrReplaceTempView("t")
        rows = self.spark.sql(
            "WITH c AS (SELECT s, count(*) AS n FROM t GROUP BY s) "
            "SELECT * FROM c WHERE n > 1 ORDER BY s"
        ).collect()
        self.assertEqual([Row(s="a", n=2)], rows)

    def test_grouping_sets(self) -> None:
        rows = self.spark.sql(
            "SELECT id % 2 AS p, count(*) AS n FROM range(5) GROUP BY ROLLUP (id % 2)"
        ).collect()
        self.assertEqual({(0, 3), (1, 2), (None, 5)}, {tuple(row) for row in rows})

    def test_in_subquery(self) -> None:
        rows = self.spark.sql("SELECT id FROM range(10) WHERE id IN (SELECT id * 2 FROM range(3))")
        self.assertEqual([0, 2, 4], sorted(row.id for row in rows.collect()))

    def test_lambdas(self) -> None:
        rows = self.spark.sql("SELECT transform(array(1, 2, 3), x -> x + 1) AS a").collect()
        self.assertEqual([Row(a=[2, 3, 4])], rows)

    def test_time_window(self) -> None:
        frame = self.spark.sql("SELECT timestamp'2020-01-01 00:00:05' AS ts")
        counted = frame.groupBy(F.window("ts", "10 seconds", "5 seconds")).count().collect()
        starts = sorted(row.window.start for row in counted)
        self.assertEqual(
            [datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, 0, 0, 5)], starts
        )

    def test_show_is_sparks_table(self) -> None:
        table = "+---+----+\n|id |s   |\n+---+----+\n|1  |NULL|\n+---+----+\n"
        frame = self.spark.sql("SELECT 1 AS id, CAST(NULL AS STRING) AS s")
        self.assertEqual(table, frame._show_string(20, False, False))

    def test_files_round_trip(self) -> None:
        for form in ("csv", "json", "parquet", "orc"):
            with self.subTest(form):
                path = str(self.directory() / form)
                self.frame().select("id", "s").write.format(form).save(path)
                back = self.spark.read.format(form).schema("id long, s string").load(path)
                self.assertEqual([(1, "a"), (2, "b"), (3, "a")], sorted(map(tuple, back.collect())))
                with self.assertRaises(AnalysisException) as raised:
                    self.frame().write.format(form).save(path)
                self.assertEqual("PATH_ALREADY_EXISTS", raised.exception.getCondition())

    def test_parquet_texts_with_and_without_dictionaries(self) -> None:
        texts = [None if i % 7 == 0 else f"text {i % 5} of {i // 300}" for i in range(1000)]
        single = [f"{i:06}" * 20 for i in range(1000)]  # too many for a dictionary page
        table = pyarrow.table(
            {
                "few": texts,
                "bytes": pyarrow.array([t and t.encode() for t in texts], "binary"),
                "many": single,
                "plain": texts,
            }
        )
        path = self.directory() / "texts.parquet"
        pyarrow.parquet.write_table(
            table,
            path,
            row_group_size=300,
            use_dictionary=["few", "bytes", "many"],
            dictionary_pagesize_limit=2000,
        )
        rows = self.spark.read.parquet(str(path)).collect()
        wanted = [(t, t and t.encode(), m, t) for t, m in zip(texts, single, strict=True)]
        given = [(r.few, r.bytes and bytes(r.bytes), r.many, r.plain) for r in rows]
        self.assertEqual(wanted, given)

    def test_errors_are_sparks(self) -> None:
        with self.assertRaises(AnalysisException) as raised:
            self.frame().select("nope").collect()
        self.assertEqual("UNRESOLVED_COLUMN.WITH_SUGGESTION", raised.exception.getCondition())
        with self.assertRaises(ArithmeticException) as raised:
            self.spark.sql("SELECT 1 / 0").collect()
        self.assertEqual("DIVIDE_BY_ZERO", raised.exception.getCondition())
        with self.assertRaises(AnalysisException) as raised:
            self.spark.sql("SELECT * FROM nothing").collect()
        self.assertEqual("TABLE_OR_VIEW_NOT_FOUND", raised.exception.getCondition())

    def test_to_schema_matches_fields_by_name(self) -> None:
        def to(value: str, type_name: str):
            schema = self.spark.createDataFrame([], f"s {type_name}").schema
            return self.spark.sql(f"SELECT {value} AS s").to(schema)

        def json(frame):
            return frame.select(F.to_json(F.struct("s"))).first()[0]

        struct = "named_struct('b', 'B', 'a', 1)"
        self.assertEqual('{"s":{"a":1,"b":"B"}}', json(to(struct, "struct<a: bigint, b: string>")))
        self.assertEqual('{"s":{"A":1}}', json(to(struct, "struct<A: int, c: string>")))
        self.assertEqual(
            '{"s":[{"a":1}]}', json(to(f"array({struct})", "array<struct<c: date, a: bigint>>"))
        )
        self.assertEqual(
            '{"s":{"k":{"q":{"a":"1","b":"B"}}}}',
            json(
                to(
                    f"map('k', named_struct('q', {struct}))",
                    "map<string, struct<q: struct<a: string, b: string>>>",
                )
            ),
        )
        self.assertEqual("{}", json(to(f"if(rand() < 2, NULL, {struct})", "struct<a: int>")))
        self.assertEqual([(1,)], to("1L", "int").collect())
        for value, type_name, condition in (
            (struct, "struct<c: int not null>", "UNRESOLVED_FIELD.WITH_SUGGESTION"),
            (
                "named_struct('b', if(rand() < 2, NULL, 'x'))",
                "struct<b: string not null>",
                "NULLABLE_COLUMN_OR_FIELD",
            ),
            ("named_struct('b', 1, 'B', 2)", "struct<b: int>", "AMBIGUOUS_COLUMN_OR_FIELD"),
            (struct, "string", "INVALID_COLUMN_OR_FIELD_DATA_TYPE"),
            ("array('x')", "array<int>", "INVALID_COLUMN_OR_FIELD_DATA_TYPE"),
            ("'x'", "int", "INVALID_COLUMN_OR_FIELD_DATA_TYPE"),
        ):
            with self.assertRaises(AnalysisException) as raised:
                to(value, type_name).collect()
            self.assertEqual(condition, raised.exception.getCondition())


if __name__ == "__main__":
    unittest.main()
