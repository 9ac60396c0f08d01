// Receivers as a program sees them: through a StreamingContext.
#include <gtest/gtest.h>

#include "spate/base/InMemoryFileSystem.h"
#include "spate/dstream/ReceiverTestStreams.h"

namespace spate {
namespace {

using testing::ElementsAre;

TEST(ReceiverStream, recordsStoredOneByOneComeInOrder) {
  ReceiverApplication app;
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  receiver->store("a");
  receiver->store("b");
  app.nextBatch();
  receiver->store("c");
  app.nextBatch();
  app.context.stop();
  EXPECT_THAT(app.batches(), ElementsAre(ElementsAre("a", "b"), ElementsAre("c")));
}

TEST(ReceiverStream, aBlockIsAPartition) {
  ReceiverApplication app;
  auto receiver = std::make_shared<HandReceiver>();
  std::vector<int> partitions;
  app.context.receiverStream(receiver).foreachRDD(
      [&](const auto& rdd, Time) { partitions.push_back(rdd.getNumPartitions()); });
  app.context.start();
  receiver->awaitStarts(1);
  receiver->store("a");
  app.advance(Millis(200));
  receiver->store("b");
  receiver->store(std::vector<std::string>{"c", "d"});
  app.nextBatch();
  app.context.stop();
  EXPECT_THAT(partitions, ElementsAre(3));
}

TEST(ReceiverStream, gracefulStopProcessesAllThatWasStored) {
  ReceiverApplication app;
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  for (int i = 0; i < 1000; ++i) receiver->store(std::to_string(i));
  app.stopGracefully();
  EXPECT_EQ(app.records().size(), 1000u);
}

TEST(ReceiverStream, restartCallsOnStopThenWaitsThenCallsOnStart) {
  ReceiverApplication app;
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  receiver->restart("the source hiccuped");
  receiver->awaitStops(1);
  app.waiters = 3;  // and the supervisor
  app.advance(Millis(1999));
  EXPECT_EQ(receiver->starts(), 1);
  EXPECT_TRUE(receiver->isStopped());
  app.waiters = 2;
  app.advance(Millis(1));
  receiver->awaitStarts(2);
  receiver->store("again");
  app.nextBatch();
  app.nextBatch();
  app.context.stop();
  EXPECT_EQ(receiver->stops(), 2);
  EXPECT_THAT(app.records(), ElementsAre("again"));
}

TEST(ReceiverStream, listenersAreToldOfReceivers) {
  ReceiverApplication app;
  auto events = std::make_shared<RecordedEvents>();
  app.context.addStreamingListener(events);
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  receiver->reportError("odd input", "byte 7");
  receiver->stop("no more");
  events->awaitEvents(3);
  app.context.stop();
  EXPECT_THAT(events->receiverEvents(),
              ElementsAre("started HandReceiver-0", "error odd input: byte 7", "stopped no more"));
}

TEST(ReceiverStream, batchInfoCountsTheRecords) {
  ReceiverApplication app;
  auto events = std::make_shared<RecordedEvents>();
  app.context.addStreamingListener(events);
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  receiver->store(std::vector<std::string>{"x", "y", "z"});
  app.nextBatch();
  app.context.stop();
  EXPECT_THAT(events->recordCounts(), ElementsAre(3));
}

TEST(ReceiverStream, fullQueueMakesStoreWait) {
  SparkConf conf;
  conf.set("spark.streaming.receiver.writeAheadLog.enable", "true")
      .set("spark.streaming.blockQueueSize", "1");
  ReceiverApplication app(conf);
  app.checkpoint();
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  app.files->limitSpace(0);
  receiver->store("first");
  app.clock->advance(Millis(200));  // its block waits for the disk
  receiver->store("second");
  app.clock->advance(Millis(200));  // no room for the block of this one
  std::atomic<bool> stored{false};
  std::thread storing([&] {
    receiver->store("third");
    stored = true;
  });
  app.clock->waitUntilIdle(2);
  EXPECT_FALSE(stored);
  app.files->freeSpace();
  app.clock->advance(std::chrono::seconds(1));
  storing.join();
  app.nextBatch();
  app.nextBatch();
  app.context.stop();
  EXPECT_THAT(app.records(), ElementsAre("first", "second", "third"));
}

TEST(ReceiverStream, maxRateHoldsTheReceiverBack) {
  ReceiverApplication app(SparkConf().set("spark.streaming.receiver.maxRate", "10"));
  auto receiver = std::make_shared<HandReceiver>();
  receiver->onThread([&] {
    for (int i = 0; i < 1000 && !receiver->isStopped(); ++i) receiver->store(std::to_string(i));
  });
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  app.waiters = 3;  // and the receiver
  for (size_t batch = 1; batch <= 4; ++batch) {
    app.nextBatch();
    EXPECT_LE(app.records().size(), 10 * batch + 1);
  }
  EXPECT_GE(app.records().size(), 20u);
  app.context.stop();
}

TEST(ReceiverStream, backPressureFollowsTheSpeedOfTheBatches) {
  SparkConf conf;
  conf.set("spark.streaming.backpressure.enabled", "true")
      .set("spark.streaming.receiver.maxRate", "100000");
  ReceiverApplication app(conf);
  auto receiver = std::make_shared<HandReceiver>();
  const DStream<std::string> stream = app.context.receiverStream(receiver);
  const auto input = std::dynamic_pointer_cast<ReceiverInputStream<std::string>>(stream.node());
  // A batch takes 100 ms.
  stream.foreachRDD([&](const auto& rdd) {
    if (rdd.count() > 0) app.clock->advance(Millis(100));
  });
  app.context.start();
  receiver->awaitStarts(1);
  for (int batch = 0; batch < 2; ++batch) {
    receiver->store(std::vector<std::string>(50, "x"));
    EXPECT_EQ(input->tracker().rateLimiter().currentLimit(), 100'000);
    app.nextBatch();
  }
  // 50 records in 100 ms.
  EXPECT_EQ(input->tracker().rateLimiter().currentLimit(), 500);
  app.context.stop();
}

TEST(ReceiverStream, blocksThatDoNotFitIntoMemoryGoToDisk) {
  ReceiverApplication app(SparkConf().set("spark.driver.memory", "1"));
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  receiver->store(std::vector<std::string>{"a", "b"});
  app.nextBatch();
  app.context.stop();
  EXPECT_THAT(app.records(), ElementsAre("a", "b"));
}

TEST(ReceiverStream, aBlockThatFitsNowhereIsRefused) {
  ReceiverApplication app(SparkConf().set("spark.driver.memory", "1"));
  auto receiver = std::make_shared<HandReceiver>(StorageLevel::MEMORY_ONLY);
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  EXPECT_THROW(receiver->store(std::vector<std::string>{"a", "b"}), SparkException);
  app.context.stop();
}

TEST(ReceiverStream, exceptionOfAReceivingThreadRestartsTheReceiver) {
  ReceiverApplication app;
  auto receiver = std::make_shared<HandReceiver>();
  receiver->onThread([] { throw std::runtime_error("the cable is out"); });
  app.collect(app.context.receiverStream(receiver));
  RecordedLog log;
  app.context.start();
  receiver->awaitStops(1);
  app.context.stop();
  EXPECT_TRUE(log.contains(
      "Restarting receiver with delay 2000 ms: Error receiving data: the cable is out"));
}

TEST(ReceiverStream, aReceiverBelongsToOneStream) {
  ReceiverApplication app;
  auto receiver = std::make_shared<HandReceiver>();
  app.context.receiverStream(receiver);
  EXPECT_THROW(app.context.receiverStream(receiver), IllegalStateException);
}

TEST(ReceiverStream, storeAfterTheEndThrows) {
  ReceiverApplication app;
  auto receiver = std::make_shared<HandReceiver>();
  app.collect(app.context.receiverStream(receiver));
  app.context.start();
  receiver->awaitStarts(1);
  app.context.stop();
  EXPECT_THROW(receiver->store("late"), SparkException);
}

}  // namespace
}  // namespace spate
