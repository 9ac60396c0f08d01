"""Streaming queries of the official client on the server as it is shipped."""

import json
import time
import unittest

from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.sql import functions as F
from pyspark.sql.streaming.listener import StreamingQueryListener
from serving import PATIENCE, ServerTest


class StreamingTest(ServerTest):
    def words(self, folder):
        lines = self.spark.readStream.text(str(folder))
        return lines.select(F.explode(F.split("value", " ")).alias("word"))

    def test_word_count_in_complete_mode(self) -> None:
        folder = self.directory()
        (folder / "1.txt").write_text("a b\nb c b\n")
        counts = self.words(folder).groupBy("word").count()
        query = counts.writeStream.format("memory").queryName("wc").outputMode("complete").start()
        self.addCleanup(query.stop)
        query.processAllAvailable()
        table = self.spark.sql("SELECT * FROM wc")
        self.assertEqual({("a", 1), ("b", 3), ("c", 1)}, {tuple(row) for row in table.collect()})
        (folder / "2.txt").write_text("c d\n")
        query.processAllAvailable()
        table = self.spark.sql("SELECT * FROM wc")
        self.assertEqual(
            {("a", 1), ("b", 3), ("c", 2), ("d", 1)}, {tuple(row) for row in table.collect()}
        )
        progress = query.lastProgress
        self.assertEqual(1, progress["numInputRows"])
        self.assertEqual(4, progress["stateOperators"][0]["numRowsTotal"])

    def test_update_mode_puts_out_what_changed(self) -> None:
        folder = self.directory()
        (folder / "1.txt").write_text("a b\n")
        counts = self.words(folder).groupBy("word").count()
        query = counts.writeStream.format("memory").queryName("up").outputMode("update").start()
        self.addCleanup(query.stop)
        query.processAllAvailable()
        (folder / "2.txt").write_text("b\n")
        query.processAllAvailable()
        rows = [tuple(row) for row in self.spark.table("up").collect()]
        self.assertEqual([("a", 1), ("b", 1), ("b", 2)], sorted(rows))

    def windows(self, source, target, checkpoint):
        events = self.spark.readStream.schema("ts timestamp, k string, v long").json(str(source))
        sums = (
            events.withWatermark("ts", "10 seconds")
            .groupBy(F.window("ts", "10 seconds"), "k")
            .agg(F.sum("v").alias("s"), F.count("*").alias("n"))
        )
        writer = sums.writeStream.format("parquet").option("checkpointLocation", str(checkpoint))
        return writer.start(str(target))

    def event(self, folder, name, *rows) -> None:
        lines = [
            json.dumps({"ts": f"2026-01-01T00:00:{second:02}Z", "k": key, "v": value}) + "\n"
            for second, key, value in rows
        ]
        (folder / name).write_text("".join(lines))

    def test_windows_come_out_when_the_watermark_has_passed_also_after_a_restart(self) -> None:
        base = self.directory()
        source, target, checkpoint = base / "in", base / "out", base / "checkpoint"
        source.mkdir()
        self.event(source, "1.json", (1, "a", 1), (12, "b", 2))
        query = self.windows(source, target, checkpoint)
        query.processAllAvailable()
        first = query.id
        query.stop()
        self.event(source, "2.json", (35, "c", 3), (2, "a", 5))
        query = self.windows(source, target, checkpoint)
        self.addCleanup(query.stop)
        self.assertEqual(first, query.id)
        query.processAllAvailable()
        # The watermark was at 2 s when the second file came, so its row of second 2 is not late.
        rows = self.spark.read.parquet(str(target)).orderBy("k").collect()
        self.assertEqual([("a", 6, 2), ("b", 2, 1)], [(row.k, row.s, row.n) for row in rows])
        self.event(source, "3.json", (3, "a", 100))
        query.processAllAvailable()
        rows = self.spark.read.parquet(str(target)).orderBy("k").collect()
        self.assertEqual([("a", 6, 2), ("b", 2, 1)], [(row.k, row.s, row.n) for row in rows])

    def test_duplicates_are_dropped_over_batches(self) -> None:
        folder = self.directory()
        (folder / "1.txt").write_text("a b a\n")
        distinct = self.words(folder).dropDuplicates(["word"])
        query = distinct.writeStream.format("memory").queryName("dd").start()
        self.addCleanup(query.stop)
        query.processAllAvailable()
        (folder / "2.txt").write_text("b c\n")
        query.processAllAvailable()
        self.assertEqual(
            ["a", "b", "c"], sorted(row.word for row in self.spark.table("dd").collect())
        )

    def test_a_stream_joins_a_static_table(self) -> None:
        folder = self.directory()
        (folder / "1.txt").write_text("a b\n")
        names = self.spark.createDataFrame([("a", "anna")], ["word", "name"])
        joined = self.words(folder).join(names, "word")
        query = (
            joined.writeStream.format("memory").queryName("j").trigger(availableNow=True).start()
        )
        self.assertTrue(query.awaitTermination(60))
        self.assertEqual([("a", "anna")], [tuple(row) for row in self.spark.table("j").collect()])

    def test_foreach_batch_gets_each_batch(self) -> None:
        base = self.directory()
        source, target = base / "in", str(base / "out")
        source.mkdir()
        (source / "1.txt").write_text("a b\n")

        def save(batch, batch_id):
            batch.selectExpr("word", f"{batch_id}L AS batch").write.mode("append").json(target)

        query = self.words(source).writeStream.foreachBatch(save).start()
        self.addCleanup(query.stop)
        query.processAllAvailable()
        (source / "2.txt").write_text("c\n")
        query.processAllAvailable()
        rows = self.spark.read.json(target).select("word", "batch").collect()
        self.assertEqual([("a", 0), ("b", 0), ("c", 1)], sorted(map(tuple, rows)))

    def test_query_that_does_not_start_leaves_the_table_of_the_other(self) -> None:
        source = self.directory()
        (source / "1.txt").write_text("a\nb\n")
        lines = self.spark.readStream.text(str(source))
        query = lines.writeStream.format("memory").queryName("taken").start()
        self.addCleanup(query.stop)
        query.processAllAvailable()
        with self.assertRaisesRegex(Exception, "query with that name is already active"):
            lines.writeStream.format("memory").queryName("taken").start()
        self.assertEqual(2, self.spark.table("taken").count())

    def test_interrupts_stop_streams_by_the_tag_they_were_started_with(self) -> None:
        source = self.directory()
        lines = self.spark.readStream.text(str(source))
        untagged = lines.writeStream.format("noop").start()
        self.spark.addTag("mine")
        tagged = lines.writeStream.format("noop").start()
        self.spark.clearTags()
        self.assertEqual([], self.spark.interruptTag("other"))
        self.assertEqual(1, len(self.spark.interruptTag("mine")))
        self.assertTrue(tagged.awaitTermination(60))
        self.assertTrue(untagged.isActive)
        self.assertEqual(1, len(self.spark.interruptAll()))
        self.assertTrue(untagged.awaitTermination(60))
        self.assertEqual([], self.spark.interruptAll())

    def test_correctness_of_chained_aggregates_is_checked_unless_told(self) -> None:
        rate = self.spark.readStream.format("rate").load()
        counts = rate.withWatermark("timestamp", "1 minute").groupBy("timestamp").count()
        writer = counts.groupBy("count").count().writeStream.format("noop").outputMode("update")
        key = "spark.sql.streaming.statefulOperator.checkCorrectness.enabled"
        with self.assertRaisesRegex(AnalysisException, key):
            writer.start()
        self.spark.conf.set(key, "false")
        writer.start().stop()

    def test_what_spark_refuses_is_refused(self) -> None:
        folder = self.directory()
        counts = self.words(folder).groupBy("word").count()
        with self.assertRaises(AnalysisException) as raised:
            counts.writeStream.format("memory").queryName("no").outputMode("append").start()
        self.assertEqual(
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", raised.exception.getCondition()
        )
        with self.assertRaises(AnalysisException):
            self.words(folder).writeStream.format("console").outputMode("complete").start()
        with self.assertRaises(AnalysisException):
            counts.collect()

    def test_a_first_batch_without_rows_is_told(self) -> None:
        folder = self.directory()
        (folder / "empty.csv").write_text("a,b\n")
        rows = self.spark.readStream.schema("a string, b int").option("header", True)
        observed = rows.csv(str(folder)).observe("seen", F.count(F.lit(1)).alias("n"))
        query = observed.writeStream.format("noop").trigger(availableNow=True).start()
        query.awaitTermination(PATIENCE)
        progress = [json.loads(one.json) for one in query.recentProgress]
        self.assertEqual([0], [one["batchId"] for one in progress])
        self.assertEqual({"seen": {"n": 0}}, progress[0]["observedMetrics"])

    def test_maps_and_bytes_in_observed_metrics(self) -> None:
        folder = self.directory()
        (folder / "a.txt").write_text("x\n")
        observed = self.spark.readStream.text(str(folder)).observe(
            "seen",
            F.first(F.expr("map('z', 1, 'a', 2)")).alias("texts"),
            F.first(F.expr("map(3, 'x')")).alias("numbers"),
            F.first(F.expr("x'ff0061'")).alias("bytes"),
            F.first(F.expr("array(double('NaN'), double('-Infinity'), 1.5D)")).alias("doubles"),
            F.first(F.expr("timestamp'2020-01-02 03:04:05.6'")).alias("time"),
        )
        query = observed.writeStream.format("noop").trigger(availableNow=True).start()
        query.awaitTermination(PATIENCE)
        metrics = json.loads(query.recentProgress[0].json)["observedMetrics"]["seen"]
        self.assertEqual(
            {
                "texts": {"a": 2, "z": 1},
                "numbers": [{"key": 3, "value": "x"}],
                "bytes": "/wBh",
                "doubles": ["NaN", "-Infinity", 1.5],
                "time": "2020-01-02 03:04:05",
            },
            metrics,
        )
        self.assertEqual(["a", "z"], list(metrics["texts"]))

    def test_settings_have_values_of_their_types(self) -> None:
        for key, value in (
            ("spark.sql.streaming.minBatchesToRetain", "x"),
            ("spark.sql.streaming.noDataProgressEventInterval", "soon"),
            ("spark.sql.streaming.fileSource.log.deletion", "maybe"),
            ("spark.sql.shuffle.partitions", "1.5"),
            ("spark.sql.execution.arrow.maxRecordsPerBatch", "x"),
        ):
            with self.assertRaises(IllegalArgumentException) as raised:
                self.spark.conf.set(key, value)
            text = str(raised.exception)
            self.assertIn(f"[INVALID_CONF_VALUE.TYPE_MISMATCH] The value '{value}'", text)
            self.assertIn(f'in the config "{key}" is invalid. It should be a/an', text)
        with self.assertRaisesRegex(
            IllegalArgumentException, "minBatchesToRetain must be positive"
        ):
            self.spark.conf.set("spark.sql.streaming.minBatchesToRetain", "0")
        self.spark.conf.set("spark.sql.streaming.noDataProgressEventInterval", "500ms")

    def test_an_idle_query_says_so_as_often_as_it_is_asked_to(self) -> None:
        class Idle(StreamingQueryListener):
            def __init__(self) -> None:
                self.times = []

            def onQueryStarted(self, event) -> None:
                pass

            def onQueryProgress(self, event) -> None:
                pass

            def onQueryIdle(self, event) -> None:
                self.times.append(event.timestamp)

            def onQueryTerminated(self, event) -> None:
                pass

        listener = Idle()
        self.spark.streams.addListener(listener)
        self.addCleanup(self.spark.streams.removeListener, listener)
        self.spark.conf.set("spark.sql.streaming.noDataProgressEventInterval", "50ms")
        folder = self.directory()
        query = self.spark.readStream.text(str(folder)).writeStream.format("noop").start()
        deadline = time.monotonic() + 8
        while len(listener.times) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        query.stop()
        self.assertGreaterEqual(len(listener.times), 2)


if __name__ == "__main__":
    unittest.main()
