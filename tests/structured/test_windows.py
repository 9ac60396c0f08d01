"""Window functions from DataFrames and from SQL; expectations are what Spark 4.3 gives."""

import unittest

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Window
from pyspark.sql import functions as F
from serving import ServerTest


class WindowTest(ServerTest):
    def frame(self):
        rows = [
            ("a", "x", 1, 1),
            ("a", "y", 2, None),
            ("a", "x", 3, 2),
            ("b", "y", 4, 2),
            ("b", None, 5, 3),
            ("c", "x", 6, 5),
        ]
        frame = self.spark.createDataFrame(rows, "k string, s string, v int, w int")
        frame.createOrReplaceTempView("t")
        return frame

    def rows(self, frame):
        return [tuple(row) for row in frame.collect()]

    def sql(self, text: str):
        self.frame()
        return self.rows(self.spark.sql(text))

    def assert_refused(self, condition: str, make) -> None:
        with self.assertRaises(PySparkException) as raised:
            make().collect()
        self.assertEqual(condition, raised.exception.getCondition())

    def test_ranks(self) -> None:
        self.assertEqual(
            [
                (2, 1, 1, 1, 0.0, 1 / 6, 1),
                (1, 2, 2, 2, 0.2, 2 / 6, 1),
                (3, 3, 3, 3, 0.4, 4 / 6, 2),
                (4, 4, 3, 3, 0.4, 4 / 6, 2),
                (5, 5, 5, 4, 0.8, 5 / 6, 3),
                (6, 6, 6, 5, 1.0, 1.0, 3),
            ],
            self.sql(
                "SELECT v, row_number() OVER (ORDER BY w, v), rank() OVER (ORDER BY w), "
                "dense_rank() OVER (ORDER BY w), percent_rank() OVER (ORDER BY w), "
                "cume_dist() OVER (ORDER BY w), ntile(3) OVER (ORDER BY w) FROM t ORDER BY w, v"
            ),
        )

    def test_offsets_and_nulls(self) -> None:
        self.assertEqual(
            [
                (1, None, 3, None, None, 1, 1),
                (2, 1, 4, 1, 2, 1, 1),
                (3, 2, 5, 1, 2, 1, 2),
                (4, 3, 6, 2, 2, 1, 2),
                (5, 4, -1, 2, 2, 1, 3),
                (6, 5, -1, 3, 2, 1, 5),
            ],
            self.sql(
                "SELECT v, lag(v) OVER (ORDER BY v), lead(v, 2, -1) OVER (ORDER BY v), "
                "lag(w) IGNORE NULLS OVER (ORDER BY v), nth_value(v, 2) OVER (ORDER BY v), "
                "first_value(w) IGNORE NULLS OVER (ORDER BY v), last(w, true) OVER (ORDER BY v) "
                "FROM t ORDER BY v"
            ),
        )

    def test_functions_of_one_text_are_not_one(self) -> None:
        self.assertEqual(
            [
                (1, None, None, None, 2, 1),
                (2, 1, 1, 2, 2, 1),
                (3, None, 1, 2, 2, 2),
                (4, 2, 2, 3, 3, 2),
                (5, 2, 2, 5, 5, 3),
                (6, 3, 3, None, None, 5),
            ],
            self.sql(
                "SELECT v, lag(w) OVER o, lag(w) IGNORE NULLS OVER o, lead(w) OVER o, "
                "lead(w) IGNORE NULLS OVER o, last_value(w) IGNORE NULLS OVER o "
                "FROM t WINDOW o AS (ORDER BY v) ORDER BY v"
            ),
        )
        # Two columns of one name.
        self.assertEqual(
            [(1, 1, 101, None, 101), (2, 1, 1, None, 203), (3, None, None, 103, 306)],
            self.sql(
                "SELECT a.v, lag(a.w, 1, a.v) OVER (ORDER BY a.v), "
                "lag(a.w, 1, b.v) OVER (ORDER BY a.v), "
                "sum(b.v) FILTER (WHERE a.v > 2) OVER (ORDER BY a.v), "
                "sum(b.v) FILTER (WHERE b.v > 2) OVER (ORDER BY a.v) "
                "FROM t a JOIN (SELECT v + 100 AS v, v AS k FROM t) b ON a.v = b.k "
                "WHERE a.v <= 3 ORDER BY a.v"
            ),
        )

    def test_frames_of_rows_and_ranges(self) -> None:
        by_value = Window.orderBy("v")
        frame = self.frame().select(
            "v",
            F.sum("v").over(by_value.rowsBetween(-1, 1)),
            F.sum("v").over(by_value.rangeBetween(-2, 0)),
            F.count("*").over(Window.orderBy("w").rangeBetween(-1, 1)),
        )
        expected = [(1, 3, 1, 3), (2, 6, 3, 1), (3, 9, 6, 4), (4, 12, 9, 4), (5, 15, 12, 3)]
        self.assertEqual([*expected, (6, 11, 15, 1)], self.rows(frame.orderBy("v")))

    def test_names_are_sparks(self) -> None:
        spec = "(PARTITION BY k ORDER BY v ASC NULLS FIRST "
        start = "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        window = Window.partitionBy("k").orderBy("v")
        frame = self.frame().select(
            F.rank().over(window), F.sum("v").over(window), F.lag("v").over(window)
        )
        self.assertEqual(
            [
                f"RANK() OVER {spec}ROWS {start}",
                f"sum(v) OVER {spec}RANGE {start}",
                f"lag(v, 1, NULL) OVER {spec}ROWS BETWEEN -1 FOLLOWING AND -1 FOLLOWING)",
            ],
            frame.columns,
        )

    def test_windows_over_groups_and_in_windows(self) -> None:
        self.assertEqual(
            [("a", 6, 6, 2), ("b", 9, 15, 1), ("c", 6, 21, 2)],
            self.sql(
                "SELECT k, sum(v), sum(sum(v)) OVER (ORDER BY k) AS run, "
                "rank() OVER (ORDER BY sum(v) DESC) AS r FROM t GROUP BY k HAVING count(*) > 0 "
                "ORDER BY k"
            ),
        )
        self.assertEqual(
            [(6, 1), (5, 2), (4, 3), (3, 4), (2, 5), (1, 6)],
            self.sql(
                "SELECT v, row_number() OVER (ORDER BY rank() OVER (ORDER BY v DESC)) AS n FROM t "
                "ORDER BY n"
            ),
        )

    def test_named_windows_and_qualify(self) -> None:
        self.assertEqual(
            [("a", 1, [1]), ("a", 2, [1, 2]), ("a", 3, [1, 2, 3]), ("b", 4, [4]), ("b", 5, [4, 5])],
            self.sql(
                "SELECT k, v, collect_list(v) OVER win FROM t WHERE k < 'c' "
                "WINDOW win AS (PARTITION BY k ORDER BY v) ORDER BY k, v"
            ),
        )
        self.assertEqual(
            [("a", 3), ("b", 5), ("c", 6)],
            self.sql(
                "SELECT k, v FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY v DESC) = 1 "
                "ORDER BY k"
            ),
        )

    def test_misuse_is_refused_as_spark_does(self) -> None:
        frame = self.frame()
        by_value = Window.orderBy("v")
        for condition, column in [
            ("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", F.row_number() + 1),
            ("WINDOW_FUNCTION_FRAME_NOT_ORDERED", F.rank().over(Window.partitionBy("k"))),
            ("_LEGACY_ERROR_TEMP_1035", F.lag("v").over(by_value.rowsBetween(-2, 0))),
            ("UNSUPPORTED_EXPR_FOR_WINDOW", F.upper("s").over(by_value)),
            ("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", F.count_distinct("v").over(by_value)),
            (
                "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER",
                F.sum("v").over(Window.rangeBetween(-1, 1)),
            ),
            (
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
                F.sum("v").over(by_value.rowsBetween(1, -1)),
            ),
        ]:
            with self.subTest(condition):
                self.assert_refused(condition, lambda column=column: frame.select(column))
        self.assert_refused(
            "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE",
            lambda: frame.filter(F.row_number().over(by_value) > 1),
        )

    def test_streams_refuse_windows_that_are_not_of_time(self) -> None:
        stream = self.spark.readStream.format("rate").load()
        numbered = stream.withColumn("n", F.row_number().over(Window.orderBy("value")))
        with self.assertRaises(AnalysisException) as raised:
            numbered.writeStream.format("memory").queryName("windows").start()
        self.assertEqual(
            "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING", raised.exception.getCondition()
        )

    def test_set_operations_count_equal_rows(self) -> None:
        self.assertEqual(
            [(1,), (2,), (3,), (5,)],
            self.sql("SELECT v FROM t INTERSECT ALL SELECT w FROM t ORDER BY v"),
        )
        frame = self.frame().select("k")
        self.assertEqual(
            [("a",), ("b",), ("b",), ("c",)],
            self.rows(frame.exceptAll(frame.limit(2)).orderBy("k")),
        )


if __name__ == "__main__":
    unittest.main()
