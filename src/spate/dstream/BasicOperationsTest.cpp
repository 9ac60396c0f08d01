#include <set>

#include "spate/dstream/StreamTest.h"

// The cases of Spark's BasicOperationsSuite for elements of any type, with its values.

namespace spate::testing {
namespace {

const Batches<int> kInput{numbers(1, 4), numbers(5, 8), numbers(9, 12)};

TEST(BasicOperations, mapAppliesTheFunctionToEachElement) {
  const auto output =
      run(kInput, [](auto s) { return s.map([](int x) { return std::to_string(x); }); });
  EXPECT_EQ(output, (Batches<std::string>{
                        {"1", "2", "3", "4"}, {"5", "6", "7", "8"}, {"9", "10", "11", "12"}}));
}

TEST(BasicOperations, flatMapJoinsWhatTheFunctionReturns) {
  const auto output = run(kInput, [](auto s) {
    return s.flatMap([](int x) { return std::vector{x, x * 2}; });
  });
  EXPECT_EQ(output, (Batches<int>{{1, 2, 2, 4, 3, 6, 4, 8},
                                  {5, 10, 6, 12, 7, 14, 8, 16},
                                  {9, 18, 10, 20, 11, 22, 12, 24}}));
}

TEST(BasicOperations, filterKeepsWhatThePredicateAccepts) {
  const auto output =
      run(kInput, [](auto s) { return s.filter([](int x) { return x % 2 == 0; }); });
  EXPECT_EQ(output, (Batches<int>{{2, 4}, {6, 8}, {10, 12}}));
}

TEST(BasicOperations, glomGivesAnArrayPerPartition) {
  const auto output = run(kInput, [](auto s) { return s.glom(); });
  EXPECT_EQ(output,
            (Batches<std::vector<int>>{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}, {{9, 10}, {11, 12}}}));
}

TEST(BasicOperations, mapPartitionsSeesAPartitionAtATime) {
  const auto output = run(kInput, [](auto s) {
    return s.mapPartitions([](auto elements) {
      int sum = 0;
      for (int x : elements) sum += x;
      return std::vector{sum};
    });
  });
  EXPECT_EQ(output, (Batches<int>{{3, 7}, {11, 15}, {19, 23}}));
}

TEST(BasicOperations, mapPartitionsWithIndexTellsThePartition) {
  const auto output = run(kInput, [](auto s) {
    return s.mapPartitionsWithIndex([](int index, auto elements) {
      return std::vector{index * 100 + static_cast<int>(elements.size())};
    });
  });
  EXPECT_EQ(output, (Batches<int>{{2, 102}, {2, 102}, {2, 102}}));
}

TEST(BasicOperations, repartitionMakesAsManyPartitionsAsAsked) {
  const Batches<int> input{numbers(1, 100), numbers(101, 200), numbers(201, 300)};
  for (const int partitions : {5, 2}) {
    const auto output =
        run(input, [partitions](auto s) { return s.repartition(partitions).glom(); });
    ASSERT_EQ(output.size(), 3u);
    for (size_t batch = 0; batch < 3; ++batch) {
      EXPECT_EQ(output[batch].size(), static_cast<size_t>(partitions));
      std::multiset<int> all;
      for (const auto& partition : output[batch]) all.insert(partition.begin(), partition.end());
      EXPECT_EQ(all, std::multiset<int>(input[batch].begin(), input[batch].end()));
    }
  }
}

TEST(BasicOperations, reduceGivesOneElementPerBatch) {
  EXPECT_EQ(run(kInput, [](auto s) { return s.reduce(std::plus<>()); }),
            (Batches<int>{{10}, {26}, {42}}));
}

TEST(BasicOperations, reduceOfAnEmptyBatchIsEmpty) {
  EXPECT_EQ(run(Batches<int>{{}, {7}}, [](auto s) { return s.reduce(std::plus<>()); }),
            (Batches<int>{{}, {7}}));
}

TEST(BasicOperations, countIsZeroForAnEmptyBatch) {
  const Batches<int> input{{}, numbers(1, 1), numbers(1, 2), numbers(1, 3), numbers(1, 4)};
  EXPECT_EQ(run(input, [](auto s) { return s.count(); }),
            (Batches<int64_t>{{0}, {1}, {2}, {3}, {4}}));
}

TEST(BasicOperations, countIsZeroWhenTheQueueHasRunOut) {
  EXPECT_EQ(run(
                Batches<int>{{5}}, [](auto s) { return s.count(); }, 3),
            (Batches<int64_t>{{1}, {0}, {0}}));
}

TEST(BasicOperations, countByValueCountsWithinABatch) {
  const Batches<int> input{{1}, {1, 1, 1}, {1, 2}, {1, 1, 2, 2}};
  EXPECT_EQ(
      sorted(run(input, [](auto s) { return s.countByValue(); })),
      (Batches<std::pair<int, int64_t>>{{{1, 1}}, {{1, 3}}, {{1, 1}, {2, 1}}, {{1, 2}, {2, 2}}}));
}

TEST(BasicOperations, unionJoinsTheBatchesOfTheSameTime) {
  const Batches<int> input{numbers(1, 4), numbers(101, 104), numbers(201, 204)};
  EXPECT_EQ(run(input, [](auto s) { return s.union_(s.map([](int x) { return x + 4; })); }),
            (Batches<int>{numbers(1, 8), numbers(101, 108), numbers(201, 208)}));
}

TEST(BasicOperations, unionOfTheContextJoinsManyStreams) {
  StreamWorld world;
  StreamingContext context = world.context();
  auto s = inputStream(world, context, Batches<int>{numbers(1, 4), numbers(101, 104)});
  DStream<int> plus4 = s.map([](int x) { return x + 4; });
  DStream<int> plus8 = s.map([](int x) { return x + 8; });
  auto output = collectOutput(context.union_<int>({s, plus4, plus8}));
  context.start();
  world.runBatches(context, 2);
  EXPECT_EQ(*output, (Batches<int>{numbers(1, 12), numbers(101, 112)}));
}

TEST(BasicOperations, transformWorksOnTheRddOfABatch) {
  EXPECT_EQ(run(kInput,
                [](auto s) {
                  return s.transform([](auto rdd) { return rdd.map([](int x) { return -x; }); });
                }),
            (Batches<int>{{-1, -2, -3, -4}, {-5, -6, -7, -8}, {-9, -10, -11, -12}}));
}

TEST(BasicOperations, transformIsToldTheTimeOfTheBatch) {
  EXPECT_EQ(run(Batches<int>{{1}, {1}},
                [](auto s) {
                  return s.transform([](auto rdd, Time time) {
                    return rdd.map([time](int x) { return x + time.milliseconds(); });
                  });
                }),
            (Batches<int64_t>{{1001}, {2001}}));
}

TEST(BasicOperations, transformOfTheContextSeesTheRddsOfAllStreams) {
  StreamWorld world;
  StreamingContext context = world.context();
  auto s = inputStream(world, context, Batches<int>{numbers(1, 4), numbers(101, 104)});
  DStream<int> plus4 = s.map([](int x) { return x + 4; });
  auto output = collectOutput(context.transform(
      std::vector<DStream<int>>{s, plus4},
      [&world](const std::vector<RDD<int>>& rdds, Time) { return world.sc.union_(rdds); }));
  context.start();
  world.runBatches(context, 2);
  EXPECT_EQ(*output, (Batches<int>{numbers(1, 8), numbers(101, 108)}));
}

TEST(BasicOperations, streamsOfTwoContextsCannotBeCombined) {
  StreamWorld world;
  StreamingContext one = world.context();
  StreamingContext two = world.context();
  auto a = inputStream(world, one, Batches<int>{{1}});
  auto b = inputStream(world, two, Batches<int>{{1}});
  EXPECT_THAT(messageOf<IllegalArgumentException>([&] { a.union_(b); }),
              ::testing::HasSubstr("different contexts"));
  EXPECT_THAT(messageOf<IllegalArgumentException>([&] {
                one.union_<int>({a, b});
              }),
              ::testing::HasSubstr("different contexts"));
  EXPECT_THAT(messageOf([&] { a.transformWith(b, [](auto x, auto y) { return x.union_(y); }); }),
              ::testing::HasSubstr("different contexts"));
  EXPECT_THAT(messageOf<IllegalArgumentException>([&] { one.union_<int>({}); }),
              ::testing::HasSubstr("Empty array of DStreams"));
}

TEST(BasicOperations, streamsOfDifferentSlidesCannotBeCombined) {
  StreamWorld world;
  StreamingContext context = world.context();
  auto s = inputStream(world, context, Batches<int>{{1}});
  auto slow = s.window(Seconds(2), Seconds(2));
  EXPECT_THAT(messageOf<IllegalArgumentException>([&] { s.union_(slow); }),
              ::testing::HasSubstr("different slide durations"));
  EXPECT_THAT(messageOf([&] { s.transformWith(slow, [](auto x, auto y) { return x.union_(y); }); }),
              ::testing::HasSubstr("different slide durations"));
}

TEST(BasicOperations, sliceGivesTheRddsOfTheTimesAsked) {
  StreamWorld world;
  StreamingContext context = world.context();
  context.remember(Seconds(10));
  auto s = inputStream(world, context, Batches<int>{{1}, {2}, {3}, {4}});
  s.foreachRDD([](const auto&) {});
  EXPECT_THAT(messageOf([&] { s.slice(Time(0), Time(1000)); }),
              ::testing::HasSubstr("has not been initialized"));
  context.start();
  world.runBatches(context, 4);
  const auto slice = [&](int64_t from, int64_t to) {
    std::set<int> all;
    for (const auto& rdd : s.slice(Time(from), Time(to)))
      for (int x : rdd.collect()) all.insert(x);
    return all;
  };
  EXPECT_EQ(slice(0, 1000), (std::set{1}));
  EXPECT_EQ(slice(0, 2000), (std::set{1, 2}));
  EXPECT_EQ(slice(1000, 2000), (std::set{1, 2}));
  EXPECT_EQ(slice(2000, 4000), (std::set{2, 3, 4}));
  EXPECT_EQ(slice(2600, 4400), (std::set{2, 3, 4}));  // on the batch grid, as Spark
}

TEST(BasicOperations, rememberKeepsRddsAsLongAsAsked) {
  StreamWorld world;
  StreamingContext context = world.context();
  context.remember(Seconds(3));
  EXPECT_THAT(messageOf<IllegalArgumentException>([&] { context.remember(Seconds(4)); }),
              ::testing::HasSubstr("Remember duration already set as 3000 ms"));
  Batches<int> input;
  for (int i = 0; i < 10; ++i) input.push_back({i, i + 1});
  auto mapped = inputStream(world, context, input).map([](int x) { return x % 10; });
  auto first = mapped.window(Seconds(2), Seconds(1));
  auto second = first.window(Seconds(4), Seconds(2));
  auto output = collectOutput(second);
  context.start();
  world.runBatches(context, 10);
  EXPECT_EQ(output->size(), 5u);
  // Spark's "rdd cleanup - map and window".
  EXPECT_EQ(second.node()->rememberDuration(), Seconds(3));
  EXPECT_EQ(first.node()->rememberDuration(), Seconds(7));
  EXPECT_EQ(mapped.node()->rememberDuration(), Seconds(9));
}

TEST(BasicOperations, persistKeepsARddForTheOutputsOfItsBatch) {
  StreamWorld world;
  StreamingContext context = world.context();
  std::atomic<int> calls = 0;
  auto mapped = inputStream(world, context, Batches<int>{{1, 2}, {3}}).map([&calls](int x) {
    ++calls;
    return x;
  });
  mapped.cache();
  auto one = collectOutput(mapped);
  auto two = collectOutput(mapped);
  context.start();
  world.runBatches(context, 2);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(*one, *two);
}

TEST(BasicOperations, queueStreamGivesOneRddPerBatchOrAllThatAreThere) {
  StreamWorld world;
  StreamingContext context = world.context();
  auto one = std::make_shared<RddQueue<int>>();
  auto all = std::make_shared<RddQueue<int>>();
  for (int i = 1; i <= 3; ++i) {
    one->push(world.sc.parallelize(std::vector{i}, 1));
    all->push(world.sc.parallelize(std::vector{i}, 1));
  }
  RDD<int> filler = world.sc.parallelize(std::vector{-1}, 1);
  auto ones = collectOutput(context.queueStream(one));
  auto alls = collectOutput(context.queueStream(all, false));
  auto filled = collectOutput(
      context.queueStream(std::vector<RDD<int>>{filler}, true, std::optional<RDD<int>>(filler)));
  context.start();
  world.runBatches(context, 2);
  all->push(world.sc.parallelize(std::vector{4}, 1));
  world.runBatches(context, 2);
  EXPECT_EQ(*ones, (Batches<int>{{1}, {2}, {3}, {}}));
  EXPECT_EQ(*alls, (Batches<int>{{1, 2, 3}, {}, {4}, {}}));
  EXPECT_EQ(*filled, (Batches<int>{{-1}, {-1}, {-1}, {-1}}));
}

}  // namespace
}  // namespace spate::testing
