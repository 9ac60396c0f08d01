import threading
import unittest
import uuid

from pyspark.errors import PySparkException, StreamingQueryException
from pyspark.sql.streaming import StreamingQueryListener
from serving import PATIENCE, ServerTest


class Recorder(StreamingQueryListener):
    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []
        self.changed = threading.Condition()

    def record(self, kind: str, event: object) -> None:
        with self.changed:
            self.events.append((kind, event))
            self.changed.notify_all()

    def onQueryStarted(self, event) -> None:
        self.record("started", event)

    def onQueryProgress(self, event) -> None:
        self.record("progress", event)

    def onQueryIdle(self, event) -> None:
        self.record("idle", event)

    def onQueryTerminated(self, event) -> None:
        self.record("terminated", event)

    def wait(self, kind: str):
        def found():
            return [event for name, event in self.events if name == kind]

        with self.changed:
            assert self.changed.wait_for(found, PATIENCE), f"no {kind} among {self.events}"
            return found()[0]


class Streams(ServerTest):
    def start(self, name: str = "q", **options: str):
        stream = self.spark.readStream.format("rate").load()
        writer = stream.writeStream.format("noop").queryName(name).options(**options)
        return writer.trigger(processingTime="1 second").start()

    def test_stream_is_a_stream(self) -> None:
        self.assertTrue(self.spark.readStream.format("rate").load().isStreaming)

    def test_query_tells_about_itself(self) -> None:
        query = self.start("mine")
        self.assertEqual(query.name, "mine")
        self.assertEqual(str(uuid.UUID(query.id)), query.id)
        self.assertNotEqual(query.id, query.runId)
        self.assertTrue(query.isActive)
        self.assertEqual(query.status["message"], "Waiting for data to arrive")
        self.assertIsNone(query.lastProgress)
        query.processAllAvailable()
        query.processAllAvailable()
        self.assertEqual([one["batchId"] for one in query.recentProgress], [0, 1])
        self.assertEqual(query.lastProgress["batchId"], 1)
        self.assertIsNone(query.exception())
        self.assertFalse(query.awaitTermination(0.01))
        query.stop()
        self.assertFalse(query.isActive)
        self.assertTrue(query.awaitTermination(10))
        self.assertEqual(query.lastProgress["batchId"], 1, "readable after its end")

    def test_waiting_for_the_end_returns_when_it_comes(self) -> None:
        query = self.start()
        waiter = threading.Thread(target=query.awaitTermination)
        waiter.start()
        self.assertTrue(waiter.is_alive())
        query.stop()
        waiter.join(PATIENCE)
        self.assertFalse(waiter.is_alive())

    def test_failed_query_raises_its_exception(self) -> None:
        query = self.start(fail="no more")
        with self.assertRaises(StreamingQueryException) as caught:
            query.awaitTermination()
        self.assertEqual(caught.exception.getCondition(), "STREAM_FAILED")
        self.assertIn("no more", str(query.exception()))

    def test_query_without_a_name_has_none(self) -> None:
        stream = self.spark.readStream.format("rate").load()
        query = stream.writeStream.format("noop").start()
        self.assertIsNone(query.name)
        query.stop()

    def test_streams_of_the_session(self) -> None:
        one, other = self.start("one"), self.start("other")
        self.assertEqual({q.name for q in self.spark.streams.active}, {"one", "other"})
        self.assertEqual(self.spark.streams.get(one.id).name, "one")
        self.assertFalse(self.spark.streams.awaitAnyTermination(0.01))
        other.stop()
        self.assertTrue(self.spark.streams.awaitAnyTermination(10))
        self.spark.streams.resetTerminated()
        self.assertFalse(self.spark.streams.awaitAnyTermination(0.01))
        self.assertIsNone(self.spark.streams.get(str(uuid.uuid4())))
        one.stop()
        self.assertEqual(self.spark.streams.active, [])

    def test_queries_of_another_session_are_not_seen(self) -> None:
        self.start()
        self.assertEqual(self.connect().streams.active, [])

    def test_trigger_that_is_not_supported_is_refused_at_the_start(self) -> None:
        stream = self.spark.readStream.format("rate").load()
        with self.assertRaises(PySparkException) as caught:
            stream.writeStream.format("noop").trigger(continuous="1 second").start()
        self.assertEqual(caught.exception.getCondition(), "UNSUPPORTED_FEATURE")

    def test_listener_hears_of_a_query(self) -> None:
        listener = Recorder()
        self.spark.streams.addListener(listener)
        query = self.start("heard")
        started = listener.wait("started")
        self.assertEqual((str(started.id), started.name), (query.id, "heard"))
        query.processAllAvailable()
        self.assertEqual(listener.wait("progress").progress.batchId, 0)
        query.stop()
        self.assertIsNone(listener.wait("terminated").exception)
        self.spark.streams.removeListener(listener)
        count = len(listener.events)
        self.start().stop()
        self.assertEqual(len(listener.events), count)

    def test_listener_hears_why_a_query_failed(self) -> None:
        listener = Recorder()
        self.spark.streams.addListener(listener)
        self.start(fail="badly")
        event = listener.wait("terminated")
        self.assertIn("badly", event.exception)
        self.assertEqual(event.errorClassOnException, "STREAM_FAILED")
        self.spark.streams.removeListener(listener)

    def test_listener_may_come_and_go(self) -> None:
        for _ in range(3):
            listener = Recorder()
            self.spark.streams.addListener(listener)
            query = self.start()
            listener.wait("started")
            query.stop()
            listener.wait("terminated")
            self.spark.streams.removeListener(listener)


if __name__ == "__main__":
    unittest.main()
