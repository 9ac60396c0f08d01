#include "spate/dstream/RestartingProgram.h"

// What goes wrong in the world, at every step of a batch: a full disk is waited out, anything else
// ends the stream; either way nothing is lost and nothing counts twice.

namespace spate::testing {
namespace {

using std::string;
using ::testing::HasSubstr;
using Pair = std::pair<string, int>;

const std::vector<string> kPoints{
    "beforeChooseOffsets",       "afterChooseOffsets", "beforeLogOffsets",
    "afterLogOffsets",           "beforeRun",          "afterRun",
    "beforeCommitSinksAndState", "state.beforeDelta",  "state.afterDelta",
    "afterCommitSinksAndState",  "beforeLogCommit",    "afterLogCommit"};

const Batches<Pair> kInput{
    {{"a", 1}}, {{"a", 2}, {"b", 1}}, {{"c", 5}, {"d", 2}}, {{"b", 4}, {"a", 1}}, {}, {{"a", 1}},
    {{"d", 3}}};
constexpr int kBatches = 8;

/// Two kept states in one graph: totals, and a window with an inverse.
const auto kGraph = [](const DStream<Pair>& s) {
  auto totals = s.updateStateByKey<int>([](std::vector<int> values, std::optional<int> sum) {
    int all = sum.value_or(0);
    for (int value : values) all += value;
    return std::optional(all);
  });
  auto window = s.reduceByKeyAndWindow(std::plus<>(), std::minus<>(), Seconds(3), Seconds(1));
  return totals.fullOuterJoin(window);
};

using Outputs =
    std::map<int64_t,
             std::vector<std::pair<string, std::pair<std::optional<int>, std::optional<int>>>>>;

const Outputs& undisturbed() {
  static const Outputs outputs = [] {
    StreamWorld world;
    RestartingProgram program(world, kInput, kGraph);
    program.run(kBatches);
    return program.outputs();
  }();
  return outputs;
}

class StreamFaults : public ::testing::Test {
 protected:
  // A world has the process's one SparkContext: so not inside another.
  static void SetUpTestSuite() { undisturbed(); }
};

/// Lets the clock go on until the stream has caught up or has ended.
template <class Program>
void runOut(StreamWorld& world, Program& program, int seconds) {
  for (int i = 0; i < seconds; ++i) {
    world.clock->advance(Seconds(1).toMillis());
    world.clock->waitUntilIdle();
  }
  EXPECT_FALSE(program.context().awaitTerminationOrTimeout(Milliseconds(0)));
}

TEST_F(StreamFaults, theGraphReachesAllPoints) {
  StreamWorld world;
  std::set<string, std::less<>> reached;
  world.newFaults().observe([&](std::string_view point) { reached.emplace(point); });
  RestartingProgram program(world, kInput, kGraph);
  program.run(kBatches);
  program.stop();
  for (const string& point : kPoints) EXPECT_TRUE(reached.contains(point)) << point;
  EXPECT_EQ(undisturbed().size(), static_cast<size_t>(kBatches));
}

TEST_F(StreamFaults, aFullDiskAtAnyPointIsWaitedOut) {
  for (const string& point : kPoints) {
    for (const int nth : {1, 3, 6}) {
      StreamWorld world;
      world.newFaults().failAt(point, nth, Status::diskFull("no space at " + point), 2);
      RestartingProgram program(world, kInput, kGraph);
      program.start();
      runOut(world, program, kBatches + 4);
      for (const auto& [batch, expected] : undisturbed())
        EXPECT_EQ(program.outputs().at(batch), expected) << point << " " << nth << ", " << batch;
    }
  }
}

TEST_F(StreamFaults, anErrorAtAnyPointEndsTheStreamAndTheRestartGoesOnExactly) {
  for (const string& point : kPoints) {
    for (const int nth : {1, 2, 5}) {
      StreamWorld world;
      world.newFaults().failAt(point, nth, Status::ioError("the disk says no"));
      RestartingProgram program(world, kInput, kGraph);
      program.run(kBatches);
      EXPECT_EQ(program.failures(), 1) << point << " " << nth;
      EXPECT_EQ(program.outputs(), undisturbed()) << point << " " << nth;
    }
  }
}

TEST_F(StreamFaults, aPowerCutAtAnyPointLosesNothingThatWasPromised) {
  for (const string& point : kPoints) {
    for (const int nth : {2, 4}) {
      StreamWorld world;
      world.newFaults().failAt(point, nth, Status::ioError("the power is gone"));
      RestartingProgram program(world, kInput, kGraph);
      program.start();
      int batches = 0;
      EXPECT_NE(messageOf([&] {
                  while (batches < kBatches) {
                    ++batches;
                    world.runBatches(program.context());
                  }
                }),
                "");
      program.stop();
      world.disk->crash(7);
      world.newFaults();
      program.restart();
      program.run(kBatches - batches);
      EXPECT_EQ(program.outputs(), undisturbed()) << point << " " << nth;
    }
  }
}

TEST_F(StreamFaults, aTornWriteAnywhereIsNoticedOrHarmless) {
  for (int write = 1; write <= 60; write += 3) {
    StreamWorld world;
    RestartingProgram program(world, kInput, kGraph);
    program.start();
    world.files->tearWriteAt(write, static_cast<size_t>(write % 11));
    program.run(kBatches - 1);
    EXPECT_LE(program.failures(), 1) << write;
    program.restart();
    program.run(1);
    EXPECT_EQ(program.outputs(), undisturbed()) << write;
  }
}

TEST_F(StreamFaults, aDiskThatIsFullForThreeBatchesHoldsTheStreamUpAndNothingElse) {
  for (const uint64_t space : {0, 40, 200, 700}) {
    StreamWorld world;
    std::vector<string> reasons;
    RestartingProgram program(world, kInput, kGraph);
    program.start();
    runOut(world, program, 2);
    world.files->limitSpace(space);
    runOut(world, program, 3);
    EXPECT_LT(program.outputs().size(), 6u);
    EXPECT_EQ(program.context().getState(), StreamingContextState::ACTIVE);
    world.files->freeSpace();
    runOut(world, program, kBatches - 4);
    for (const auto& [batch, expected] : undisturbed())
      EXPECT_EQ(program.outputs().at(batch), expected) << space << ", " << batch;
    // No batch was given up.
    for (const BatchInfo& info : world.counter->infos()) EXPECT_FALSE(info.failureReason);
  }
}

TEST_F(StreamFaults, aDiskThatIsFullCanBeStoppedAndTheRestartGoesOn) {
  StreamWorld world;
  RestartingProgram program(world, kInput, kGraph);
  program.start();
  runOut(world, program, 2);
  world.files->limitSpace(0);
  runOut(world, program, 2);
  program.stop();
  world.files->freeSpace();
  program.restart();
  program.run(kBatches - 4);
  EXPECT_EQ(program.outputs(), undisturbed());
}

TEST_F(StreamFaults, aStateFileThatIsGoneIsRefusedNamingIt) {
  StreamWorld world;
  RestartingProgram program(world, kInput, kGraph);
  program.run(3);
  program.stop();
  const string path = joinPath(world.checkpoint(), "state/1/0/2.delta");
  ASSERT_TRUE(world.disk->exists(path));
  ASSERT_TRUE(world.disk->removeAll(path).ok());
  EXPECT_THAT(messageOf([&] { program.start(); }), HasSubstr("2.delta"));
}

TEST_F(StreamFaults, aStateFileThatHasChangedIsRefusedNamingIt) {
  StreamWorld world;
  RestartingProgram program(world, kInput, kGraph);
  program.run(3);
  program.stop();
  const string path = joinPath(world.checkpoint(), "state/1/0/2.delta");
  string bytes = *world.disk->readFile(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x20);
  ASSERT_TRUE(world.disk->corrupt(path, bytes).ok());
  EXPECT_THAT(messageOf([&] { program.start(); }), HasSubstr("2.delta"));
}

}  // namespace
}  // namespace spate::testing
