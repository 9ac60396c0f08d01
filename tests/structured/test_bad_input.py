"""What comes in broken: a clear error, and the server lives on."""

import os
import random
import signal
import subprocess
import sys
import time

import grpc
import pyarrow
import pyarrow.parquet
from pyspark.errors import AnalysisException
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from pyspark.sql import functions as F
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc as service
from serving import PATIENCE, ServerTest

# A client that runs a query without an end, and says when it reads a row.
ENDLESS = """
import sys
from pyspark.sql.connect.session import SparkSession
spark = SparkSession.builder.remote(sys.argv[1]).create()
frame = spark.range(10_000_000_000).selectExpr("id", "sha2(cast(id as string), 256) as s")
for row in frame.toLocalIterator():
    print("row", flush=True)
"""


class BadInputTest(ServerTest):
    def assert_still_serves(self) -> None:
        self.assertEqual(3, self.spark.range(3).count())

    def stub(self) -> service.SparkConnectServiceStub:
        channel = grpc.insecure_channel(self.server.url.removeprefix("sc://"))
        self.addCleanup(channel.close)
        return service.SparkConnectServiceStub(channel)

    def request(self) -> pb.ExecutePlanRequest:
        request = pb.ExecutePlanRequest(session_id="00112233-4455-6677-8899-aabbccddeeff")
        request.user_context.user_id = "somebody"
        return request

    def failure_of(self, request: pb.ExecutePlanRequest) -> grpc.RpcError:
        with self.assertRaises(grpc.RpcError) as caught:
            for _ in self.stub().ExecutePlan(request):
                pass
        return caught.exception

    # --- plans

    def test_plan_with_nothing_in_it(self) -> None:
        self.assertIn("CONNECT_INVALID_PLAN", self.failure_of(self.request()).details())
        request = self.request()
        request.plan.root.filter.input.range.end = 3
        request.plan.root.filter.input.range.step = 1
        self.assertIn("CONNECT_INVALID_PLAN", self.failure_of(request).details())
        self.assert_still_serves()

    def test_relation_of_a_later_protocol_is_refused(self) -> None:
        request = self.request()
        # Field 987 of Relation, which no version has: an empty message.
        request.plan.root.ParseFromString(b"\xda\x3d\x00")
        self.assertNotEqual(grpc.StatusCode.OK, self.failure_of(request).code())
        self.assert_still_serves()

    def test_plans_with_bytes_turned_over(self) -> None:
        frame = (
            self.spark.range(10)
            .select("id", (F.col("id") % 3).alias("k"), F.lit("a").alias("s"))
            .filter("id > 1")
            .groupBy("k")
            .agg(F.sum("id"), F.collect_list("s"))
        )
        sound = frame._plan.to_proto(self.spark.client).root.SerializeToString()
        generator = random.Random(7)
        stub = self.stub()
        answers = {True: 0, False: 0}
        for _ in range(300):
            broken = bytearray(sound)
            for _ in range(generator.randint(1, 3)):
                broken[generator.randrange(len(broken))] = generator.randrange(256)
            request = self.request()
            try:
                request.plan.root.ParseFromString(bytes(broken))
            except Exception:
                continue  # not a message: no client sends it
            # A range may have become a long one: what counts is that it is answered.
            try:
                for answer in stub.ExecutePlan(request, timeout=20):
                    if answer.HasField("arrow_batch"):
                        break
                answers[True] += 1
            except grpc.RpcError as error:
                self.assertNotEqual(grpc.StatusCode.UNAVAILABLE, error.code(), error.details())
                answers[False] += 1
        self.assertGreater(answers[True], 0)
        self.assertGreater(answers[False], 0)
        self.assert_still_serves()

    def test_message_of_200_megabytes(self) -> None:
        request = self.request()
        request.plan.root.local_relation.data = b"x" * (200 << 20)
        self.assertEqual(grpc.StatusCode.RESOURCE_EXHAUSTED, self.failure_of(request).code())
        self.assert_still_serves()

    def test_text_that_nests_without_an_end(self) -> None:
        texts = ["SELECT " + "(" * 100_000, "SELECT " + "-" * 50_001 + "1"]
        texts.append("SELECT 1" + "+1" * 20_000)
        for text in texts:
            try:
                self.spark.sql(text).collect()
            except Exception as error:
                self.assertNotIn("UNAVAILABLE", str(error))
            self.assert_still_serves()

    # --- clients

    def endless_client(self) -> subprocess.Popen[str]:
        script = self.directory() / "endless.py"
        script.write_text(ENDLESS)
        client = subprocess.Popen(
            [sys.executable, str(script), self.server.url], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(self.end, client)
        assert client.stdout is not None
        self.assertEqual("row\n", client.stdout.readline())
        return client

    @staticmethod
    def end(client: subprocess.Popen[str]) -> None:
        client.kill()
        client.wait()
        if client.stdout is not None:
            client.stdout.close()

    def test_client_that_vanishes_in_a_query(self) -> None:
        self.end(self.endless_client())
        self.assert_still_serves()
        # The query is not run on for nobody: the server comes to rest.
        deadline = time.monotonic() + PATIENCE
        while self.cpu_seconds_of_a_second() > 0.5:
            self.assertLess(time.monotonic(), deadline, "the query of the client runs on")

    def cpu_seconds_of_a_second(self) -> float:
        def used() -> float:
            with open(f"/proc/{self.server.process.pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        before = used()
        time.sleep(1)
        return used() - before

    def test_client_that_stops_reading_holds_up_its_own_query_only(self) -> None:
        client = self.endless_client()
        client.send_signal(signal.SIGSTOP)
        self.assert_still_serves()
        before = self.resident_bytes()
        time.sleep(2)
        self.assertLess(self.resident_bytes(), before + (128 << 20))
        self.assert_still_serves()

    def resident_bytes(self) -> int:
        with open(f"/proc/{self.server.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    # --- files

    def parquet(self, rows: int = 1000) -> bytes:
        sink = pyarrow.BufferOutputStream()
        table = pyarrow.table({"i": range(rows), "s": [f"text {i}" for i in range(rows)]})
        pyarrow.parquet.write_table(table, sink)
        return sink.getvalue().to_pybytes()

    def test_file_that_is_no_parquet(self) -> None:
        folder = self.directory()
        (folder / "a.parquet").write_bytes(b"this is a text, not a Parquet file")
        with self.assertRaises(SparkConnectGrpcException) as caught:
            self.spark.read.parquet(str(folder)).collect()
        self.assertIn("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", str(caught.exception))
        self.assertIn("a.parquet", str(caught.exception))
        with self.assertRaises(SparkConnectGrpcException) as caught:
            self.spark.read.schema("i bigint").parquet(str(folder)).collect()
        self.assertIn("FAILED_READ_FILE", str(caught.exception))
        self.assert_still_serves()

    def test_parquet_with_bytes_turned_over(self) -> None:
        sound = self.parquet()
        generator = random.Random(11)
        folder = self.directory()
        file = folder / "a.parquet"
        errors = 0
        for _ in range(60):
            broken = bytearray(sound)
            for _ in range(5):
                broken[generator.randrange(len(broken))] = generator.randrange(256)
            if generator.random() < 0.3:
                del broken[generator.randrange(len(broken)) :]
            file.write_bytes(bytes(broken))
            try:
                self.spark.read.schema("i bigint, s string").parquet(str(file)).collect()
            except Exception as error:
                self.assertNotIn("UNAVAILABLE", str(error))
                errors += 1
        self.assertGreater(errors, 0)
        self.assert_still_serves()

    def test_corrupt_file_ends_the_stream_that_reads_it_and_no_other(self) -> None:
        folder = self.directory()
        (folder / "a.parquet").write_bytes(self.parquet()[:-7])
        other = self.spark.readStream.format("rate").load().writeStream.format("noop").start()
        query = (
            self.spark.readStream.schema("i bigint, s string")
            .parquet(str(folder))
            .writeStream.format("memory")
            .queryName("broken")
            .start()
        )
        with self.assertRaises(Exception) as caught:
            query.awaitTermination(PATIENCE)
        self.assertEqual("StreamingQueryException", type(caught.exception).__name__)
        self.assertIn("FAILED_READ_FILE", str(query.exception()))
        self.assertFalse(query.isActive)
        self.assertTrue(other.isActive)
        other.stop()
        self.assert_still_serves()

    def test_text_that_is_no_utf8(self) -> None:
        folder = self.directory()
        (folder / "a.csv").write_bytes(b"1,\xff\xfe\n2,ok\n")
        rows = self.spark.read.schema("i int, s string").csv(str(folder)).collect()
        self.assertEqual([1, 2], [row.i for row in rows])
        self.assertEqual("ok", rows[1].s)
        (folder / "b.json").write_bytes(b'{"i":1,"s":"\xff"}\n{"i":')
        rows = self.spark.read.schema("i int, s string").json(str(folder / "b.json")).collect()
        self.assertEqual(2, len(rows))
        self.assert_still_serves()

    def test_malformed_records_when_they_must_not_be(self) -> None:
        folder = self.directory()
        (folder / "a.json").write_text('{"i":1}\n{"i":x}\n')
        frame = self.spark.read.schema("i int").option("mode", "FAILFAST").json(str(folder))
        with self.assertRaises(SparkConnectGrpcException) as caught:
            frame.collect()
        self.assertIn("MALFORMED_RECORD_IN_PARSING", str(caught.exception))
        self.assert_still_serves()

    def test_missing_files_and_formats(self) -> None:
        with self.assertRaisesRegex(AnalysisException, "PATH_NOT_FOUND"):
            self.spark.read.parquet("/no/such/folder").collect()
        with self.assertRaisesRegex(AnalysisException, "DATA_SOURCE_NOT_FOUND"):
            self.spark.read.format("no-such-format").load("/tmp").collect()


if __name__ == "__main__":
    import unittest

    unittest.main()
