import unittest
import uuid

import grpc
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc
from serving import ServerTest


class Reattach(ServerTest):
    """Answers stay until they are released."""

    def setUp(self) -> None:
        channel = grpc.insecure_channel(self.server.url.removeprefix("sc://"))
        self.addCleanup(channel.close)
        self.stub = base_pb2_grpc.SparkConnectServiceStub(channel)
        self.session = str(uuid.uuid4())
        self.operation = str(uuid.uuid4())

    def execute(self, rows: int = 250_000) -> list[pb.ExecutePlanResponse]:
        request = pb.ExecutePlanRequest(session_id=self.session, operation_id=self.operation)
        request.plan.root.range.end = rows
        request.plan.root.range.step = 1
        request.request_options.add().reattach_options.reattachable = True
        return list(self.stub.ExecutePlan(request))

    def reattach(self, last: str | None = None) -> list[pb.ExecutePlanResponse]:
        request = pb.ReattachExecuteRequest(session_id=self.session, operation_id=self.operation)
        if last is not None:
            request.last_response_id = last
        return list(self.stub.ReattachExecute(request))

    def release(self, until: str | None = None) -> None:
        request = pb.ReleaseExecuteRequest(session_id=self.session, operation_id=self.operation)
        if until is None:
            request.release_all.SetInParent()
        else:
            request.release_until.response_id = until
        self.stub.ReleaseExecute(request)

    def failure_of(self, call, *arguments: object) -> str:
        with self.assertRaises(grpc.RpcError) as caught:
            call(*arguments)
        return caught.exception.details()

    def ids(self, answers: list[pb.ExecutePlanResponse]) -> list[str]:
        return [answer.response_id for answer in answers]

    def test_answers_have_the_ids_that_clients_check(self) -> None:
        answers = self.execute()
        self.assertEqual({answer.session_id for answer in answers}, {self.session})
        self.assertEqual({answer.operation_id for answer in answers}, {self.operation})
        self.assertEqual(len({answer.server_side_session_id for answer in answers}), 1)
        self.assertEqual(len(set(self.ids(answers))), len(answers))
        self.assertTrue(answers[-1].HasField("result_complete"))
        offset = 0
        for answer in answers[1:-1]:
            self.assertEqual(answer.arrow_batch.start_offset, offset)
            offset += answer.arrow_batch.row_count

    def test_new_stream_continues_behind_the_last_answer(self) -> None:
        first = self.ids(self.execute())
        self.assertGreater(len(first), 3)
        self.assertEqual(self.ids(self.reattach()), first)
        self.assertEqual(self.ids(self.reattach(first[1])), first[2:])
        self.release(first[1])
        self.assertEqual(self.ids(self.reattach(first[1])), first[2:], "released just before")
        self.assertEqual(self.ids(self.reattach(first[2])), first[3:])
        self.assertIn("POSITION_NOT_FOUND", self.failure_of(self.reattach, first[0]))

    def test_released_operation_is_gone(self) -> None:
        self.execute()
        self.release()
        self.release()
        message = self.failure_of(self.reattach)
        self.assertIn("INVALID_HANDLE.OPERATION_NOT_FOUND", message)

    def test_operation_of_an_unknown_session(self) -> None:
        self.assertIn("INVALID_HANDLE.SESSION_NOT_FOUND", self.failure_of(self.reattach))

    def test_id_is_used_once(self) -> None:
        self.execute()
        self.assertIn("OPERATION_ALREADY_EXISTS", self.failure_of(self.execute))

    def test_session_that_the_client_saw_elsewhere_is_changed(self) -> None:
        self.execute()
        request = pb.AnalyzePlanRequest(session_id=self.session)
        request.spark_version.SetInParent()
        request.client_observed_server_side_session_id = str(uuid.uuid4())
        message = self.failure_of(self.stub.AnalyzePlan, request)
        self.assertIn("INVALID_HANDLE.SESSION_CHANGED", message)

    def test_released_session_is_closed(self) -> None:
        self.execute()
        self.stub.ReleaseSession(pb.ReleaseSessionRequest(session_id=self.session))
        self.operation = str(uuid.uuid4())
        self.assertIn("INVALID_HANDLE.SESSION_CLOSED", self.failure_of(self.execute))

    def test_clone_has_what_the_session_had(self) -> None:
        config = pb.ConfigRequest(session_id=self.session)
        pair = config.operation.set.pairs.add()
        pair.key, pair.value = "mine", "1"
        self.stub.Config(config)
        copy = self.stub.CloneSession(pb.CloneSessionRequest(session_id=self.session))
        self.assertNotEqual(copy.new_session_id, self.session)
        asked = pb.ConfigRequest(session_id=copy.new_session_id)
        asked.operation.get.keys.append("mine")
        self.assertEqual(self.stub.Config(asked).pairs[0].value, "1")
        again = pb.CloneSessionRequest(session_id=self.session, new_session_id=copy.new_session_id)
        message = self.failure_of(self.stub.CloneSession, again)
        self.assertIn("TARGET_SESSION_ID_ALREADY_EXISTS", message)


if __name__ == "__main__":
    unittest.main()
