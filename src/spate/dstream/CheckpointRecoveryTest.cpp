#include "spate/dstream/RestartingProgram.h"

namespace spate::testing {
namespace {

using std::string;
using ::testing::HasSubstr;
using Pair = std::pair<string, int>;

const Batches<Pair> kInput{{{"a", 1}}, {{"a", 2}, {"b", 1}}, {{"c", 5}}, {{"b", 4}}, {},
                           {{"a", 1}}};

const auto kSums = [](const DStream<Pair>& s) {
  return s.updateStateByKey<int>([](std::vector<int> values, std::optional<int> sum) {
    int all = sum.value_or(0);
    for (int value : values) all += value;
    return std::optional(all);
  });
};
const std::map<int64_t, std::vector<Pair>> kExpectedSums{{1, {{"a", 1}}},
                                                         {2, {{"a", 3}, {"b", 1}}},
                                                         {3, {{"a", 3}, {"b", 1}, {"c", 5}}},
                                                         {4, {{"a", 3}, {"b", 5}, {"c", 5}}},
                                                         {5, {{"a", 3}, {"b", 5}, {"c", 5}}},
                                                         {6, {{"a", 4}, {"b", 5}, {"c", 5}}}};

TEST(CheckpointRecovery, stateGoesOnAfterARestartAtAnyBatch) {
  for (int before = 0; before <= 6; ++before) {
    StreamWorld world;
    RestartingProgram program(world, kInput, kSums);
    program.run(before);
    program.restart();
    program.run(6 - before);
    EXPECT_EQ(program.outputs(), kExpectedSums) << before;
  }
}

TEST(CheckpointRecovery, theTimeThatTheProgramWasDownIsMadeUpFor) {
  StreamWorld world;
  RestartingProgram program(world, kInput, kSums);
  program.run(2);
  program.stop();
  world.clock->advance(Seconds(4).toMillis());
  program.restart();
  EXPECT_EQ(program.outputs(), kExpectedSums);
}

TEST(CheckpointRecovery, aBatchWhoseFunctionThrewRunsAgainAfterTheRestart) {
  StreamWorld world;
  int failures = 0;
  RestartingProgram program(world, kInput, [&failures](const DStream<Pair>& s) {
    return kSums(s).transform([&failures](auto rdd, Time time) {
      if (time == Time(3000) && failures++ == 0) throw std::runtime_error("not at three");
      return rdd;
    });
  });
  program.run(6);
  EXPECT_EQ(program.failures(), 1);
  EXPECT_EQ(failures, 2);
  EXPECT_EQ(program.outputs(), kExpectedSums);
}

TEST(CheckpointRecovery, windowsOverKeptStateGoOnAfterARestart) {
  // What a window asks for lies before the restart: neither may the state be computed twice, nor
  // may the window see the newest state under an old time.
  const auto windowed = [](const DStream<Pair>& s) {
    return kSums(s).window(Seconds(3), Seconds(1));
  };
  const auto mapped = [](const DStream<Pair>& s) {
    auto spec = stateSpec<string, int, int>(
        [](const string& key, std::optional<int> value, State<int>& state) {
          state.update(state.getOption().value_or(0) + value.value_or(0));
          return Pair(key, state.get());
        });
    return s.mapWithState(spec.timeout(Seconds(60))).window(Seconds(3), Seconds(1));
  };
  const auto snapshots = [](const DStream<Pair>& s) {
    auto spec =
        stateSpec<string, int, int>([](const string&, std::optional<int> value, State<int>& state) {
          state.update(state.getOption().value_or(0) + value.value_or(0));
          return 0;
        });
    return s.mapWithState(spec).stateSnapshots().window(Seconds(2), Seconds(1));
  };
  const auto overReduced = [](const DStream<Pair>& s) {
    return s.reduceByKeyAndWindow(std::plus<>(), std::minus<>(), Seconds(2), Seconds(1))
        .window(Seconds(4), Seconds(2));
  };
  const auto check = [](auto operation) {
    const auto undisturbed = [&] {
      StreamWorld world;
      RestartingProgram program(world, kInput, operation);
      program.run(8);
      return program.outputs();
    }();
    for (int before = 1; before <= 6; ++before) {
      StreamWorld world;
      RestartingProgram program(world, kInput, operation);
      program.run(before);
      program.restart();
      program.run(8 - before);
      EXPECT_EQ(program.outputs(), undisturbed) << "restart after " << before;
    }
  };
  check(windowed);
  check(mapped);
  check(snapshots);
  check(overReduced);
}

TEST(CheckpointRecovery, manyRestartsWithNothingBetweenChangeNothing) {
  StreamWorld world;
  RestartingProgram program(world, kInput, kSums);
  program.run(3);
  for (int i = 0; i < 5; ++i) program.restart();
  program.run(3);
  EXPECT_EQ(program.outputs(), kExpectedSums);
}

TEST(CheckpointRecovery, aGraphThatHasChangedIsRefusedWithTheDifference) {
  StreamWorld world;
  {
    RestartingProgram program(world, kInput, kSums);
    program.run(2);
  }
  const auto other = [&] {
    StreamingContext context = world.context();
    kSums(inputStream(world, context, kInput).filter([](const Pair&) {
      return true;
    })).foreachRDD([](const auto&) {});
    return context;
  };
  const string message =
      messageOf([&] { StreamingContext::getOrCreate(world.checkpoint(), other); });
  EXPECT_THAT(message, HasSubstr("The checkpoint in " + world.checkpoint() +
                                 " was written by another program"));
  EXPECT_THAT(message, HasSubstr("\n- #1 updateStateByKey"));
  EXPECT_THAT(message, HasSubstr("\n+ #1 filter"));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("queueStream")));

  const auto slower = [&] {
    StreamingContext context = world.context(Seconds(2));
    kSums(inputStream(world, context, kInput)).foreachRDD([](const auto&) {});
    return context;
  };
  EXPECT_THAT(messageOf([&] { StreamingContext::getOrCreate(world.checkpoint(), slower); }),
              HasSubstr("\n- batch duration 1000 ms\n+ batch duration 2000 ms"));
  // It is still there for the program that wrote it.
  RestartingProgram program(world, kInput, kSums);
  program.run(4);
  EXPECT_EQ(program.outputs().at(6), kExpectedSums.at(6));
}

TEST(CheckpointRecovery, anotherNumberOfStatePartitionsIsADifference) {
  StreamWorld world;
  const auto withPartitions = [&](int partitions) {
    StreamingContext context = world.context();
    inputStream(world, context, kInput)
        .updateStateByKey<int>([](std::vector<int>, std::optional<int> s) { return s; }, partitions)
        .foreachRDD([](const auto&) {});
    return context;
  };
  {
    StreamingContext context =
        StreamingContext::getOrCreate(world.checkpoint(), [&] { return withPartitions(2); });
    context.start();
    context.stop(false);
  }
  EXPECT_THAT(messageOf([&] {
                StreamingContext::getOrCreate(world.checkpoint(),
                                              [&] { return withPartitions(3); });
              }),
              HasSubstr("partitions=3"));
}

TEST(CheckpointRecovery, anotherDirectoryThanThatOfTheContextIsRefused) {
  StreamWorld world;
  EXPECT_THAT(messageOf<IllegalArgumentException>([&] {
                StreamingContext::getOrCreate(world.checkpoint(), [&] {
                  StreamingContext context = world.context();
                  context.checkpoint(world.checkpoint() + "2");
                  return context;
                });
              }),
              HasSubstr("use one directory"));
}

TEST(CheckpointRecovery, aStartAnewReplacesTheOldCheckpoint) {
  StreamWorld world;
  {
    RestartingProgram program(world, kInput, kSums);
    program.run(4);
  }
  std::vector<string> warnings;
  setLogLevel(LogLevel::kWarn);
  setLogObserver([&](LogLevel, std::string_view, std::string_view message) {
    warnings.emplace_back(message);
  });
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  auto output = collectOutput(kSums(inputStream(world, context, kInput)));
  context.start();
  world.runBatches(context, 2);
  context.stop(false);
  setLogObserver({});
  setLogLevel(LogLevel::kOff);
  EXPECT_THAT(warnings, ::testing::Contains(HasSubstr("is replaced")));
  EXPECT_EQ(sorted(*output), (Batches<Pair>{{{"a", 1}}, {{"a", 3}, {"b", 1}}}));
  EXPECT_FALSE(world.disk->exists(joinPath(world.checkpoint(), "commits/3")));
}

TEST(CheckpointRecovery, aCheckpointIntervalMustFitTheSlide) {
  StreamWorld world;
  const auto refused = [&](Duration interval, bool withDirectory = true) {
    StreamingContext context = world.context();
    if (withDirectory) context.checkpoint(world.checkpoint());
    inputStream(world, context, kInput)
        .map([](const Pair& p) { return p; })
        .checkpoint(interval)
        .foreachRDD([](const auto&) {});
    return messageOf<IllegalArgumentException>([&] { context.start(); });
  };
  EXPECT_THAT(refused(Milliseconds(500)),
              HasSubstr("has been set to 500 ms which is lower than its slide time (1000 ms). "
                        "Please set it to at least 1000 ms."));
  EXPECT_THAT(refused(Milliseconds(1500)),
              HasSubstr("has been set to 1500 ms which not a multiple of its slide time (1000 ms). "
                        "Please set it to a multiple of 1000 ms."));
  EXPECT_THAT(refused(Seconds(2), false), HasSubstr("The checkpoint directory has not been set"));
  StreamingContext context = world.context();
  EXPECT_THROW(inputStream(world, context, kInput).checkpoint(Milliseconds(0)),
               IllegalArgumentException);
}

TEST(CheckpointRecovery, aProgramWithoutStateGoesOnWhereItsInputWas) {
  StreamWorld world;
  RestartingProgram program(world, Batches<int>{{1}, {2}, {3}, {4}},
                            [](const DStream<int>& s) { return s; });
  program.run(2);
  program.restart();
  program.run(2);
  EXPECT_EQ(program.outputs(),
            (std::map<int64_t, std::vector<int>>{{1, {1}}, {2, {2}}, {3, {3}}, {4, {4}}}));
}

TEST(CheckpointRecovery, anInitialStateIsNotAppliedAgainAfterARestart) {
  StreamWorld world;
  RestartingProgram program(world, kInput, [&world](const DStream<Pair>& s) {
    return s.updateStateByKey(
        [](std::vector<int> values, std::optional<int> sum) -> std::optional<int> {
          int all = sum.value_or(0);
          for (int value : values) all += value;
          return all > 3 ? std::nullopt : std::optional(all);
        },
        2, world.sc.parallelize(std::vector<Pair>{{"z", 1}, {"a", 3}}, 2));
  });
  program.run(1);
  program.restart();
  program.run(1);
  EXPECT_EQ(program.outputs(), (std::map<int64_t, std::vector<Pair>>{
                                   {1, {{"z", 1}}}, {2, {{"a", 2}, {"b", 1}, {"z", 1}}}}));
}

TEST(CheckpointRecovery, aCorruptGraphFileIsRefusedNamingIt) {
  StreamWorld world;
  {
    RestartingProgram program(world, kInput, kSums);
    program.run(1);
  }
  const string path = joinPath(world.checkpoint(), "graph");
  ASSERT_TRUE(world.disk->corrupt(path, "v1\n{\"batchDur").ok());
  RestartingProgram program(world, kInput, kSums);
  EXPECT_THAT(messageOf([&] { program.start(); }), HasSubstr(path));
}

}  // namespace
}  // namespace spate::testing
