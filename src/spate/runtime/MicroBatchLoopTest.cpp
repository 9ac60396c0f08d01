#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
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

class RecordingListener final : public BatchListener {
 public:
  void batchSubmitted(const BatchContext& c, const std::vector<OffsetRange>&) override {
    add("submitted", c);
  }
  void batchStarted(const BatchContext& c) override { add("started", c); }
  void batchCompleted(const BatchProgress& progress) override {
    add("completed", progress.context);
    last = progress;
  }
  void batchFailed(const BatchContext& c, const Status&, bool willRetry) override {
    add(willRetry ? "willRetry" : "failed", c);
  }
  void loopTerminated(const Status& status) override {
    events.push_back("terminated " + status.toString());
  }

  std::vector<std::string> events;
  std::optional<BatchProgress> last;

 private:
  void add(const std::string& what, const BatchContext& context) {
    events.push_back(what + " " + std::to_string(context.batchId.value));
  }
};

/// A loop in its own thread; the test moves the clock and waits until all that was due has run.
class MicroBatchLoops : public ::testing::Test {
 protected:
  MicroBatchLoops() { setLogLevel(LogLevel::kOff); }
  ~MicroBatchLoops() override {
    loop_.reset();
    setLogObserver({});
    setLogLevel(LogLevel::kWarn);
  }

  MicroBatchLoop& make(Result<std::unique_ptr<Trigger>> trigger) {
    options_.clock = clock_;
    options_.trigger = std::move(trigger).value();
    if (!options_.checkpointDirectory.empty()) options_.files = files_;
    loop_ = MicroBatchLoop::make(std::move(options_), program_).value();
    return *loop_;
  }
  MicroBatchLoop& start(Result<std::unique_ptr<Trigger>> trigger) {
    MicroBatchLoop& loop = make(std::move(trigger));
    EXPECT_TRUE(loop.start().ok());
    return loop;
  }
  static Result<std::unique_ptr<Trigger>> everySecond() {
    return AlignedTrigger::make(Millis(1000));
  }

  void runUntil(int64_t millis) {
    clock_->waitUntilIdle();
    clock_->setTime(at(millis));
    clock_->waitUntilIdle();
  }
  std::vector<int64_t> batchTimes() const {
    std::vector<int64_t> times;
    for (const BatchContext& context : program_.committed)
      times.push_back(millisOf(context.batchTime));
    return times;
  }
  void awaitEnd() { EXPECT_TRUE(loop_->awaitTermination().value()); }

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::shared_ptr<FaultyFileSystem> files_ =
      std::make_shared<FaultyFileSystem>(std::make_shared<InMemoryFileSystem>(clock_));
  World world_;
  TestProgram program_{world_};
  RecordingListener listener_;
  std::vector<std::string> warnings_;
  MicroBatchLoopOptions options_;
  std::unique_ptr<MicroBatchLoop> loop_;
};

TEST_F(MicroBatchLoops, refuseWhatIsMissing) {
  EXPECT_EQ(MicroBatchLoop::make({}, program_).error().code(), StatusCode::kInvalidArgument);
  options_.trigger = everySecond().value();
  options_.listeners = {nullptr};
  EXPECT_FALSE(MicroBatchLoop::make(std::move(options_), program_).has_value());
}

TEST_F(MicroBatchLoops, runABatchAtEachTickWithWhatHadArrived) {
  start(everySecond());
  world_.add({1}, at(500));
  world_.add({2}, at(1500));
  runUntil(1000);
  EXPECT_EQ(world_.allValues(), std::vector<int64_t>{1});
  runUntil(2000);
  EXPECT_EQ(world_.allValues(), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{1000, 2000}));
}

TEST_F(MicroBatchLoops, lateTicksRunAtOnceInOrderUnderTheirOwnTime) {
  start(everySecond());
  clock_->waitUntilIdle();
  world_.add({1}, at(1000));
  world_.add({2}, at(2500));
  world_.add({3}, at(4200));
  runUntil(4300);
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{1000, 2000, 3000, 4000}));
  EXPECT_EQ(world_.output(),
            (std::map<int64_t, std::vector<int64_t>>{{0, {1}}, {1, {}}, {2, {2}}, {3, {}}}));
  EXPECT_EQ(clock_->waitUntilIdle(), at(5000));
}

TEST_F(MicroBatchLoops, stopWhileWaitingEndsAtOnce) {
  for (const StopMode mode : {StopMode::kAfterCurrentBatch, StopMode::kNow}) {
    options_ = {};
    MicroBatchLoop& loop = start(everySecond());
    clock_->waitUntilIdle();
    EXPECT_FALSE(loop.awaitTermination(Millis(0)).value());
    loop.stop(mode);
    awaitEnd();
    EXPECT_EQ(loop.status().state, LoopStatus::State::kStopped);
  }
  EXPECT_TRUE(program_.committed.empty());
}

TEST_F(MicroBatchLoops, stopAfterCurrentBatchFinishesIt) {
  program_.onRun = [&](const BatchContext&) {
    loop_->stop(StopMode::kAfterCurrentBatch);
    return Status::OK();
  };
  start(everySecond());
  clock_->waitUntilIdle();
  clock_->setTime(at(3000));
  awaitEnd();
  EXPECT_EQ(batchTimes(), std::vector<int64_t>{1000});
}

TEST_F(MicroBatchLoops, stopNowCancelsTheBatchAndARestartRunsIt) {
  options_.checkpointDirectory = "/ckpt";
  std::promise<void> cancelled;
  program_.onCancel = [&] { cancelled.set_value(); };
  program_.onRun = [&](const BatchContext&) {
    loop_->stop(StopMode::kNow);
    cancelled.get_future().wait();
    return Status::cancelled("asked to");
  };
  world_.add({1}, at(0));
  start(everySecond());
  clock_->waitUntilIdle();
  clock_->setTime(at(1000));
  awaitEnd();
  EXPECT_TRUE(program_.committed.empty());
  EXPECT_EQ(program_.aborts, 1);
  program_.onRun = {};
  options_ = {};
  options_.checkpointDirectory = "/ckpt";
  start(everySecond());
  clock_->waitUntilIdle();
  EXPECT_EQ(batchTimes(), std::vector<int64_t>{1000});
  EXPECT_EQ(world_.allValues(), std::vector<int64_t>{1});
}

TEST_F(MicroBatchLoops, drainRunsWhatIsThereAndThenEnds) {
  MicroBatchLoop& loop = start(everySecond());
  clock_->waitUntilIdle();
  world_.add({1}, at(100));
  world_.add({2}, at(1800));
  loop.stop(StopMode::kDrain);
  runUntil(1000);
  EXPECT_EQ(batchTimes(), std::vector<int64_t>{1000});
  runUntil(2000);
  clock_->setTime(at(9000));
  awaitEnd();
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{1000, 2000, 3000}));
  EXPECT_EQ(world_.allValues(), (std::vector<int64_t>{1, 2}));
}

TEST_F(MicroBatchLoops, drainUntilATimeRunsTheTicksUpToIt) {
  MicroBatchLoop& loop = start(everySecond());
  clock_->waitUntilIdle();
  loop.stop(StopMode::kDrain, at(3000));
  clock_->setTime(at(9000));
  awaitEnd();
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{1000, 2000, 3000}));
}

TEST_F(MicroBatchLoops, laterStopHastensADrainButNeverSlowsOneDown) {
  MicroBatchLoop& loop = start(everySecond());
  clock_->waitUntilIdle();
  loop.stop(StopMode::kDrain, at(100'000));
  loop.stop(StopMode::kAfterCurrentBatch);
  loop.stop(StopMode::kDrain, at(100'000));
  awaitEnd();
  EXPECT_TRUE(program_.committed.empty());
}

TEST_F(MicroBatchLoops, dataWakesAProcessingTimeLoopWithoutInterval) {
  MicroBatchLoop& loop = start(ProcessingTimeTrigger::make(Millis(0)));
  for (int64_t i = 0; i < 50; ++i) {
    world_.add({i});
    while (world_.allValues().size() <= static_cast<size_t>(i)) std::this_thread::yield();
  }
  loop.stop(StopMode::kDrain);
  awaitEnd();
  EXPECT_EQ(program_.committed.size(), 50u);
}

TEST_F(MicroBatchLoops, drainOfAProcessingTimeLoopTakesAllThatIsThere) {
  MicroBatchLoop& loop = start(ProcessingTimeTrigger::make(Millis(10'000)));
  clock_->waitUntilIdle();
  world_.add({1, 2});
  loop.stop(StopMode::kDrain);
  awaitEnd();
  EXPECT_EQ(world_.allValues(), (std::vector<int64_t>{1, 2}));
}

TEST_F(MicroBatchLoops, processingTimeSkipsEmptyTicksAndTicksThatPassed) {
  world_.add({1});
  program_.onRun = [&](const BatchContext& context) {
    if (context.batchId == BatchId{1}) clock_->advance(Millis(2500));
    return Status::OK();
  };
  start(ProcessingTimeTrigger::make(Millis(1000)));
  clock_->waitUntilIdle();
  EXPECT_EQ(batchTimes(), std::vector<int64_t>{0});
  runUntil(1000);
  EXPECT_EQ(batchTimes(), std::vector<int64_t>{0});
  world_.add({2});
  runUntil(2000);
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{0, 2000}));
  EXPECT_EQ(clock_->waitUntilIdle(), at(5000));
}

TEST_F(MicroBatchLoops, runWithoutDataWhenTheProgramWantsTo) {
  world_.add({1});
  program_.nextWatermark = [](const BatchContext& context) {
    return context.batchId == BatchId{0} ? std::optional(at(70)) : std::nullopt;
  };
  MicroBatchLoop& loop = start(std::unique_ptr<Trigger>(new AvailableNowTrigger));
  EXPECT_TRUE(loop.awaitTermination().value());
  ASSERT_EQ(program_.contexts.size(), 2u);
  EXPECT_EQ(program_.contexts[1].evictWatermark, at(70));
  EXPECT_EQ(program_.contexts[1].lateWatermark, at(0));
}

TEST_F(MicroBatchLoops, availableNowReadsWhatWasThereAtTheStartAndEnds) {
  world_.add({1});
  world_.add({2});
  program_.onRun = [&](const BatchContext&) {
    world_.add({99});
    return Status::OK();
  };
  start(std::unique_ptr<Trigger>(new AvailableNowTrigger));
  awaitEnd();
  EXPECT_EQ(world_.allValues(), (std::vector<int64_t>{1, 2}));
}

TEST_F(MicroBatchLoops, availableNowWithoutDataEnds) {
  start(std::unique_ptr<Trigger>(new AvailableNowTrigger));
  awaitEnd();
  EXPECT_TRUE(program_.committed.empty());
}

TEST_F(MicroBatchLoops, onceRunsOneBatchOrTheReplayOfOne) {
  options_.checkpointDirectory = "/ckpt";
  world_.add({1});
  program_.onRun = [](const BatchContext&) { return Status::internal("dies"); };
  start(std::unique_ptr<Trigger>(new OnceTrigger));
  EXPECT_FALSE(loop_->awaitTermination().has_value());
  program_.onRun = {};
  world_.add({2});
  for (const std::vector<int64_t>& expected : {std::vector<int64_t>{1}, {1, 2}}) {
    options_ = {};
    options_.checkpointDirectory = "/ckpt";
    start(std::unique_ptr<Trigger>(new OnceTrigger));
    awaitEnd();
    EXPECT_EQ(world_.allValues(), expected);
  }
}

TEST_F(MicroBatchLoops, failureEndsTheLoopAndNamesBatchAndStep) {
  options_.listeners = {&listener_};
  program_.onRun = [](const BatchContext&) { return Status::userCode("division by zero"); };
  start(everySecond());
  clock_->waitUntilIdle();
  clock_->setTime(at(1000));
  const Result<bool> end = loop_->awaitTermination();
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().message(), "batch 0, run: division by zero");
  EXPECT_EQ(loop_->status().state, LoopStatus::State::kFailed);
  EXPECT_EQ(program_.aborts, 1);
  EXPECT_EQ(listener_.events,
            (std::vector<std::string>{"submitted 0", "started 0", "failed 0",
                                      "terminated UserCode: batch 0, run: division by zero"}));
}

TEST_F(MicroBatchLoops, anErrorWithAClassKeepsItsText) {
  program_.onRun = [](const BatchContext&) {
    Status status = Status::userCode("division by zero");
    return status.withErrorClass("DIVIDE_BY_ZERO", "22012");
  };
  start(everySecond());
  clock_->waitUntilIdle();
  clock_->setTime(at(1000));
  const Result<bool> end = loop_->awaitTermination();
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().message(), "division by zero");
  EXPECT_EQ(end.error().errorClass(), "DIVIDE_BY_ZERO");
}

TEST_F(MicroBatchLoops, whatTheProgramThrowsIsTheFailure) {
  program_.onCommit = [](const BatchContext&) -> Status { throw std::runtime_error("boom"); };
  start(everySecond());
  clock_->waitUntilIdle();
  clock_->setTime(at(1000));
  const Result<bool> end = loop_->awaitTermination();
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().code(), StatusCode::kUserCode);
  EXPECT_EQ(end.error().message(), "batch 0, commitSinksAndState: boom");
  EXPECT_EQ(program_.aborts, 1);
}

TEST_F(MicroBatchLoops, fullDiskIsWaitedOutAndTheSameBatchTriedAgain) {
  setLogLevel(LogLevel::kWarn);
  setLogObserver(
      [&](LogLevel, std::string_view, std::string_view m) { warnings_.emplace_back(m); });
  options_.listeners = {&listener_};
  options_.checkpointDirectory = "/ckpt";
  start(everySecond());
  clock_->waitUntilIdle();
  world_.add({1}, at(900));
  world_.add({2}, at(1900));
  files_->limitSpace(10);
  runUntil(1000);
  runUntil(2000);
  EXPECT_TRUE(program_.committed.empty());
  EXPECT_EQ(loop_->status().state, LoopStatus::State::kRetrying);
  EXPECT_EQ(warnings_.size(), 2u);
  EXPECT_NE(warnings_.at(0).find("batch 0, logOffsets"), std::string::npos);
  files_->freeSpace();
  runUntil(3000);
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{1000, 2000, 3000}));
  EXPECT_EQ(world_.output().at(0), std::vector<int64_t>{1});
  EXPECT_EQ(world_.output().at(1), std::vector<int64_t>{2});
  EXPECT_EQ(listener_.events[0], "willRetry 0");
  EXPECT_EQ(listener_.events[1], "willRetry 0");
  EXPECT_EQ(listener_.events[2], "submitted 0");
}

TEST_F(MicroBatchLoops, fullDiskInTheRunAbortsAndReplays) {
  int failures = 2;
  program_.onCommit = [&](const BatchContext&) {
    return failures-- > 0 ? Status::diskFull("state") : Status::OK();
  };
  world_.add({1, 2}, at(0));
  start(everySecond());
  runUntil(1000);
  runUntil(2000);
  runUntil(3000);
  EXPECT_EQ(program_.aborts, 2);
  EXPECT_FALSE(program_.contexts[0].replay);
  EXPECT_TRUE(program_.contexts[1].replay);
  EXPECT_EQ(program_.contexts[2].batchTime, at(1000));
  EXPECT_EQ(world_.output().at(0), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{1000, 2000, 3000}));
}

TEST_F(MicroBatchLoops, stopEndsTheWaitForSpace) {
  program_.onRun = [](const BatchContext&) { return Status::diskFull("full"); };
  start(everySecond());
  runUntil(1000);
  loop_->stop(StopMode::kAfterCurrentBatch);
  awaitEnd();
}

TEST_F(MicroBatchLoops, listenersAndLastProgressSayWhereTheTimeWent) {
  options_.listeners = {&listener_};
  program_.onRun = [&](const BatchContext&) {
    clock_->advance(Millis(30));
    return Status::OK();
  };
  program_.onCommit = [&](const BatchContext&) {
    clock_->advance(Millis(12));
    return Status::OK();
  };
  world_.add({1, 2, 3}, at(0));
  start(everySecond());
  runUntil(1200);
  const BatchProgress progress = loop_->lastProgress().value();
  EXPECT_EQ(progress.numInputRows, 3);
  EXPECT_EQ(progress.schedulingDelay(), Millis(200));
  EXPECT_EQ(progress.processingDelay(), Millis(42));
  EXPECT_EQ(progress.totalDelay(), Millis(242));
  EXPECT_EQ(progress.durations.addBatch, Millis(42));
  EXPECT_EQ(progress.durations.triggerExecution, Millis(42));
  EXPECT_EQ(progress.durations.named().front().first, "addBatch");
  EXPECT_EQ(progress.ranges[0], (OffsetRange{Offset("-1"), Offset("0")}));
  EXPECT_EQ(progress.attempts, 1);
  loop_->stop(StopMode::kNow);
  awaitEnd();
  EXPECT_EQ(listener_.events,
            (std::vector<std::string>{"submitted 0", "started 0", "completed 0", "terminated OK"}));
}

TEST_F(MicroBatchLoops, aListenerThatThrowsDoesNotDisturb) {
  struct Thrower : BatchListener {
    void batchStarted(const BatchContext&) override { throw std::runtime_error("listener"); }
  } thrower;
  options_.listeners = {&thrower};
  start(everySecond());
  runUntil(2000);
  EXPECT_EQ(batchTimes(), (std::vector<int64_t>{1000, 2000}));
  loop_.reset();  // before the listener goes
}

TEST_F(MicroBatchLoops, statusTellsWhatTheLoopDoes) {
  LoopStatus running;
  program_.onRun = [&](const BatchContext&) {
    running = loop_->status();
    return Status::OK();
  };
  world_.add({1}, at(0));
  MicroBatchLoop& loop = make(everySecond());
  EXPECT_EQ(loop.status().state, LoopStatus::State::kNotStarted);
  ASSERT_TRUE(loop.start().ok());
  runUntil(1000);
  EXPECT_EQ(running.message, "Processing new data");
  EXPECT_TRUE(running.isTriggerActive);
  EXPECT_EQ(loop.status().message, "Waiting for next trigger");
  EXPECT_FALSE(loop.status().isTriggerActive);
  EXPECT_FALSE(loop.status().isDataAvailable);
  world_.add({2}, at(0));
  EXPECT_TRUE(loop.status().isDataAvailable);
}

TEST_F(MicroBatchLoops, aBatchCannotWaitForItsOwnLoop) {
  Status waited;
  program_.onRun = [&](const BatchContext&) {
    waited = loop_->awaitTermination().error();
    return Status::OK();
  };
  start(everySecond());
  runUntil(1000);
  EXPECT_EQ(waited.code(), StatusCode::kInvalidArgument);
}

TEST_F(MicroBatchLoops, startTwiceIsRefused) {
  MicroBatchLoop& loop = start(everySecond());
  EXPECT_EQ(loop.start().code(), StatusCode::kAlreadyExists);
  EXPECT_FALSE(loop.runOneBatch().has_value());
}

TEST_F(MicroBatchLoops, stopFromManyThreadsWhileDataComes) {
  for (int round = 0; round < 20; ++round) {
    options_ = {};
    MicroBatchLoop& loop = start(ProcessingTimeTrigger::make(Millis(0)));
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 20; ++n) world_.add({n});
        static_cast<void>(loop.status());
        loop.stop(StopMode::kDrain);
      });
    for (std::thread& thread : threads) thread.join();
    awaitEnd();
    EXPECT_EQ(loop.status().state, LoopStatus::State::kStopped);
  }
}

}  // namespace
}  // namespace spate
