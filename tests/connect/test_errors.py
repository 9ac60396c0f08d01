import unittest

import grpc
from pyspark.errors import (
    AnalysisException,
    ArithmeticException,
    IllegalArgumentException,
    NumberFormatException,
    ParseException,
    PySparkException,
    SparkNoSuchElementException,
    UnsupportedOperationException,
)
from pyspark.sql import functions as f
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc
from serving import ServerTest

SESSION = "11111111-2222-4333-8444-555555555555"


class Errors(ServerTest):
    def failure_of(self, table: str) -> PySparkException:
        with self.assertRaises(PySparkException) as caught:
            self.spark.table(table).collect()
        return caught.exception

    def test_missing_table_is_an_analysis_exception_in_sparks_words(self) -> None:
        error = self.failure_of("nowhere")
        self.assertIsInstance(error, AnalysisException)
        self.assertEqual(
            str(error),
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nowhere` cannot be found. "
            "Verify the spelling. SQLSTATE: 42P01",
        )
        self.assertEqual(error.getCondition(), "TABLE_OR_VIEW_NOT_FOUND")
        self.assertEqual(error.getSqlState(), "42P01")
        self.assertEqual(error.getMessageParameters(), {"relationName": "`nowhere`"})

    def test_errors_of_rows_have_exceptions_of_their_own(self) -> None:
        self.assertIsInstance(self.failure_of("error_divide"), ArithmeticException)
        self.assertIsInstance(self.failure_of("error_cast"), NumberFormatException)
        self.assertIsInstance(self.failure_of("error_argument"), IllegalArgumentException)
        self.assertIn("something broke", str(self.failure_of("error_internal")))

    def test_long_message_arrives_whole(self) -> None:
        self.assertIn("x" * 100_000, str(self.failure_of("error_long")))

    def test_text_that_does_not_parse(self) -> None:
        with self.assertRaises(ParseException) as caught:
            self.spark.sql("SELEC 1")
        self.assertEqual(caught.exception.getCondition(), "PARSE_SYNTAX_ERROR")
        with self.assertRaises(ParseException):
            self.spark.range(1).select(f.expr("1 +")).collect()

    def test_what_is_not_served_is_refused_by_name(self) -> None:
        with self.assertRaises(UnsupportedOperationException) as caught:
            self.spark.range(1)._joinAsOf(self.spark.range(1), "id", "id").collect()
        self.assertIn("As-of joins", str(caught.exception))

    def test_configuration(self) -> None:
        with self.assertRaises(SparkNoSuchElementException) as caught:
            self.spark.conf.get("no.such.key")
        self.assertEqual(caught.exception.getCondition(), "SQL_CONF_NOT_FOUND")
        self.assertEqual(self.spark.conf.get("no.such.key", "else"), "else")
        self.spark.conf.set("my.key", "1")
        self.assertEqual(self.spark.conf.get("my.key"), "1")
        self.spark.conf.unset("my.key")
        self.assertIsNone(self.spark.conf.get("my.key", None))
        self.assertFalse(self.spark.conf.isModifiable("spark.master"))
        with self.assertRaises(PySparkException) as refused:
            self.spark.conf.set("spark.master", "local")
        self.assertEqual(refused.exception.getCondition(), "CANNOT_MODIFY_CONFIG")


class Protocol(ServerTest):
    """What the official client would never send."""

    def setUp(self) -> None:
        options = [("grpc.max_send_message_length", -1)]
        channel = grpc.insecure_channel(self.server.url.removeprefix("sc://"), options)
        self.addCleanup(channel.close)
        self.channel = channel
        self.stub = base_pb2_grpc.SparkConnectServiceStub(channel)

    def request(self, **fields: object) -> pb.ExecutePlanRequest:
        return pb.ExecutePlanRequest(session_id=SESSION, **fields)

    def failure_of(self, request: pb.ExecutePlanRequest) -> grpc.RpcError:
        with self.assertRaises(grpc.RpcError) as caught:
            list(self.stub.ExecutePlan(request))
        return caught.exception

    def assert_still_serves(self) -> None:
        request = self.request()
        request.plan.root.range.end = 3
        request.plan.root.range.step = 1
        answers = list(self.stub.ExecutePlan(request))
        self.assertTrue(answers[-1].HasField("result_complete"))
        rows = sum(answer.arrow_batch.row_count for answer in answers)
        self.assertEqual(rows, 3)

    def test_empty_plan(self) -> None:
        self.assertIn("CONNECT_INVALID_PLAN", self.failure_of(self.request()).details())
        self.assert_still_serves()

    def test_session_id_that_is_none(self) -> None:
        request = pb.ExecutePlanRequest(session_id="me")
        self.assertIn("INVALID_HANDLE.FORMAT", self.failure_of(request).details())

    def test_relation_of_a_later_version(self) -> None:
        request = self.request()
        # Field 48 of Relation, which no client of this version knows.
        request.plan.root.MergeFromString(bytes([0x82, 0x03, 0x00]))
        self.assertIn("CONNECT_INVALID_PLAN", self.failure_of(request).details())

    def test_lambda_variable_without_a_name(self) -> None:
        request = self.request()
        project = request.plan.root.project
        project.input.range.end = 3
        project.input.range.step = 1
        project.expressions.add().unresolved_named_lambda_variable.SetInParent()
        self.assertIn("CONNECT_INVALID_PLAN", self.failure_of(request).details())
        self.assert_still_serves()

    def test_bytes_that_are_no_message(self) -> None:
        call = self.channel.unary_stream(
            "/spark.connect.SparkConnectService/ExecutePlan",
            request_serializer=lambda data: data,
            response_deserializer=lambda data: data,
        )
        with self.assertRaises(grpc.RpcError) as caught:
            list(call(b"\xff" * 100))
        self.assertIn("no message of Spark Connect", caught.exception.details())
        self.assert_still_serves()

    def test_plan_that_nests_deeply_and_one_that_nests_too_deeply(self) -> None:
        def nested(levels: int) -> bytes:
            relation = pb.Plan().root
            relation.range.end = 1
            relation.range.step = 1
            data = relation.SerializeToString()
            for _ in range(levels):  # Relation.limit { input }
                data = _field(1, data) + b"\x10\x07"
                data = _field(8, data)
            return data

        def send(levels: int) -> str:
            raw = self.channel.unary_stream(
                "/spark.connect.SparkConnectService/ExecutePlan",
                request_serializer=lambda data: data,
                response_deserializer=lambda data: data,
            )
            plan = _field(1, nested(levels))
            with self.assertRaises(grpc.RpcError) as caught:
                list(raw(_field(1, SESSION.encode()) + _field(3, plan)))
            return caught.exception.details()

        self.assertIn("UNSUPPORTED_FEATURE", send(400), "the test's engine has no limits")
        self.assertIn("nested deeper", send(5000))
        self.assert_still_serves()

    def test_message_that_is_too_large(self) -> None:
        request = self.request()
        request.plan.root.local_relation.data = b"x" * (200 << 20)
        error = self.failure_of(request)
        self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertIn("larger than max", error.details())
        self.assert_still_serves()

    def test_compressed_plan_that_is_not_sound(self) -> None:
        request = self.request()
        operation = request.plan.compressed_operation
        operation.data = b"not zstandard"
        operation.op_type = pb.Plan.CompressedOperation.OP_TYPE_RELATION
        operation.compression_codec = pb.COMPRESSION_CODEC_ZSTD
        self.assertIn("CONNECT_INVALID_PLAN", self.failure_of(request).details())

    def test_compressed_plan_that_grows_without_end(self) -> None:
        import zstandard

        request = self.request()
        operation = request.plan.compressed_operation
        operation.data = zstandard.compress(bytes(600 << 20))
        operation.op_type = pb.Plan.CompressedOperation.OP_TYPE_RELATION
        operation.compression_codec = pb.COMPRESSION_CODEC_ZSTD
        self.assertIn("PLAN_SIZE_LARGER_THAN_MAX", self.failure_of(request).details())
        self.assert_still_serves()

    def test_rows_that_are_no_arrow(self) -> None:
        request = self.request()
        request.plan.root.local_relation.data = b"no arrow at all"
        self.assertIn("no sound Arrow IPC stream", self.failure_of(request).details())

    def test_client_that_goes_away_is_noticed(self) -> None:
        request = self.request()
        request.plan.root.read.named_table.unparsed_identifier = "endless"
        request.operation_id = "00000000-0000-4000-8000-000000000001"
        call = self.stub.ExecutePlan(request)
        next(iter(call))
        call.cancel()
        status = pb.GetStatusRequest(session_id=SESSION)
        status.operation_status.operation_ids.append(request.operation_id)
        unknown = pb.GetStatusResponse.OperationStatus.OPERATION_STATE_UNKNOWN
        while self.stub.GetStatus(status).operation_statuses[0].state != unknown:
            pass  # the test's own time limit ends this
        self.assert_still_serves()


def _field(number: int, data: bytes) -> bytes:
    """A length-delimited field on the wire."""
    length = len(data)
    head = bytearray([number << 3 | 2])
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes(head) + bytes([length]) + data


if __name__ == "__main__":
    unittest.main()
