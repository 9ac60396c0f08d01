"""Tables of the catalog: the official client and the server as it is shipped."""

import pathlib
import shutil
import tempfile
import threading
import unittest

from pyspark.errors import AnalysisException, PySparkException, SparkRuntimeException
from pyspark.sql import Observation, Row
from pyspark.sql import functions as F
from serving import ServerTest


class TablesTest(ServerTest):
    @classmethod
    def setUpClass(cls) -> None:
        cls.warehouse = pathlib.Path(tempfile.mkdtemp(prefix="spate-warehouse-"))
        cls.addClassCleanup(shutil.rmtree, cls.warehouse)
        cls.arguments = ("--conf", f"spark.sql.warehouse.dir={cls.warehouse}")
        super().setUpClass()

    def refused(self, error_class: str, statement: str, kind=AnalysisException) -> None:
        with self.assertRaises(kind) as caught:
            self.spark.sql(statement).collect()
        self.assertEqual(error_class, caught.exception.getCondition())

    def rows(self, statement: str):
        return [tuple(row) for row in self.spark.sql(statement).collect()]

    def test_create_insert_select_drop(self) -> None:
        self.spark.sql("CREATE TABLE first (a INT COMMENT 'x', b STRING) USING parquet")
        self.spark.sql("INSERT INTO first VALUES (1, 'x'), (2L, 'y')")
        self.spark.sql("INSERT INTO first (b) VALUES ('z')")
        rows = self.rows("SELECT spark_catalog.default.first.a, b FROM first ORDER BY b")
        self.assertEqual([(1, "x"), (2, "y"), (None, "z")], rows)
        self.refused("TABLE_OR_VIEW_ALREADY_EXISTS", "CREATE TABLE first (a INT) USING parquet")
        self.refused(
            "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", "INSERT INTO first VALUES (1)"
        )
        self.refused(
            "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST", "INSERT INTO first VALUES ('1', 'x')"
        )
        self.spark.sql("INSERT OVERWRITE first SELECT 7, 'q'")
        self.assertEqual([(7, "q")], self.rows("SELECT * FROM first"))
        self.refused("UNSUPPORTED_OVERWRITE.TABLE", "INSERT OVERWRITE first SELECT * FROM first")
        self.spark.sql("TRUNCATE TABLE first")
        self.assertEqual([], self.rows("SELECT * FROM first"))
        self.spark.sql("DROP TABLE first")
        self.assertFalse((self.warehouse / "first").exists())
        self.refused("TABLE_OR_VIEW_NOT_FOUND", "SELECT * FROM first")
        self.refused("TABLE_OR_VIEW_NOT_FOUND", "DROP TABLE first")
        self.spark.sql("DROP TABLE IF EXISTS first")

    def test_other_sessions_see_tables_and_not_views(self) -> None:
        self.spark.range(3).write.saveAsTable("shared")
        self.spark.range(3).createOrReplaceTempView("own")
        self.spark.range(4).createOrReplaceGlobalTempView("everybodys")
        other = self.connect()
        self.assertEqual(3, other.table("shared").count())
        self.assertEqual(4, other.table("global_temp.everybodys").count())
        self.assertFalse(other.catalog.tableExists("own"))
        self.assertTrue(self.spark.catalog.dropGlobalTempView("everybodys"))
        other.sql("DROP TABLE shared")
        self.assertFalse(self.spark.catalog.tableExists("shared"))

    def test_view_of_a_dataframe_stays_what_it_was(self) -> None:
        self.spark.range(4).createOrReplaceTempView("v")
        self.spark.table("v").filter("id > 0").createOrReplaceTempView("v")
        self.spark.table("v").filter("id > 1").createOrReplaceTempView("v")
        self.assertEqual([(2,), (3,)], self.rows("SELECT * FROM v"))
        self.spark.sql("CREATE TEMP VIEW text AS SELECT 1 AS one")
        self.spark.sql("CREATE TEMP VIEW reader AS SELECT * FROM text")
        self.spark.table("text").createOrReplaceTempView("kept")
        self.spark.table("reader").createOrReplaceTempView("kept_below")
        self.spark.sql("CREATE OR REPLACE TEMP VIEW text AS SELECT 2 AS one")
        self.assertEqual([(2,)], self.rows("SELECT * FROM reader"))
        self.assertEqual([(1,)], self.rows("SELECT * FROM kept"))
        self.assertEqual([(1,)], self.rows("SELECT * FROM kept_below"))
        self.spark.sql("DROP VIEW text")
        self.refused("TABLE_OR_VIEW_NOT_FOUND", "SELECT * FROM reader")
        self.assertEqual([(1,)], self.rows("SELECT * FROM kept"))
        self.assertEqual([(1,)], self.rows("SELECT * FROM kept_below"))

    def test_view_that_reads_itself(self) -> None:
        again = "CREATE OR REPLACE TEMP VIEW v AS SELECT id + 1 AS id FROM "
        self.spark.range(4).createOrReplaceTempView("v")
        self.refused("RECURSIVE_VIEW", again + "v")
        self.refused("RECURSIVE_VIEW", again + "range(3) WHERE id IN (SELECT id FROM v)")
        self.spark.sql("CREATE TEMP VIEW w AS SELECT id + 3 AS id FROM v")
        with self.assertRaises(AnalysisException) as caught:
            self.spark.sql(again + "w")
        self.assertEqual(
            {"viewIdent": "`v`", "newPath": "`v` -> `w` -> `v`"},
            caught.exception.getMessageParameters(),
        )
        self.spark.table("v").createOrReplaceTempView("w")
        self.refused("RECURSIVE_VIEW", again + "w")
        self.assertEqual(4, self.spark.table("v").count())
        self.refused("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", again.replace(" OR REPLACE", "") + "v")

    def test_views_in_views_end(self) -> None:
        self.spark.conf.set("spark.sql.view.maxNestedViewDepth", 2)
        self.addCleanup(self.spark.conf.unset, "spark.sql.view.maxNestedViewDepth")
        self.spark.sql("CREATE TEMP VIEW first AS SELECT 1 AS a")
        self.spark.sql("CREATE TEMP VIEW second AS SELECT * FROM first")
        self.assertEqual([(1,)], self.rows("SELECT * FROM second"))
        self.spark.sql("CREATE TEMP VIEW third AS SELECT * FROM second")
        self.refused("VIEW_EXCEED_MAX_NESTED_DEPTH", "SELECT * FROM third")
        # Nothing is looked up below the view of a DataFrame.
        self.spark.table("second").createOrReplaceTempView("kept")
        self.spark.sql("CREATE OR REPLACE TEMP VIEW third AS SELECT * FROM kept")
        self.assertEqual([(1,)], self.rows("SELECT * FROM third"))

    def test_view_keeps_its_functions_and_subqueries(self) -> None:
        self.spark.udf.register("number", F.udf(lambda: 1, "int"))
        self.spark.sql("CREATE TEMP VIEW largest AS SELECT 1 AS a")
        query = "SELECT number() AS n, (SELECT max(a) FROM largest) AS m"
        self.spark.sql("CREATE TEMP VIEW of_text AS " + query)
        self.spark.sql(query).createOrReplaceTempView("of_frame")
        self.spark.table("of_text").createOrReplaceTempView("below")
        self.spark.udf.register("number", F.udf(lambda: 2, "int"))
        self.spark.sql("CREATE OR REPLACE TEMP VIEW largest AS SELECT 2 AS a")
        self.assertEqual(
            [(2, 2), (1, 1), (1, 1)],
            self.rows(
                "SELECT * FROM of_text UNION ALL SELECT * FROM of_frame "
                "UNION ALL SELECT * FROM below"
            ),
        )

    def test_view_reads_the_tables_of_its_database(self) -> None:
        self.spark.sql("CREATE DATABASE elsewhere")
        self.spark.sql("CREATE TABLE same USING parquet AS SELECT 1 AS one")
        self.spark.sql("CREATE TABLE elsewhere.same USING parquet AS SELECT 2 AS one")
        self.spark.sql("CREATE TEMP VIEW of_text AS SELECT one, same.one AS again FROM same")
        self.spark.table("same").createOrReplaceTempView("of_frame")
        self.spark.sql("USE elsewhere")
        self.assertEqual([(1, 1)], self.rows("SELECT * FROM of_text"))
        self.assertEqual([(1,)], self.rows("SELECT * FROM of_frame"))
        self.spark.sql("INSERT INTO default.same VALUES (3)")
        self.assertEqual([(1,), (3,)], self.rows("SELECT one FROM of_text ORDER BY one"))
        self.spark.sql("USE default")
        self.spark.sql("CREATE TEMP VIEW same AS SELECT 9 AS one")
        self.assertEqual([(1,), (3,)], self.rows("SELECT one FROM of_text ORDER BY one"))
        self.assertEqual([(1,), (3,)], self.rows("SELECT one FROM of_frame ORDER BY one"))
        self.spark.sql("DROP VIEW same")
        self.spark.sql("DROP TABLE same")
        self.refused("TABLE_OR_VIEW_NOT_FOUND", "SELECT * FROM of_text")
        self.spark.sql("DROP DATABASE elsewhere CASCADE")

    def test_global_views_have_what_they_need_with_them(self) -> None:
        self.spark.sql("CREATE TEMP VIEW own AS SELECT 5 AS five")
        self.spark.sql("CREATE GLOBAL TEMP VIEW of_text AS SELECT * FROM own")
        self.spark.table("own").createOrReplaceGlobalTempView("of_frame")
        other = self.connect()
        rows = other.table("global_temp.of_frame").collect()
        self.assertEqual([(5,)], [tuple(row) for row in rows])
        with self.assertRaisesRegex(AnalysisException, "TABLE_OR_VIEW_NOT_FOUND"):
            other.table("global_temp.of_text").collect()
        for name in ("of_text", "of_frame"):
            self.assertTrue(self.spark.catalog.dropGlobalTempView(name))

    def test_append_to_a_table_of_another_layout(self) -> None:
        frame = self.spark.range(3)
        folder = self.directory() / "t"
        frame.write.saveAsTable("plain")
        frame.write.bucketBy(2, "id").saveAsTable("bucketed")
        frame.write.clusterBy("id").saveAsTable("clustered")
        frame.write.option("path", str(folder)).saveAsTable("outer")
        buckets = "_LEGACY_ERROR_TEMP_1164"
        clusters = "CLUSTERING_COLUMNS_MISMATCH"
        other_path = "_LEGACY_ERROR_TEMP_1160"
        for table, writer, condition in (
            ("plain", frame.write.bucketBy(2, "id"), buckets),
            ("plain", frame.write.clusterBy("id"), clusters),
            ("plain", frame.write.option("path", str(folder)), other_path),
            ("outer", frame.write.option("path", f"{folder}2"), other_path),
            ("bucketed", frame.write.bucketBy(3, "id"), buckets),
            ("bucketed", frame.write, buckets),
            ("bucketed", frame.write.bucketBy(2, "id").sortBy("id"), buckets),
            ("clustered", frame.write, clusters),
        ):
            with self.assertRaises(AnalysisException) as caught:
                writer.mode("append").saveAsTable(table)
            self.assertEqual(condition, caught.exception.getCondition())
        frame.write.mode("append").option("path", str(folder)).saveAsTable("outer")
        frame.write.mode("append").bucketBy(2, "ID").saveAsTable("bucketed")
        self.assertEqual(6, self.spark.table("outer").count())
        self.assertEqual(6, self.spark.table("bucketed").count())
        for table in ("plain", "bucketed", "clustered", "outer"):
            self.spark.sql(f"DROP TABLE {table}")

    def test_failed_table_leaves_nothing_in_its_way(self) -> None:
        with self.assertRaisesRegex(PySparkException, "DIVIDE_BY_ZERO"):
            self.spark.sql("CREATE TABLE made AS SELECT 1 / (id - id) AS a FROM range(1)")
        self.spark.sql("CREATE TABLE made USING parquet AS SELECT 1 AS a")
        failing = self.spark.sql("SELECT 1 / (id - id) AS a FROM range(1)")
        with self.assertRaisesRegex(PySparkException, "DIVIDE_BY_ZERO"):
            failing.write.mode("overwrite").saveAsTable("made")
        self.assertEqual([(1,)], self.rows("SELECT * FROM made"))
        self.spark.sql("DROP TABLE made")

    def test_table_that_two_make_at_once(self) -> None:
        outcomes: list[int] = []
        refused: list[str | None] = []

        def make(session, number: int) -> None:
            frame = session.range(200_000).select(F.lit(number).alias("maker"))
            try:
                frame.write.saveAsTable("contested")
                outcomes.append(number)
            except PySparkException as error:
                refused.append(error.getCondition())

        for _ in range(5):
            outcomes.clear()
            makers = [
                threading.Thread(target=make, args=(self.connect(), number)) for number in range(3)
            ]
            for maker in makers:
                maker.start()
            for maker in makers:
                maker.join()
            self.assertEqual(1, len(outcomes))
            self.assertEqual(
                [(outcomes[0], 200_000)],
                self.rows("SELECT maker, count(*) FROM contested GROUP BY maker"),
            )
            self.spark.sql("DROP TABLE contested")
        self.assertLessEqual(
            set(refused), {"TABLE_OR_VIEW_ALREADY_EXISTS", "LOCATION_ALREADY_EXISTS"}
        )

    def test_save_modes(self) -> None:
        self.spark.range(2).write.format("json").saveAsTable("saved")
        self.spark.range(2, 4).write.format("json").mode("append").saveAsTable("saved")
        self.spark.range(9).write.mode("ignore").saveAsTable("saved")
        self.assertEqual([(0,), (1,), (2,), (3,)], self.rows("SELECT * FROM saved ORDER BY id"))
        with self.assertRaises(AnalysisException):
            self.spark.range(2).write.saveAsTable("saved")
        with self.assertRaisesRegex(AnalysisException, "doesn't match the specified format"):
            self.spark.range(2).write.mode("append").saveAsTable("saved")
        overwritten = self.spark.range(1).withColumn("p", F.lit("a/b"))
        overwritten.write.mode("overwrite").partitionBy("p").saveAsTable("saved")
        self.assertEqual([(0, "a/b")], self.rows("SELECT * FROM saved"))
        self.assertEqual([("p=a%2Fb",)], self.rows("SHOW PARTITIONS saved"))
        self.spark.sql("DROP TABLE saved")

    def test_partitions_are_overwritten_one_by_one(self) -> None:
        self.spark.sql("CREATE TABLE parts (a INT, p INT) USING csv PARTITIONED BY (p)")
        self.spark.sql("INSERT INTO parts VALUES (1, 1), (2, 2)")
        self.spark.sql("INSERT OVERWRITE parts PARTITION (p = 1) VALUES (7)")
        self.assertEqual([(2, 2), (7, 1)], self.rows("SELECT * FROM parts ORDER BY a"))
        self.spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
        self.spark.sql("INSERT OVERWRITE parts VALUES (8, 2), (9, 3)")
        self.assertEqual([(7, 1), (8, 2), (9, 3)], self.rows("SELECT * FROM parts ORDER BY a"))
        self.spark.sql("DROP TABLE parts")

    def test_partition_of_an_overwrite_names_directories_from_the_root_on(self) -> None:
        self.spark.sql("CREATE TABLE two (x INT, a INT, b INT) USING parquet PARTITIONED BY (a, b)")
        self.spark.sql("INSERT INTO two VALUES (1, 1, 1), (2, 1, 2), (3, 2, 2)")
        for mode in ("static", "dynamic"):
            self.spark.conf.set("spark.sql.sources.partitionOverwriteMode", mode)
            for partition, condition in (
                ("b = 2", "_LEGACY_ERROR_TEMP_1169"),
                ("a = 1", "_LEGACY_ERROR_TEMP_1169"),
                ("a, b = 2", "_LEGACY_ERROR_TEMP_1147"),
                ("b = 2, a", "_LEGACY_ERROR_TEMP_1147"),
            ):
                self.refused(condition, f"INSERT OVERWRITE two PARTITION ({partition}) SELECT 9, 7")
        self.assertEqual(
            [(1, 1, 1), (2, 1, 2), (3, 2, 2)], self.rows("SELECT * FROM two ORDER BY x")
        )
        self.spark.conf.set("spark.sql.sources.partitionOverwriteMode", "static")
        self.spark.sql("INSERT OVERWRITE two PARTITION (a = 1, b) SELECT 9, 7")
        self.assertEqual([(3, 2, 2), (9, 1, 7)], self.rows("SELECT * FROM two ORDER BY x"))
        self.spark.sql("DROP TABLE two")

    def test_external_table_keeps_its_files(self) -> None:
        folder = self.directory() / "t"
        self.spark.range(2).write.option("path", str(folder)).saveAsTable("outside")
        self.assertEqual("EXTERNAL", self.spark.catalog.getTable("outside").tableType)
        self.spark.sql("DROP TABLE outside")
        self.assertEqual(2, self.spark.read.parquet(str(folder)).count())
        self.spark.sql(f"CREATE TABLE outside USING parquet LOCATION '{folder}'")
        self.assertEqual(2, self.spark.table("outside").count())
        self.spark.sql("DROP TABLE outside")

    def test_files_in_the_place_of_a_managed_table(self) -> None:
        (self.warehouse / "taken").mkdir()
        (self.warehouse / "taken" / "x").write_text("x")
        self.refused("LOCATION_ALREADY_EXISTS", "CREATE TABLE taken (a INT)", SparkRuntimeException)

    def test_databases(self) -> None:
        self.spark.sql("CREATE DATABASE d COMMENT 'c'")
        self.refused("SCHEMA_ALREADY_EXISTS", "CREATE DATABASE d")
        self.spark.sql("USE d")
        self.assertEqual("d", self.spark.catalog.currentDatabase())
        self.spark.sql("CREATE TABLE t AS SELECT current_database() AS db")
        self.assertEqual([("d",)], self.rows("SELECT db FROM d.t"))
        self.assertEqual([("d", "t", False)], self.rows("SHOW TABLES IN d"))
        self.refused("SCHEMA_NOT_FOUND", "SHOW TABLES IN nowhere")
        self.refused("SCHEMA_NOT_EMPTY", "DROP DATABASE d")
        self.spark.sql("USE default")
        self.spark.sql("DROP DATABASE d CASCADE")
        folder = self.directory() / "l"
        properties = {"location": str(folder), "k": "v"}
        self.spark.catalog.createDatabase("located", properties=properties)
        described = dict(self.rows("DESCRIBE DATABASE EXTENDED located"))
        self.assertEqual(f"file:{folder}", described["Location"])
        self.assertEqual("((k,v))", described["Properties"])
        self.spark.sql("DROP DATABASE located")
        self.assertEqual([("default",)], self.rows("SHOW DATABASES"))

    def test_catalog_calls(self) -> None:
        catalog = self.spark.catalog
        schema = self.spark.range(1).schema
        catalog.createTable("called", schema=schema, source="parquet", description="d")
        self.spark.range(1).createOrReplaceTempView("called_view")
        found = {(t.name, t.tableType, t.description) for t in catalog.listTables(pattern="call*")}
        self.assertEqual({("called", "MANAGED", "d"), ("called_view", "TEMPORARY", None)}, found)
        self.assertEqual(["id"], [column.name for column in catalog.listColumns("called")])
        self.assertTrue(catalog.tableExists("called", "default"))
        self.assertFalse(catalog.tableExists("nowhere.called"))
        catalog.cacheTable("called")
        self.assertTrue(catalog.isCached("called"))
        catalog.clearCache()
        self.assertFalse(catalog.isCached("called"))
        self.assertTrue(catalog.functionExists("count"))
        with self.assertRaisesRegex(AnalysisException, "SCHEMA_NOT_FOUND"):
            catalog.setCurrentDatabase("nowhere")
        with self.assertRaisesRegex(AnalysisException, "TABLE_OR_VIEW_NOT_FOUND"):
            catalog.getTable("nothing")
        self.spark.sql("DROP TABLE called")

    def test_write_to(self) -> None:
        frame = self.spark.range(3).withColumn("p", F.col("id") % 2)
        frame.writeTo("second").using("parquet").partitionedBy("p").create()
        self.assertEqual(3, self.spark.table("second").count())
        with self.assertRaisesRegex(AnalysisException, "Cannot write into v1 table"):
            frame.writeTo("second").append()
        with self.assertRaisesRegex(AnalysisException, "UNSUPPORTED_FEATURE.TABLE_OPERATION"):
            frame.writeTo("second").createOrReplace()
        with self.assertRaisesRegex(AnalysisException, "TABLE_OR_VIEW_NOT_FOUND"):
            frame.writeTo("nothing").overwritePartitions()
        self.spark.sql("DROP TABLE second")

    def test_stream_into_a_table_and_out_of_it(self) -> None:
        source = self.directory()
        (source / "1.txt").write_text("a\nb\n")
        lines = self.spark.readStream.text(str(source))
        checkpoint = str(self.directory())
        query = lines.writeStream.option("checkpointLocation", checkpoint).toTable("streamed")
        query.processAllAvailable()
        query.stop()
        self.assertEqual([("a",), ("b",)], self.rows("SELECT * FROM streamed ORDER BY value"))
        back = self.spark.readStream.table("streamed")
        query = back.writeStream.format("memory").queryName("back").start()
        query.processAllAvailable()
        query.stop()
        self.assertEqual(2, self.spark.table("back").count())
        with self.assertRaisesRegex(AnalysisException, "is different from the table"):
            lines.writeStream.format("csv").option("checkpointLocation", checkpoint).toTable(
                "streamed"
            )
        self.spark.sql("DROP TABLE streamed")

    def test_observed_metrics(self) -> None:
        observation = Observation("seen")
        frame = self.spark.range(10).observe(
            observation, F.count(F.lit(1)).alias("rows"), F.max("id").alias("highest")
        )
        self.assertEqual(5, len(frame.filter("id >= 5").collect()))
        self.assertEqual({"rows": 10, "highest": 9}, observation.get)
        written = Observation()
        observed = self.spark.range(4).observe(written, F.sum("id").alias("s"))
        observed.write.format("noop").mode("overwrite").save()
        self.assertEqual({"s": 6}, written.get)

    def test_metrics_must_be_aggregates(self) -> None:
        def observe(*metrics):
            return self.spark.range(1).observe("m", *metrics).schema

        condition = "INVALID_OBSERVED_METRICS.NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE"
        with self.assertRaisesRegex(AnalysisException, condition):
            observe(F.col("id"))
        condition = "INVALID_OBSERVED_METRICS.AGGREGATE_EXPRESSION_WITH_DISTINCT_UNSUPPORTED"
        with self.assertRaisesRegex(AnalysisException, condition):
            observe(F.count_distinct("id"))
        both = self.spark.range(1).observe("m", F.max("id"))
        both = both.union(self.spark.range(1).observe("m", F.min("id")))
        with self.assertRaisesRegex(AnalysisException, "DUPLICATED_METRICS_NAME"):
            both.collect()

    def test_metrics_of_a_stream(self) -> None:
        source = self.directory()
        (source / "1.txt").write_text("a\nb\n")
        lines = self.spark.readStream.text(str(source))
        observed = lines.observe("seen", F.count(F.lit(1)).alias("n"), F.max("value").alias("last"))
        query = observed.writeStream.format("noop").start()
        self.addCleanup(query.stop)
        query.processAllAvailable()
        metrics = query.lastProgress.observedMetrics
        self.assertEqual({"seen": Row(n=2, last="b")}, metrics)


if __name__ == "__main__":
    unittest.main()
