"""describe, summary, DataFrame.stat and pivots; expectations are what Spark 4.3 gives."""

import unittest

from pyspark.errors import AnalysisException, IllegalArgumentException, PySparkException
from pyspark.sql import functions as F
from serving import ServerTest


class StatisticsTest(ServerTest):
    def frame(self):
        rows = [
            ("a", "x", 1, 1, 1.5),
            ("a", "y", 2, None, 2.5),
            ("a", "x", 3, 2, None),
            ("b", "y", 4, 2, 0.5),
            ("b", None, 5, 3, -1.0),
            ("c", "x", 6, 5, 9.25),
        ]
        return self.spark.createDataFrame(rows, "k string, s string, v int, w int, d double")

    def rows(self, frame):
        return [tuple(row) for row in frame.collect()]

    def test_describe_takes_numbers_and_texts(self) -> None:
        self.assertEqual(
            [
                ("count", "5", "6", "5"),
                ("mean", None, "3.5", "2.55"),
                ("stddev", None, "1.8708286933869707", "3.96232255123179"),
                ("min", "x", "1", "-1.0"),
                ("max", "y", "6", "9.25"),
            ],
            self.rows(self.frame().describe("s", "v", "d")),
        )

    def test_summary_has_percentiles(self) -> None:
        frame = self.frame().select("s", "v").summary("10%", "count_distinct", "max")
        self.assertEqual(
            [("10%", None, "1"), ("count_distinct", "2", "6"), ("max", "y", "6")], self.rows(frame)
        )
        with self.assertRaises(PySparkException) as raised:
            self.frame().summary("foo").collect()
        self.assertEqual("UNRECOGNIZED_STATISTIC", raised.exception.getCondition())

    def test_pairs_and_quantiles(self) -> None:
        stat = self.frame().stat
        self.assertAlmostEqual(2.9, stat.cov("v", "w"))
        self.assertAlmostEqual(0.41604178433314276, stat.corr("v", "d"))
        self.assertEqual([1.0, 3.0, 6.0], stat.approxQuantile("v", [0.0, 0.5, 1.0], 0.0))
        with self.assertRaises(IllegalArgumentException):
            stat.cov("v", "s")

    def test_crosstab_counts_nulls_by_name(self) -> None:
        frame = self.frame().stat.crosstab("k", "s").orderBy("k_s")
        self.assertEqual(["k_s", "null", "x", "y"], frame.columns)
        self.assertEqual([("a", 0, 2, 1), ("b", 1, 0, 1), ("c", 0, 1, 0)], self.rows(frame))

    def test_frequent_items_and_strata(self) -> None:
        row = self.frame().stat.freqItems(["k", "w"], 0.4).collect()[0]
        self.assertEqual(["a", "b"], sorted(row.k_freqItems))
        sampled = self.frame().stat.sampleBy("k", {"a": 1.0, "b": 0.0}, seed=1)
        self.assertEqual(["a", "a", "a"], [row.k for row in sampled.collect()])

    def test_pivot_finds_its_values(self) -> None:
        frame = self.frame().groupBy("k").pivot("s").count().orderBy("k")
        self.assertEqual(["k", "null", "x", "y"], frame.columns)
        self.assertEqual(
            [("a", None, 2, 1), ("b", 1, None, 1), ("c", None, 1, None)], self.rows(frame)
        )

    def test_pivot_of_several_aggregates(self) -> None:
        pivoted = self.frame().groupBy("k").pivot("s", ["x", "y"])
        frame = pivoted.agg(F.sum("v"), F.avg("d").alias("m")).orderBy("k")
        self.assertEqual(["k", "x_sum(v)", "x_m", "y_sum(v)", "y_m"], frame.columns)
        self.assertEqual(
            [("a", 4, 1.5, 2, 2.5), ("b", None, None, 4, 0.5), ("c", 6, 9.25, None, None)],
            self.rows(frame),
        )

    def test_pivot_of_what_is_not_there(self) -> None:
        rows = [(2012, "j", 10), (2012, "d", 5), (2013, "j", 20), (2013, None, 7), (2012, "j", 1)]
        frame = self.spark.createDataFrame(rows, "year int, course string, e int")

        def pivoted(values, *aggregates):
            found = frame.groupBy("year").pivot("course", values).agg(*aggregates)
            return self.rows(found.orderBy("year"))

        self.assertEqual(
            [(2012, None, None, 11, 2), (2013, 7, 1, 20, 1)],
            self.rows(
                frame.groupBy("year")
                .pivot("course")
                .agg(F.sum("e"), F.count("e"))
                .select("year", "`null_sum(e)`", "`null_count(e)`", "`j_sum(e)`", "`j_count(e)`")
                .orderBy("year")
            ),
        )
        both = (F.sum("e") + F.count(F.lit(1))).alias("q")
        self.assertEqual(
            [(2012, 13, 11, None, None), (2013, 21, 20, None, None)],
            pivoted(["j", "X"], both, F.coalesce(F.sum("e"), F.lit(-1)).alias("c")),
        )
        # With a list among them they are aggregated per column: none counts as 0.
        self.assertEqual(
            [(2012, 0, [], None), (2013, 0, [], None)],
            pivoted(["X"], F.count("e"), F.collect_list("e"), F.sum("e")),
        )
        self.assertEqual([(2012, 2), (2013, 1)], pivoted(["j"], F.count_distinct("e")))
        self.assertEqual([(7, 5, 31)], self.rows(frame.groupBy().pivot("course").sum("e")))

    def test_pivot_of_many_values(self) -> None:
        frame = self.spark.range(20_000).select((F.col("id") % 3000).alias("v"), "id")
        row = frame.groupBy().pivot("v").agg(F.count("id"), F.max("id")).first()
        self.assertEqual(6000, len(row))
        self.assertEqual((7, 18_000), (row["0_count(id)"], row["0_max(id)"]))

    def test_pivot_and_transpose_of_too_many_values(self) -> None:
        self.spark.conf.set("spark.sql.pivotMaxValues", "2")
        with self.assertRaisesRegex(AnalysisException, "has more than 2 distinct values"):
            self.spark.range(3).groupBy().pivot("id").count().collect()
        self.assertEqual(2, len(self.spark.range(2).groupBy().pivot("id").count().first()))
        self.spark.conf.set("spark.sql.transposeMaxValues", "2")
        with self.assertRaisesRegex(AnalysisException, "TRANSPOSE_EXCEED_ROW_LIMIT"):
            self.spark.range(3).transpose().collect()
        self.assertEqual(
            3, len(self.spark.range(2).selectExpr("id", "id AS v").transpose().columns)
        )

    def test_pivot_and_unpivot_of_sql_name_the_other_columns(self) -> None:
        self.frame().createOrReplaceTempView("t")
        frame = self.spark.sql(
            "SELECT * FROM (SELECT k, s, v FROM t) PIVOT (sum(v) FOR s IN ('x', 'y')) ORDER BY k"
        )
        self.assertEqual(["k", "x", "y"], frame.columns)
        self.assertEqual([("a", 4, 2), ("b", None, 4), ("c", 6, None)], self.rows(frame))
        frame = self.spark.sql(
            "SELECT * FROM (SELECT k, v, w FROM t WHERE k = 'a') UNPIVOT (val FOR name IN (v, w)) "
            "ORDER BY name, val"
        )
        self.assertEqual(["k", "name", "val"], frame.columns)
        self.assertEqual(
            [("a", "v", 1), ("a", "v", 2), ("a", "v", 3), ("a", "w", 1), ("a", "w", 2)],
            self.rows(frame),
        )

    def test_unpivot_needs_one_type(self) -> None:
        with self.assertRaises(AnalysisException) as raised:
            self.frame().unpivot("k", ["v", "s"], "name", "val").collect()
        self.assertEqual("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", raised.exception.getCondition())


if __name__ == "__main__":
    unittest.main()
