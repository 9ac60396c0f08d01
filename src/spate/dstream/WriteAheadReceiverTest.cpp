// What receivers have stored, over crashes: with the write-ahead log and without.
#include <gtest/gtest.h>

#include "spate/dstream/ReceiverTestStreams.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SparkConf writeAhead() {
  return SparkConf().set("spark.streaming.receiver.writeAheadLog.enable", "true");
}

/// One run of the program: a receiver into collect(), on a disk that outlives it.
class ProgramRun {
 public:
  explicit ProgramRun(std::shared_ptr<InMemoryFileSystem> disk, int64_t now,
                      SparkConf conf = writeAhead(), FaultPoints* faults = &FaultPoints::none())
      : receiver(std::make_shared<HandReceiver>()),
        app(std::move(conf), std::move(disk), timestampOfMillis(now), faults) {
    app.checkpoint();
  }
  void start(Duration window = Seconds(1)) {
    const auto stream = app.context.receiverStream(receiver);
    if (window == Seconds(1))
      app.collect(stream);
    else
      app.collect(stream.window(window, Seconds(1)));
    app.recover();
    app.context.start();
    receiver->awaitStarts(1);
  }
  /// The machine loses power.
  void crash() {
    app.files->failPath("/", Status::ioError("the power is out"));
    app.disk->crash();
  }

  std::shared_ptr<HandReceiver> receiver;
  ReceiverApplication app;
};

class WriteAheadReceiver : public testing::Test {
 protected:
  std::shared_ptr<InMemoryFileSystem> disk_ = std::make_shared<InMemoryFileSystem>();
};

TEST_F(WriteAheadReceiver, needsACheckpointDirectory) {
  ReceiverApplication app(writeAhead());
  app.collect(app.context.receiverStream(std::make_shared<HandReceiver>()));
  try {
    app.context.start();
    FAIL() << "started";
  } catch (const SparkException& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("Cannot enable receiver write-ahead log without "
                                             "checkpoint directory set. Please use "
                                             "streamingContext.checkpoint()"));
  }
}

TEST_F(WriteAheadReceiver, blocksNeverGivenToABatchGoToTheFirstNewOne) {
  {
    ProgramRun run(disk_, 1'000'000);
    run.start();
    run.receiver->store(std::vector<std::string>{"a", "b"});
    run.app.nextBatch();
    run.receiver->store(std::vector<std::string>{"c"});
    EXPECT_THAT(run.app.records(), ElementsAre("a", "b"));
    run.crash();
  }
  ProgramRun run(disk_, 1'001'500);
  run.start();
  run.app.nextBatch();
  EXPECT_THAT(run.app.records(), ElementsAre("c"));
}

TEST_F(WriteAheadReceiver, batchWithoutCommitRunsAgainOnTheSameRecords) {
  {
    FaultPoints faults;
    faults.failAt("beforeLogCommit", 2, Status::ioError("the power is out"));
    ProgramRun run(disk_, 1'000'000, writeAhead(), &faults);
    run.start();
    run.receiver->store(std::vector<std::string>{"a"});
    run.app.nextBatch();
    run.receiver->store(std::vector<std::string>{"b", "c"});
    run.app.clock->advance(std::chrono::seconds(1));
    EXPECT_THROW(run.app.context.awaitTermination(), SparkException);
    EXPECT_THAT(run.app.records(), ElementsAre("a", "b", "c"));
    run.crash();
  }
  ProgramRun run(disk_, 1'002'500);
  run.start();
  run.app.awaitRecords(2);
  EXPECT_THAT(run.app.batches().front(), ElementsAre("b", "c"));
}

TEST_F(WriteAheadReceiver, windowsReachBackBehindTheCrash) {
  {
    ProgramRun run(disk_, 1'000'000);
    run.start(Seconds(3));
    run.receiver->store(std::vector<std::string>{"a"});
    run.app.nextBatch();
    run.receiver->store(std::vector<std::string>{"b"});
    run.app.nextBatch();
    run.crash();
  }
  ProgramRun run(disk_, 1'002'500);
  run.start(Seconds(3));
  run.receiver->store(std::vector<std::string>{"c"});
  run.app.nextBatch();
  EXPECT_THAT(run.app.batches().back(), ElementsAre("a", "b", "c"));
}

TEST_F(WriteAheadReceiver, lastStoredMetadataOutlivesTheCrashAndTheCleaning) {
  {
    SparkConf conf = writeAhead();
    conf.set("spark.streaming.receiver.writeAheadLog.rollingIntervalSecs", "1");
    ProgramRun run(disk_, 1'000'000, conf);
    run.start();
    EXPECT_EQ(run.receiver->lastStoredMetadata(), std::nullopt);
    run.receiver->store(std::vector<std::string>{"a"}, "offset 7");
    run.receiver->store(std::vector<std::string>{"b"}, "offset 8");
    for (int i = 0; i < 5; ++i) {
      run.app.nextBatch();
      run.receiver->store(std::vector<std::string>{"plain"});
    }
    EXPECT_EQ(run.receiver->lastStoredMetadata(), "offset 8");
    run.crash();
  }
  ProgramRun run(disk_, 1'005'500);
  run.start();
  EXPECT_EQ(run.receiver->lastStoredMetadata(), "offset 8");
}

TEST_F(WriteAheadReceiver, whatIsProcessedIsCleanedAway) {
  SparkConf conf = writeAhead();
  conf.set("spark.streaming.receiver.writeAheadLog.rollingIntervalSecs", "1");
  ProgramRun run(disk_, 1'000'000, conf);
  run.start();
  for (int i = 0; i < 20; ++i) {
    run.receiver->store(std::vector<std::string>{std::to_string(i)});
    run.app.nextBatch();
  }
  EXPECT_LE(disk_->list("/checkpoint/receivedData/0").value().size(), 5u);
}

TEST_F(WriteAheadReceiver, fullDiskMakesStoreWaitAndLosesNothing) {
  RecordedLog log;
  ProgramRun run(disk_, 1'000'000);
  run.start();
  run.app.files->limitSpace(0);
  std::thread storing([&] { run.receiver->store(std::vector<std::string>{"a", "b"}); });
  log.await("write a block of receiverStream 0 ahead");
  run.app.files->freeSpace();
  run.app.waiters = 3;
  run.app.clock->waitUntilIdle(3);
  run.app.waiters = 2;
  run.app.clock->advance(std::chrono::seconds(1));
  storing.join();
  run.app.nextBatch();
  run.app.nextBatch();
  EXPECT_THAT(run.app.records(), ElementsAre("a", "b"));
}

TEST_F(WriteAheadReceiver, syncThatFailsIsTriedAgain) {
  ProgramRun run(disk_, 1'000'000);
  run.start();
  run.app.files->failAt(FaultyFileSystem::Call::kSync, 1, Status::ioError("a bad sector"));
  std::thread storing([&] { run.receiver->store(std::vector<std::string>{"a"}); });
  run.app.clock->waitUntilIdle(3);
  run.app.clock->advance(std::chrono::seconds(1));
  storing.join();
  run.app.nextBatch();
  EXPECT_THAT(run.app.records(), ElementsAre("a"));
}

TEST_F(WriteAheadReceiver, anErrorThatStaysIsThrown) {
  SparkConf conf = writeAhead();
  conf.set("spark.streaming.receiver.writeAheadLog.maxFailures", "1");
  ProgramRun run(disk_, 1'000'000, conf);
  run.start();
  run.app.files->failAt(FaultyFileSystem::Call::kSync, 1, Status::ioError("a bad sector"));
  EXPECT_THROW(run.receiver->store(std::vector<std::string>{"a"}), SparkException);
}

TEST_F(WriteAheadReceiver, faultPointsStandAroundTheStoring) {
  FaultPoints faults;
  std::vector<std::string> reached;
  std::mutex mutex;
  faults.observe([&](std::string_view point) {
    std::lock_guard lock(mutex);
    if (point.starts_with("receiver.") || point.starts_with("wal.")) reached.emplace_back(point);
  });
  ProgramRun run(disk_, 1'000'000, writeAhead(), &faults);
  run.start();
  run.receiver->store(std::vector<std::string>{"a"});
  std::lock_guard lock(mutex);
  EXPECT_THAT(reached,
              ElementsAre("receiver.beforeStoreBlock", "wal.beforeAppend", "wal.afterAppend",
                          "wal.beforeSync", "wal.afterSync", "receiver.afterStoreBlock"));
}

TEST_F(WriteAheadReceiver, gracefulStopLeavesNothingForTheNextRun) {
  int64_t ended = 0;
  {
    ProgramRun run(disk_, 1'000'000);
    run.start();
    run.receiver->store("a");
    run.receiver->store("b");
    run.app.stopGracefully();
    EXPECT_THAT(run.app.records(), ElementsAre("a", "b"));
    ended = millisOf(run.app.clock->now());
  }
  ProgramRun run(disk_, ended + 500);
  run.start();
  run.receiver->store(std::vector<std::string>{"c"});
  run.app.nextBatch();
  EXPECT_THAT(run.app.records(), ElementsAre("c"));
}

TEST_F(WriteAheadReceiver, gracefulStopGivesUpOnADiskThatStaysFull) {
  RecordedLog log;
  SparkConf conf = writeAhead();
  conf.set("spark.streaming.gracefulStopTimeout", "5s");
  ProgramRun run(disk_, 1'000'000, conf);
  run.start();
  run.app.files->failPath("receivedData", Status::diskFull("no space left on device"));
  run.receiver->store("a");
  run.app.stopGracefully();
  EXPECT_TRUE(log.contains("1 received records are not stored"));
}

TEST_F(WriteAheadReceiver, withoutTheLogLostBlocksAreWarnedOf) {
  {
    FaultPoints faults;
    faults.failAt("beforeRun", 1, Status::ioError("the power is out"));
    ProgramRun run(disk_, 1'000'000, SparkConf(), &faults);
    run.start();
    run.receiver->store(std::vector<std::string>{"a"});
    run.receiver->store(std::vector<std::string>{"b"});
    run.app.clock->advance(std::chrono::seconds(1));
    EXPECT_THROW(run.app.context.awaitTermination(), SparkException);
    run.crash();
  }
  RecordedLog log;
  ProgramRun run(disk_, 1'001'500, SparkConf());
  run.start();
  log.await("2 of the 2 blocks (1 to 2) of receiverStream 0 that a batch was given were lost");
  run.receiver->store(std::vector<std::string>{"c"});
  run.app.nextBatch();
  EXPECT_THAT(run.app.records(), ElementsAre("c"));
}

TEST_F(WriteAheadReceiver, blocksOutOfMemoryAreReadBackFromTheLog) {
  SparkConf conf = writeAhead();
  conf.set("spark.driver.memory", "1");
  ProgramRun run(disk_, 1'000'000, conf);
  run.start();
  run.receiver->store(std::vector<std::string>{"a", "b"});
  run.app.nextBatch();
  EXPECT_THAT(run.app.records(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace spate
