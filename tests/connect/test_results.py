import contextlib
import datetime
import decimal
import io
import threading
import time
import unittest

from pyspark.errors import PySparkException
from pyspark.sql import types as t
from serving import ServerTest


class Results(ServerTest):
    def test_rows_of_a_range_are_collected(self) -> None:
        self.assertEqual([row.id for row in self.spark.range(3, 9, 2).collect()], [3, 5, 7])

    def test_result_without_rows_has_its_schema(self) -> None:
        table = self.spark.range(0).toArrow()
        self.assertEqual((table.num_rows, table.column_names), (0, ["id"]))

    def test_large_result_comes_in_many_answers(self) -> None:
        table = self.spark.range(3_000_000).toArrow()
        self.assertEqual(table.num_rows, 3_000_000)
        self.assertEqual(table.column("id")[2_999_999].as_py(), 2_999_999)

    def test_dataframe_of_the_client_comes_back(self) -> None:
        moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)
        schema = t.StructType(
            [
                t.StructField("i", t.IntegerType(), False),
                t.StructField("s", t.StringType()),
                t.StructField("d", t.DecimalType(10, 2)),
                t.StructField("day", t.DateType()),
                t.StructField("at", t.TimestampType()),
                t.StructField("list", t.ArrayType(t.LongType())),
                t.StructField("map", t.MapType(t.StringType(), t.DoubleType())),
                t.StructField("in", t.StructType([t.StructField("b", t.BinaryType())])),
                t.StructField("for", t.DayTimeIntervalType()),
            ]
        )
        row = (
            1, "café", decimal.Decimal("1.50"), datetime.date(2026, 1, 2), moment, [1, None],
            {"a": 0.5}, (bytearray(b"\x00\xff"),), datetime.timedelta(days=1, microseconds=1),
        )  # fmt: skip
        nulls = (2, *[None] * 8)
        rows = self.spark.createDataFrame([row, nulls], schema).collect()
        self.assertEqual(tuple(rows[0]), (*row[:7], t.Row(b=bytearray(b"\x00\xff")), row[8]))
        self.assertEqual(tuple(rows[1]), nulls)

    def test_large_dataframe_of_the_client_is_cached_and_comes_back(self) -> None:
        rows = [(i, "x" * 100) for i in range(20_000)]
        frame = self.spark.createDataFrame(rows, "i INT, s STRING")
        self.assertEqual(frame.toArrow().column("i").to_pylist(), list(range(20_000)))
        kept = [key for key in self.spark.conf.getAll if key.startswith("artifact.cache/")]
        self.assertGreater(len(kept), 0, "it came as an artifact")

    def test_pandas_and_show(self) -> None:
        self.assertEqual(self.spark.range(5).toPandas()["id"].sum(), 10)
        self.assertIn("Range", self.spark.range(5)._show_string())

    def test_view_is_read_by_name(self) -> None:
        self.spark.range(4).createOrReplaceTempView("four")
        self.assertEqual(len(self.spark.table("four").collect()), 4)

    def test_statement_is_run_once_and_its_rows_come_with_the_answer(self) -> None:
        self.assertEqual(self.spark.sql("SHOW TABLES").collect()[0].command, "SHOW TABLES")

    def test_checkpointed_relation_is_read_and_forgotten(self) -> None:
        frame = self.spark.range(3).localCheckpoint()
        self.assertEqual(len(frame.collect()), 3)
        kept = frame._plan._relation_id
        del frame
        deadline = time.monotonic() + 60
        while self.spark.conf.get("forgotten", "") != kept:
            self.assertLess(time.monotonic(), deadline, "it was not forgotten")
            time.sleep(0.01)

    def test_storage_level_is_the_one_that_was_asked_for(self) -> None:
        frame = self.spark.range(3)
        self.assertFalse(frame.storageLevel.useMemory)
        frame.cache()
        self.assertTrue(frame.storageLevel.useMemory and frame.storageLevel.useDisk)
        frame.unpersist()
        self.assertFalse(frame.storageLevel.useMemory)

    def test_same_program_has_the_same_semantics(self) -> None:
        one, same, other = (self.spark.range(n) for n in (3, 3, 4))
        self.assertTrue(one.sameSemantics(same))
        self.assertFalse(one.sameSemantics(other))
        self.assertEqual(one.semanticHash(), same.semanticHash())

    def test_questions_about_a_plan(self) -> None:
        frame = self.spark.range(3)
        self.assertEqual(frame.schema, t.StructType([t.StructField("id", t.LongType(), False)]))
        self.assertFalse(frame.isStreaming)
        self.assertFalse(frame.isLocal())
        self.assertEqual(frame.inputFiles(), ["file:///a", "file:///b"])
        self.assertEqual(self.spark.version, "4.3.0")

    def test_tree_ends_at_the_level_asked_for(self) -> None:
        frame = self.spark.createDataFrame([], "a STRUCT<b: STRUCT<c: INT>>")
        whole = "root\n |-- a: struct (nullable = true)\n |    |-- b: struct (nullable = true)\n"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            frame.printSchema(2)
        self.assertEqual(printed.getvalue().rstrip("\n"), whole.rstrip("\n"))

    def test_interrupted_operation_is_canceled(self) -> None:
        outcome: list[str] = []

        def read() -> None:
            try:
                self.spark.table("endless").collect()
            except PySparkException as error:
                outcome.append(str(error))

        reader = threading.Thread(target=read)
        reader.start()
        deadline = time.monotonic() + 60
        while not self.spark.interruptAll():
            self.assertLess(time.monotonic(), deadline, "nothing was there to interrupt")
        reader.join(60)
        self.assertIn("OPERATION_CANCELED", outcome[0])

    def test_tagged_operations_only_are_interrupted(self) -> None:
        outcome: list[str] = []

        def read() -> None:
            self.spark.addTag("slow")
            try:
                self.spark.table("endless").collect()
            except PySparkException as error:
                outcome.append(str(error))

        reader = threading.Thread(target=read)
        reader.start()
        self.assertEqual(self.spark.interruptTag("other"), [])
        deadline = time.monotonic() + 60
        while not self.spark.interruptTag("slow"):
            self.assertLess(time.monotonic(), deadline, "nothing was there to interrupt")
        reader.join(60)
        self.assertIn("OPERATION_CANCELED", outcome[0])

    def test_files_are_added(self) -> None:
        module = self.directory() / "mine.py"
        module.write_text("x = 1\n")
        self.spark.addArtifact(str(module), pyfile=True)
        self.assertEqual(self.spark.conf.get("artifact.pyfiles/mine.py"), "6")
        large = self.directory() / "large.txt"
        large.write_bytes(b"y" * 200_000)
        self.spark.addArtifact(str(large), file=True)
        self.assertEqual(self.spark.conf.get("artifact.files/large.txt"), "200000")


if __name__ == "__main__":
    unittest.main()
