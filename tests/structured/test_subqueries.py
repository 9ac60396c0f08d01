"""Subqueries, correlated or not, and LATERAL joins; expectations are what Spark 4.3 gives."""

import threading
import time
import unittest

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import functions as F
from serving import PATIENCE, ServerTest


class SubqueryTest(ServerTest):
    def frame(self):
        rows = [("a", 1, 1), ("a", 2, None), ("a", 3, 2), ("b", 4, 2), ("b", 5, 3), ("c", 6, 5)]
        frame = self.spark.createDataFrame(rows, "k string, v int, w int")
        frame.createOrReplaceTempView("t")
        return frame

    def rows(self, frame):
        return [tuple(row) for row in frame.collect()]

    def sql(self, text: str):
        self.frame()
        return self.rows(self.spark.sql(text))

    def test_scalar(self) -> None:
        self.assertEqual([(6,)], self.sql("SELECT (SELECT max(v) FROM t)"))
        self.assertEqual(
            [(4,), (5,), (6,)],
            self.sql("SELECT v FROM t WHERE v > (SELECT avg(v) FROM t) ORDER BY v"),
        )
        self.frame()
        correlated = "SELECT (SELECT v FROM t i WHERE i.k = o.k) FROM t o"
        for text in ("SELECT (SELECT v FROM t)", correlated):
            with self.assertRaises(Exception) as raised:
                self.spark.sql(text).collect()
            self.assertIn("SCALAR_SUBQUERY_TOO_MANY_ROWS", str(raised.exception))
        with self.assertRaises(AnalysisException) as refused:
            self.spark.sql("SELECT (SELECT v, w FROM t)").collect()
        self.assertEqual(
            "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
            refused.exception.getCondition(),
        )

    def test_correlated_scalar(self) -> None:
        self.assertEqual(
            [(3,), (5,), (6,)],
            self.sql(
                "SELECT v FROM t o WHERE v = (SELECT max(v) FROM t i WHERE i.k = o.k) ORDER BY v"
            ),
        )
        # A count over nothing is 0, and not null.
        self.assertEqual(
            [(1, 0), (2, 0), (3, 0), (4, 2), (5, 2), (6, 1)],
            self.sql(
                "SELECT v, (SELECT count(*) FROM t i WHERE i.k = o.k AND i.v > 3) AS n FROM t o "
                "ORDER BY v"
            ),
        )
        # Without an equality.
        self.assertEqual(
            [(1, 0, None), (2, 1, 1), (3, 2, 3), (4, 3, 6), (5, 4, 10), (6, 5, 15)],
            self.sql(
                "SELECT v, (SELECT count(*) FROM t i WHERE i.v < o.v) AS n, "
                "(SELECT sum(v) FROM t i WHERE i.v < o.v) AS s FROM t o ORDER BY v"
            ),
        )

    def test_exists(self) -> None:
        exists = "EXISTS (SELECT 1 FROM t i WHERE i.w = o.v)"
        self.assertEqual(
            [(1,), (2,), (3,), (5,)], self.sql(f"SELECT v FROM t o WHERE {exists} ORDER BY v")
        )
        self.assertEqual([(4,), (6,)], self.sql(f"SELECT v FROM t o WHERE NOT {exists} ORDER BY v"))
        self.assertEqual(
            [(1, True), (2, True), (3, True), (4, False), (5, True), (6, False)],
            self.sql(f"SELECT v, {exists} AS e FROM t o ORDER BY v"),
        )

    def test_in(self) -> None:
        self.assertEqual([], self.sql("SELECT v FROM t WHERE v NOT IN (SELECT w FROM t)"))
        self.assertEqual(
            [(1,), (2,)],
            self.sql("SELECT v FROM t o WHERE v IN (SELECT w FROM t i WHERE i.k = o.k) ORDER BY v"),
        )
        self.assertEqual(
            [(1,), (2,), (3,), (5,), (6,)],
            self.sql("SELECT v FROM t WHERE v IN (SELECT w FROM t) OR v > 5 ORDER BY v"),
        )

    def sql_over_nulls(self, text: str):
        self.spark.sql(
            "SELECT * FROM VALUES (0, 1), (1, 2), (2, 3), (NULL, 9) AS t(x, k)"
        ).createOrReplaceTempView("t")
        self.spark.sql(
            "SELECT * FROM VALUES (2, 5), (3, NULL), (3, 7) AS s(k, y)"
        ).createOrReplaceTempView("s")
        return self.rows(self.spark.sql(text))

    def test_aggregates_over_no_rows_are_rows(self) -> None:
        counts = "(SELECT count(*) FROM s WHERE s.k = t.k)"
        self.assertEqual(
            [(0,), (1,), (2,)],
            self.sql_over_nulls(f"SELECT x FROM t WHERE x IN {counts} ORDER BY x"),
        )
        self.assertEqual(
            [(0, 1), (1, 2), (2, 3), (None, 9)],
            self.sql_over_nulls(f"SELECT * FROM t WHERE k = 9 OR x IN {counts} ORDER BY k"),
        )
        self.assertEqual(
            [(0, True), (1, True), (2, True), (None, False)],
            self.sql_over_nulls(f"SELECT x, x IN {counts} FROM t ORDER BY k"),
        )
        self.assertEqual(
            [(1,), (2,), (3,), (9,)],
            self.sql_over_nulls(f"SELECT k FROM t WHERE EXISTS {counts} ORDER BY k"),
        )
        self.assertEqual(
            [(1,), (9,)],
            self.sql_over_nulls(
                "SELECT k FROM t WHERE EXISTS (SELECT count(*) FROM s WHERE s.k = t.k "
                "HAVING count(*) < 1) ORDER BY k"
            ),
        )

    def test_outer_columns_beside_aggregates_over_no_rows(self) -> None:
        self.assertEqual(
            [(1, 0), (2, 1), (3, 2), (9, None)],
            self.sql_over_nulls(
                "SELECT k, (SELECT count(*) FROM s WHERE s.k = t.k HAVING count(*) >= t.x) AS n "
                "FROM t ORDER BY k"
            ),
        )
        self.assertEqual(
            [(1, 0), (2, None), (3, None), (9, 0)],
            self.sql_over_nulls(
                "SELECT k, (SELECT count(*) FROM s WHERE s.k = t.k HAVING count(*) < 1) AS n "
                "FROM t ORDER BY k"
            ),
        )
        self.assertEqual(
            [(1, 0), (2, 2), (3, 4), (9, None)],
            self.sql_over_nulls(
                "SELECT k, (SELECT c + t.x FROM (SELECT count(*) AS c FROM s WHERE s.k = t.k)) "
                "FROM t ORDER BY k"
            ),
        )
        self.assertEqual(
            [(1, 0, []), (2, 1, [5]), (3, 2, [7]), (9, 0, [])],
            self.sql_over_nulls(
                "SELECT k, c, ys FROM t, LATERAL (SELECT count(*) AS c, collect_list(y) AS ys "
                "FROM s WHERE s.k = t.k) ORDER BY k"
            ),
        )

    def test_in_below_not(self) -> None:
        # A null among the values: nothing is known not to be in.
        ins = "x IN (SELECT y FROM s)"
        self.assertEqual([], self.sql_over_nulls(f"SELECT k FROM t WHERE NOT (k = 1 OR {ins})"))
        self.assertEqual(
            [(1,), (2,)],
            self.sql_over_nulls(
                "SELECT k FROM t WHERE NOT (k = 3 OR NOT NOT x IN (SELECT y FROM s WHERE k = 2)) "
                "ORDER BY k"
            ),
        )
        for condition in (
            f"NOT (k = 1 AND {ins})",
            f"NOT coalesce({ins}, true)",
            f"({ins}) = false",
        ):
            with self.assertRaisesRegex(PySparkException, "NOT IN with a subquery"):
                self.sql_over_nulls(f"SELECT k FROM t WHERE {condition}")

    def test_lateral(self) -> None:
        self.assertEqual(
            [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)],
            self.sql("SELECT o.v, l.x FROM t o, LATERAL (SELECT o.v + 1 AS x) l ORDER BY o.v"),
        )
        self.assertEqual(
            [(1, 3), (2, 3), (3, 3), (4, 5), (5, 5), (6, 6)],
            self.sql(
                "SELECT o.v, l.m FROM t o JOIN LATERAL (SELECT i.v AS m FROM t i WHERE i.k = o.k "
                "ORDER BY i.v DESC LIMIT 1) l ORDER BY o.v"
            ),
        )
        self.assertEqual(
            [(1, 1), (2, 2), (2, 2), (3, 3), (4, None), (5, 5), (6, None)],
            self.sql(
                "SELECT o.v, l.w FROM t o LEFT JOIN LATERAL (SELECT w FROM t i WHERE i.w = o.v) l "
                "ORDER BY o.v"
            ),
        )

    def test_dataframes(self) -> None:
        frame = self.frame()
        other = self.spark.createDataFrame([(2,), (3,), (3,), (None,)], "w int")
        self.assertEqual(
            [(4,), (5,), (6,)],
            self.rows(
                frame.where(F.col("v") > frame.select(F.avg("v")).scalar()).select("v").orderBy("v")
            ),
        )
        exists = other.alias("i").where(F.col("i.w") == F.col("o.v").outer()).exists()
        self.assertEqual(
            [(2,), (3,)], self.rows(frame.alias("o").where(exists).select("v").orderBy("v"))
        )
        self.assertEqual(
            [(2,), (3,)],
            self.rows(frame.where(frame.v.isin(other.select("w"))).select("v").orderBy("v")),
        )

    def test_aliases_of_the_same_list(self) -> None:
        self.assertEqual(
            [(2, 4), (3, 6)],
            self.sql("SELECT v + 1 AS a, a * 2 AS b FROM t WHERE v < 3 ORDER BY a"),
        )

    def test_order_by_all_and_by_what_is_not_selected(self) -> None:
        self.assertEqual(
            [("a", 9), ("b", 11), ("c", 7)],
            self.sql("SELECT k, sum(v) + count(*) AS n FROM t GROUP BY ALL ORDER BY ALL"),
        )
        self.assertEqual(
            [("c",), ("b",), ("a",)], self.sql("SELECT k FROM t GROUP BY k ORDER BY max(v) DESC")
        )

    def test_subquery_is_run_once_for_a_statement(self) -> None:
        self.frame()
        calls = self.directory() / "calls"

        @F.udf("int")
        def noted(value):
            with open(calls, "a") as file:
                file.write("x")
            return value

        self.spark.udf.register("noted", noted)
        self.spark.sql("CREATE TABLE once (v INT) USING parquet")
        self.addCleanup(self.spark.sql, "DROP TABLE once")
        largest = "(SELECT noted(max(v)) FROM t)"
        self.spark.sql(f"INSERT INTO once SELECT {largest}").collect()
        self.assertEqual("x", calls.read_text())
        calls.unlink()
        frame = self.spark.sql(f"SELECT {largest} AS v")
        self.assertEqual("int", frame.schema["v"].dataType.simpleString())
        frame.createOrReplaceTempView("largest")
        self.assertFalse(calls.exists())
        frame.write.mode("append").saveAsTable("once")
        self.assertEqual("x", calls.read_text())
        calls.unlink()
        # Analyzed again for what the sort needs, and in each way of the subquery around it.
        self.spark.sql(
            "SELECT k FROM t o WHERE EXISTS "
            f"(SELECT 1 FROM t i WHERE i.w = o.v AND i.v < {largest}) ORDER BY v"
        ).collect()
        self.assertEqual("x", calls.read_text())

    def test_columns_that_depend_on_a_subquery(self) -> None:
        self.frame()
        rows = self.spark.sql("SELECT k, 1 AS one FROM t WHERE k <> (SELECT max(k) FROM t)")
        self.assertEqual(["one", "a", "b"], rows.groupBy("one").pivot("k").count().columns)
        self.assertEqual(["key", "a", "b"], rows.distinct().transpose().columns)

    def test_subquery_is_interrupted(self) -> None:
        raised = []

        def run() -> None:
            try:
                self.spark.sql("SELECT (SELECT sum(id % 7) FROM range(1000000000000))").collect()
            except Exception as error:
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        end = time.monotonic() + PATIENCE
        while thread.is_alive() and time.monotonic() < end:
            self.spark.interruptAll()
            thread.join(0.2)
        self.assertFalse(thread.is_alive())
        self.assertIn("OPERATION_CANCELED", str(raised[0]))


if __name__ == "__main__":
    unittest.main()
