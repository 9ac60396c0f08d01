#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/Logging.h"
#include "spate/runtime/MicroBatchLoop.h"
#include "spate/runtime/TestProgram.h"

namespace spate {
namespace {

using testing::at;
using testing::TestProgram;
using testing::World;

const std::vector<std::string> kFaultPoints = {"beforeChooseOffsets",
                                               "afterChooseOffsets",
                                               "beforeLogOffsets",
                                               "afterLogOffsets",
                                               "beforeRun",
                                               "afterRun",
                                               "beforeCommitSinksAndState",
                                               "afterCommitSinksAndState",
                                               "beforeLogCommit",
                                               "afterLogCommit"};

/// A machine with a disk and a clock, on which processes come and go.
class BatchRecovery : public ::testing::Test {
 protected:
  BatchRecovery() { setLogLevel(LogLevel::kOff); }
  ~BatchRecovery() override { setLogLevel(LogLevel::kWarn); }

  std::unique_ptr<MicroBatchLoop> process(TestProgram& program, FaultPoints& faults) {
    MicroBatchLoopOptions options;
    options.checkpointDirectory = "/ckpt";
    options.files = files_;
    options.clock = clock_;
    options.faultPoints = &faults;
    // A process that dies before its first batch is logged leaves no trace: only whoever starts
    // the next one can know where to begin.
    options.trigger = AlignedTrigger::make(Millis(1000), at(1000)).value();
    options.conf = {{"spark.sql.shuffle.partitions", "2"}};
    return MicroBatchLoop::make(std::move(options), program).value();
  }

  /// Data for the ticks 1000 ... 1000 * ticks.
  void feed(World& world, int ticks) {
    for (int tick = 1; tick <= ticks; ++tick)
      for (int part = 0; part < tick % 3; ++part)
        world.add({tick * 10 + part, tick * 10 + part + 5}, at(tick * 1000 - 500));
  }

  /// Runs what is due until nothing is; the first failure ends it.
  Status runAll(MicroBatchLoop& loop) {
    while (true) {
      const Result<bool> ran = loop.runOneBatch();
      if (!ran) return ran.error();
      if (!*ran) return Status::OK();
    }
  }

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::shared_ptr<InMemoryFileSystem> files_ = std::make_shared<InMemoryFileSystem>(clock_);
};

TEST_F(BatchRecovery, aBatchReachesItsFaultPointsInOrder) {
  World world;
  TestProgram program(world);
  FaultPoints faults;
  std::vector<std::string> reached;
  faults.observe([&](std::string_view point) { reached.emplace_back(point); });
  auto loop = process(program, faults);
  EXPECT_FALSE(loop->runOneBatch().value());
  EXPECT_TRUE(reached.empty());
  clock_->setTime(at(1000));
  EXPECT_TRUE(loop->runOneBatch().value());
  EXPECT_EQ(reached, kFaultPoints);
}

TEST_F(BatchRecovery, logsHaveSparksNamesAndContent) {
  World world;
  TestProgram program(world);
  auto loop = process(program, FaultPoints::none());
  static_cast<void>(loop->runOneBatch());
  clock_->setTime(at(1000));
  ASSERT_TRUE(loop->runOneBatch().value());
  world.add({1});
  clock_->setTime(at(2000));
  ASSERT_TRUE(loop->runOneBatch().value());
  EXPECT_EQ(files_->readFile("/ckpt/offsets/0").value(),
            "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1000,\"conf\":"
            "{\"spark.sql.shuffle.partitions\":\"2\"}}\n-1");
  EXPECT_EQ(files_->readFile("/ckpt/offsets/1").value(),
            "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":2000,\"conf\":"
            "{\"spark.sql.shuffle.partitions\":\"2\"}}\n0");
  EXPECT_EQ(files_->readFile("/ckpt/commits/1").value(), "v1\n{\"nextBatchWatermarkMs\":0}");
}

/// (the point that fails, its how-manyth time, whether the machine crashes too)
using Crash = std::tuple<size_t, int, bool>;
class CrashAtEveryPoint : public BatchRecovery, public ::testing::WithParamInterface<Crash> {};

TEST_P(CrashAtEveryPoint, outputIsThatOfTheUninterruptedRun) {
  constexpr int kTicks = 6;
  const auto [point, nth, machineCrashes] = GetParam();
  World expected;
  {
    feed(expected, kTicks);
    TestProgram program(expected);
    auto loop = process(program, FaultPoints::none());
    static_cast<void>(loop->runOneBatch());
    clock_->setTime(at(kTicks * 1000));
    ASSERT_TRUE(runAll(*loop).ok());
    ASSERT_EQ(expected.output().size(), static_cast<size_t>(kTicks));
  }
  clock_ = std::make_shared<ManualClock>();
  files_ = std::make_shared<InMemoryFileSystem>(clock_);

  World world;
  feed(world, kTicks);
  {
    TestProgram program(world);
    FaultPoints faults;
    faults.failAt(kFaultPoints[point], nth, Status::internal("the process dies"));
    auto loop = process(program, faults);
    static_cast<void>(loop->runOneBatch());
    clock_->setTime(at(kTicks * 1000 - 2000));
    ASSERT_FALSE(runAll(*loop).ok());
  }
  if (machineCrashes) files_->crash();
  {
    TestProgram program(world);
    auto loop = process(program, FaultPoints::none());
    clock_->setTime(at(kTicks * 1000));
    ASSERT_TRUE(runAll(*loop).ok());
    for (size_t i = 0; i + 1 < program.history.size(); ++i)
      EXPECT_TRUE(program.history[i].committed);
  }
  EXPECT_EQ(world.output(), expected.output());
}

INSTANTIATE_TEST_SUITE_P(, CrashAtEveryPoint,
                         ::testing::Combine(::testing::Range<size_t>(0, kFaultPoints.size()),
                                            ::testing::Values(1, 3), ::testing::Bool()),
                         [](const auto& crash) {
                           return kFaultPoints[std::get<0>(crash.param)] + "_" +
                                  std::to_string(std::get<1>(crash.param)) +
                                  (std::get<2>(crash.param) ? "_machine" : "_process");
                         });

TEST_F(BatchRecovery, uncommittedBatchIsReplayedWithItsRangesAndTime) {
  World world;
  world.add({1, 2});
  {
    TestProgram program(world);
    FaultPoints faults;
    faults.failAt("beforeLogCommit", 1, Status::internal("dies"));
    auto loop = process(program, faults);
    static_cast<void>(loop->runOneBatch());
    clock_->setTime(at(1000));
    ASSERT_FALSE(loop->runOneBatch().has_value());
  }
  world.add({3});
  clock_->setTime(at(9000));
  TestProgram program(world);
  auto loop = process(program, FaultPoints::none());
  ASSERT_TRUE(loop->runOneBatch().value());
  ASSERT_EQ(program.history.size(), 1u);
  EXPECT_FALSE(program.history[0].committed);
  EXPECT_EQ(program.history[0].batchTime, at(1000));
  EXPECT_EQ(program.history[0].endOffsets, std::vector{std::optional(Offset("0"))});
  EXPECT_TRUE(program.contexts[0].replay);
  EXPECT_EQ(program.contexts[0].batchId, BatchId{0});
  EXPECT_EQ(program.contexts[0].batchTime, at(1000));
  EXPECT_EQ(world.output().at(0), (std::vector<int64_t>{1, 2}));
  ASSERT_TRUE(loop->runOneBatch().value());
  EXPECT_FALSE(program.contexts[1].replay);
  EXPECT_EQ(program.contexts[1].batchTime, at(2000));
  EXPECT_EQ(world.output().at(1), (std::vector<int64_t>{3}));
}

TEST_F(BatchRecovery, ticksOfTheDownTimeAreRunAfterTheRestart) {
  World world;
  {
    TestProgram program(world);
    auto loop = process(program, FaultPoints::none());
    static_cast<void>(loop->runOneBatch());
    clock_->setTime(at(2000));
    ASSERT_TRUE(runAll(*loop).ok());
  }
  clock_->setTime(at(5300));
  TestProgram program(world);
  auto loop = process(program, FaultPoints::none());
  ASSERT_TRUE(runAll(*loop).ok());
  std::vector<Timestamp> times;
  for (const BatchContext& context : program.contexts) times.push_back(context.batchTime);
  EXPECT_EQ(times, (std::vector{at(3000), at(4000), at(5000)}));
  EXPECT_EQ(program.contexts[0].batchId, BatchId{2});
}

TEST_F(BatchRecovery, watermarksAreThoseOfTheLogs) {
  World world;
  const auto watermark = [](const BatchContext& context) {
    return std::optional(at(context.batchId.value * 100 + 50));
  };
  {
    TestProgram program(world);
    program.nextWatermark = watermark;
    FaultPoints faults;
    faults.failAt("beforeRun", 3, Status::internal("dies"));
    auto loop = process(program, faults);
    static_cast<void>(loop->runOneBatch());
    clock_->setTime(at(9000));
    ASSERT_FALSE(runAll(*loop).ok());
  }
  TestProgram program(world);
  program.nextWatermark = watermark;
  auto loop = process(program, FaultPoints::none());
  ASSERT_TRUE(loop->runOneBatch().value());
  ASSERT_TRUE(loop->runOneBatch().value());
  EXPECT_EQ(program.contexts[0].batchId, BatchId{2});
  EXPECT_EQ(program.contexts[0].lateWatermark, at(50));
  EXPECT_EQ(program.contexts[0].evictWatermark, at(150));
  EXPECT_EQ(program.contexts[1].lateWatermark, at(150));
  EXPECT_EQ(program.contexts[1].evictWatermark, at(250));

  TestProgram third(world);
  loop.reset();
  auto again = process(third, FaultPoints::none());
  ASSERT_TRUE(again->runOneBatch().value());
  EXPECT_EQ(third.contexts[0].lateWatermark, at(250));
  EXPECT_EQ(third.contexts[0].evictWatermark, at(350));
}

TEST_F(BatchRecovery, loggedConfWinsOverTheGiven) {
  World world;
  ASSERT_TRUE(files_
                  ->writeAtomically("/ckpt/offsets/0",
                                    "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1000,"
                                    "\"conf\":{\"spark.sql.shuffle.partitions\":\"200\","
                                    "\"other\":\"x\"}}\n-1")
                  .ok());
  TestProgram program(world);
  auto loop = process(program, FaultPoints::none());
  clock_->setTime(at(2000));
  ASSERT_TRUE(runAll(*loop).ok());
  EXPECT_EQ(program.conf, (std::map<std::string, std::string>{
                              {"spark.sql.shuffle.partitions", "200"}, {"other", "x"}}));
  EXPECT_NE(files_->readFile("/ckpt/offsets/1").value().find("\"200\""), std::string::npos);
}

TEST_F(BatchRecovery, oldLogsArePurgedButNeverTheNewest) {
  World world;
  for (const int64_t retained : {3, 0}) {
    TestProgram program(world);
    program.retained = retained;
    auto loop = process(program, FaultPoints::none());
    static_cast<void>(loop->runOneBatch());
    clock_->advance(Millis(6000));
    ASSERT_TRUE(runAll(*loop).ok());
    const std::string newest = std::to_string(program.contexts.back().batchId.value);
    for (const char* log : {"/ckpt/offsets", "/ckpt/commits"}) {
      const std::vector<FileInfo> infos = files_->list(log).value();
      const auto entries = std::count_if(infos.begin(), infos.end(), [](const FileInfo& info) {
        return !fileName(info.path).starts_with('.');
      });
      EXPECT_EQ(entries, std::max<int64_t>(1, retained)) << log;
      EXPECT_TRUE(files_->exists(joinPath(log, newest)));
    }
  }
  TestProgram program(world);
  auto loop = process(program, FaultPoints::none());
  clock_->advance(Millis(1000));
  EXPECT_TRUE(runAll(*loop).ok());
}

TEST_F(BatchRecovery, sourceIsToldWhatItMayForget) {
  World world;
  world.add({1}, at(500));
  world.add({2}, at(1500));
  TestProgram program(world);
  auto loop = process(program, FaultPoints::none());
  static_cast<void>(loop->runOneBatch());
  clock_->setTime(at(1000));
  ASSERT_TRUE(loop->runOneBatch().value());
  EXPECT_EQ(world.source.committed(), Offset("0"));
  clock_->setTime(at(2000));
  ASSERT_TRUE(loop->runOneBatch().value());
  EXPECT_EQ(world.source.committed(), Offset("1"));
}

TEST_F(BatchRecovery, anotherNumberOfSourcesIsRefused) {
  World world;
  ASSERT_TRUE(files_
                  ->writeAtomically("/ckpt/offsets/0",
                                    "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1000,"
                                    "\"conf\":{}}\n-1\n-1")
                  .ok());
  TestProgram program(world);
  auto loop = process(program, FaultPoints::none());
  const Status status = loop->start();
  EXPECT_EQ(status.message(),
            "There are [2] sources in the checkpoint offsets and now there are [1] sources "
            "requested by the query. Cannot continue.");
  EXPECT_FALSE(loop->awaitTermination().has_value());
}

TEST_F(BatchRecovery, missingEntriesAreRefused) {
  World world;
  {
    TestProgram program(world);
    auto loop = process(program, FaultPoints::none());
    static_cast<void>(loop->runOneBatch());
    clock_->setTime(at(4000));
    ASSERT_TRUE(runAll(*loop).ok());
  }
  const auto startedWithout = [&](const std::vector<std::string>& missing) {
    auto copy = std::make_shared<InMemoryFileSystem>(clock_);
    for (const char* log : {"/ckpt/offsets", "/ckpt/commits"}) {
      const std::vector<FileInfo> infos = files_->list(log).value();
      for (const FileInfo& info : infos)
        EXPECT_TRUE(copy->writeAtomically(info.path, files_->readFile(info.path).value()).ok());
    }
    for (const std::string& path : missing) EXPECT_TRUE(copy->removeAll(path).ok());
    std::swap(copy, files_);
    TestProgram program(world);
    const Status status = process(program, FaultPoints::none())->start();
    std::swap(copy, files_);
    return status;
  };
  EXPECT_TRUE(startedWithout({}).ok());
  EXPECT_TRUE(startedWithout({"/ckpt/commits/3"}).ok());
  EXPECT_EQ(startedWithout({"/ckpt/offsets/3"}).code(), StatusCode::kCorrupt);
  EXPECT_EQ(startedWithout({"/ckpt/offsets/1"}).code(), StatusCode::kCorrupt);
  EXPECT_EQ(startedWithout({"/ckpt/commits/3", "/ckpt/commits/2"}).code(), StatusCode::kCorrupt);
  EXPECT_EQ(
      startedWithout({"/ckpt/offsets/0", "/ckpt/offsets/1", "/ckpt/offsets/2", "/ckpt/commits/3"})
          .code(),
      StatusCode::kCorrupt);
}

/// Every write of every kind hits a full disk once; the batch is tried again, nothing is lost.
TEST_F(BatchRecovery, fullDiskAtEveryWriteLosesNothing) {
  for (int write = 1; write <= 12; ++write) {
    clock_ = std::make_shared<ManualClock>();
    auto faulty = std::make_shared<FaultyFileSystem>(std::make_shared<InMemoryFileSystem>(clock_));
    faulty->failAt(FaultyFileSystem::Call::kWriteAtomically, write, Status::diskFull("full"), 2);
    World world;
    feed(world, 6);
    TestProgram program(world);
    MicroBatchLoopOptions options;
    options.checkpointDirectory = "/ckpt";
    options.files = faulty;
    options.clock = clock_;
    options.trigger = AlignedTrigger::make(Millis(1000)).value();
    auto loop = MicroBatchLoop::make(std::move(options), program).value();
    static_cast<void>(loop->runOneBatch());
    clock_->setTime(at(6000));
    int failures = 0;
    while (true) {
      const Result<bool> ran = loop->runOneBatch();
      if (ran && !*ran) break;
      if (ran) continue;
      EXPECT_EQ(ran.error().code(), StatusCode::kDiskFull);
      ASSERT_LE(++failures, 2);
    }
    EXPECT_EQ(failures, 2) << write;
    EXPECT_EQ(program.committed.size(), 6u);
    EXPECT_EQ(world.allValues(),
              (std::vector<int64_t>{10, 15, 20, 25, 21, 26, 40, 45, 50, 55, 51, 56}));
  }
}

}  // namespace
}  // namespace spate
