"""Checkpoints: those of real Spark are resumed, what does not fit is refused in Spark's words."""

import json
import pathlib
import sys
import unittest

from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from serving import ServerTest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "stream")]

import hand_over  # noqa: E402
import queries  # noqa: E402


class CheckpointTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        for key, value in queries.CONF.items():
            self.spark.conf.set(key, value)
        self.folder = self.directory()
        queries.write_input(self.folder / "in", 0)

    def session(self):
        """As an engine, for hand_over."""
        return self.spark

    def events(self, name="in"):
        return self.spark.readStream.schema(queries.SCHEMA).json(str(self.folder / name))

    def run_query(self, frame, mode="update"):
        writer = frame.writeStream.format("noop").outputMode(mode)
        query = writer.option("checkpointLocation", str(self.folder / "checkpoint")).start()
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    def refusal(self, frame, mode="update") -> str:
        queries.write_input(self.folder / "in", 1)
        with self.assertRaises(PySparkException) as raised:
            self.run_query(frame, mode)
        return str(raised.exception)

    def logged(self, batch: int):
        lines = (self.folder / f"checkpoint/offsets/{batch}").read_text().splitlines()
        return json.loads(lines[1])

    def test_what_spark_began_is_resumed(self) -> None:
        folder = self.directory()
        hand_over.unpack(folder)
        hand_over.resume(self, folder)

    def test_what_was_begun_here_is_resumed(self) -> None:
        folder = self.directory() / "begun"
        hand_over.begin(self, folder)
        hand_over.resume(self, folder)

    def test_the_offset_log_has_all_sticky_configurations(self) -> None:
        self.run_query(self.events().groupBy("k").count())
        conf = self.logged(0)["conf"]
        folder = self.directory()
        hand_over.unpack(folder)
        sparks = (folder / "windows/checkpoint/offsets/0").read_text().splitlines()[1]
        self.assertEqual(json.loads(sparks)["conf"], conf)

    def test_the_number_of_partitions_stays(self) -> None:
        counts = self.events().groupBy("k").count()
        self.run_query(counts)
        self.spark.conf.set("spark.sql.shuffle.partitions", "5")
        queries.write_input(self.folder / "in", 1)
        self.run_query(counts)
        self.assertEqual("2", self.logged(1)["conf"]["spark.sql.shuffle.partitions"])
        stores = {path.name for path in (self.folder / "checkpoint/state/0").iterdir()}
        self.assertEqual({"0", "1", "_metadata"}, stores)

    def test_the_metadata_of_operators_are_sparks(self) -> None:
        folder = self.directory()
        hand_over.unpack(folder)
        for name, query in queries.QUERIES.items():
            self.folder = self.directory()
            queries.write_input(self.folder / "in", 0)
            self.run_query(query.make(self.events()), query.mode)
            states = folder / name / "checkpoint/state"
            files = [*states.rglob("metadata"), *states.rglob("schema")]
            self.assertEqual(name != "plain", bool(files))
            for file in files:
                path = file.relative_to(states)
                with self.subTest(query=name, file=path):
                    ours = self.folder / "checkpoint/state" / path
                    self.assertEqual(file.read_bytes(), ours.read_bytes())

    def test_another_aggregate_is_refused(self) -> None:
        self.run_query(self.events().groupBy("k").agg(F.sum("v")))
        self.assertIn(
            "[STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE] Provided value schema does not match",
            self.refusal(self.events().groupBy("k").agg(F.sum("v"), F.count("v"))),
        )

    def test_a_key_of_another_type_is_refused(self) -> None:
        self.run_query(self.events().groupBy("k").count())
        self.assertIn(
            "[STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE] Provided key schema does not match",
            self.refusal(self.events().groupBy("v").count()),
        )

    def test_a_key_may_be_renamed(self) -> None:
        self.run_query(self.events().groupBy("k").count())
        self.run_query(self.events().groupBy(F.col("k").alias("other")).count())

    def test_schemas_are_not_compared_when_that_is_switched_off(self) -> None:
        self.run_query(self.events().groupBy("k").agg(F.max("v")))
        other = self.events().groupBy("k").agg(F.max(F.col("v").cast("double")))
        refused = self.refusal(other)
        self.assertIn("[STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE]", refused)
        key = "spark.sql.streaming.stateStore.stateSchemaCheck"
        self.assertIn(f"please set {key} to false", refused)
        self.spark.conf.set(key, "false")
        self.run_query(other)

    def test_state_of_a_spark_without_nullable_output_is_resumed(self) -> None:
        key = "spark.sql.streaming.statefulOperator.alwaysNullableOutput.enabled"
        counts = self.events().groupBy(F.coalesce("k", F.lit("none")).alias("k")).count()
        self.spark.conf.set(key, "false")
        self.run_query(counts)
        schema = (self.folder / "checkpoint/state/0/0/_metadata/schema").read_bytes()
        self.assertEqual(2, schema.count(b'"nullable":false'))
        # Its log has not the key.
        offsets = self.folder / "checkpoint/offsets"
        (offsets / ".checksums").unlink()
        for log in offsets.iterdir():
            log.write_text(log.read_text().replace(f'"{key}":"false",', ""))
        self.spark.conf.unset(key)
        queries.write_input(self.folder / "in", 1)
        self.run_query(counts)
        self.assertEqual("false", self.logged(1)["conf"][key])

    def test_another_operator_is_refused(self) -> None:
        self.run_query(self.events().groupBy("k").count())
        text = self.refusal(self.events().dropDuplicates(["k"]), "append")
        self.assertIn("[STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA]", text)
        self.assertIn("[(OperatorId: 0 -> OperatorName: stateStoreSave)]", text)
        self.assertIn("[(OperatorId: 0 -> OperatorName: dedupe)]", text)

    def test_a_query_without_state_cannot_get_some(self) -> None:
        self.run_query(self.events(), "append")
        self.assertIn(
            "[STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY]",
            self.refusal(self.events().dropDuplicates(["k"]), "append"),
        )

    def test_another_number_of_sources_is_refused(self) -> None:
        self.run_query(self.events(), "append")
        queries.write_input(self.folder / "other", 0)
        self.assertIn(
            "There are [1] sources in the checkpoint offsets and now there are [2] sources "
            "requested by the query. Cannot continue.",
            self.refusal(self.events().union(self.events("other")), "append"),
        )

    def test_a_checkpoint_without_its_id_is_refused(self) -> None:
        self.run_query(self.events(), "append")
        (self.folder / "checkpoint/metadata").unlink()
        self.assertIn(
            "[STREAMING_CHECKPOINT_MISSING_METADATA_FILE]", self.refusal(self.events(), "append")
        )

    def test_a_store_of_another_kind_is_refused(self) -> None:
        key = "spark.sql.streaming.stateStore.providerClass"
        rocksdb = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
        self.spark.conf.set(key, rocksdb)
        self.assertIn(key, self.refusal(self.events().groupBy("k").count()))

    def test_a_log_of_a_later_spark_is_refused(self) -> None:
        self.run_query(self.events(), "append")
        offsets = self.folder / "checkpoint/offsets"
        (offsets / ".checksums").unlink()
        text = (offsets / "0").read_text()
        (offsets / "0").write_text("v9" + text[2:])
        self.assertIn("v9", self.refusal(self.events(), "append"))


if __name__ == "__main__":
    unittest.main()
