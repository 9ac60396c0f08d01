#include "spate/dstream/StreamTest.h"

// Spark's WindowOperationsSuite, with its values.

namespace spate::testing {
namespace {

using std::string;
using Pair = std::pair<string, int>;

const Batches<int> kNumbers{{0}, {1}, {2}, {3}, {4}, {5}};

const Batches<Pair> kLargerSlideInput{{{"a", 1}}, {{"a", 2}}, {{"a", 3}}, {{"a", 4}},
                                      {{"a", 5}}, {{"a", 6}}, {},         {}};
const Batches<Pair> kLargerSlideOutput{{{"a", 3}}, {{"a", 10}}, {{"a", 18}}, {{"a", 11}}};

const Batches<Pair> kBigInput{
    {{"a", 1}},           {{"a", 1}, {"b", 1}}, {{"a", 1}, {"b", 1}, {"c", 1}},
    {{"a", 1}, {"b", 1}}, {{"a", 1}},           {},
    {{"a", 1}},           {{"a", 1}, {"b", 1}}, {{"a", 1}, {"b", 1}, {"c", 1}},
    {{"a", 1}, {"b", 1}}, {{"a", 1}},           {}};
const Batches<Pair> kBigOutput{{{"a", 1}},
                               {{"a", 2}, {"b", 1}},
                               {{"a", 2}, {"b", 2}, {"c", 1}},
                               {{"a", 2}, {"b", 2}, {"c", 1}},
                               {{"a", 2}, {"b", 1}},
                               {{"a", 1}},
                               {{"a", 1}},
                               {{"a", 2}, {"b", 1}},
                               {{"a", 2}, {"b", 2}, {"c", 1}},
                               {{"a", 2}, {"b", 2}, {"c", 1}},
                               {{"a", 2}, {"b", 1}},
                               {{"a", 1}}};
// Without a filter a key stays when nothing of it is left in the window.
const Batches<Pair> kBigInverseOutput{{{"a", 1}},
                                      {{"a", 2}, {"b", 1}},
                                      {{"a", 2}, {"b", 2}, {"c", 1}},
                                      {{"a", 2}, {"b", 2}, {"c", 1}},
                                      {{"a", 2}, {"b", 1}, {"c", 0}},
                                      {{"a", 1}, {"b", 0}, {"c", 0}},
                                      {{"a", 1}, {"b", 0}, {"c", 0}},
                                      {{"a", 2}, {"b", 1}, {"c", 0}},
                                      {{"a", 2}, {"b", 2}, {"c", 1}},
                                      {{"a", 2}, {"b", 2}, {"c", 1}},
                                      {{"a", 2}, {"b", 1}, {"c", 0}},
                                      {{"a", 1}, {"b", 0}, {"c", 0}}};

Batches<int> window(Duration length, Duration slide) {
  return run(kNumbers, [=](auto s) { return s.window(length, slide); });
}
Batches<Pair> reduced(const Batches<Pair>& input, Duration length = Seconds(2),
                      Duration slide = Seconds(1)) {
  return sorted(
      run(input, [=](auto s) { return s.reduceByKeyAndWindow(std::plus<>(), length, slide); }));
}
Batches<Pair> reducedWithInverse(const Batches<Pair>& input, Duration length = Seconds(2),
                                 Duration slide = Seconds(1)) {
  return sorted(run(input, [=](auto s) {
    return s.reduceByKeyAndWindow(std::plus<>(), std::minus<>(), length, slide);
  }));
}

TEST(WindowOperations, basicWindow) {
  EXPECT_EQ(window(Seconds(2), Seconds(1)),
            (Batches<int>{{0}, {0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}}));
}
TEST(WindowOperations, tumblingWindow) {
  EXPECT_EQ(window(Seconds(2), Seconds(2)), (Batches<int>{{0, 1}, {2, 3}, {4, 5}}));
}
TEST(WindowOperations, largerWindow) {
  EXPECT_EQ(run(
                kNumbers, [](auto s) { return s.window(Seconds(4), Seconds(2)); }, 8),
            (Batches<int>{{0, 1}, {0, 1, 2, 3}, {2, 3, 4, 5}, {4, 5}}));
}
TEST(WindowOperations, nonOverlappingWindow) {
  EXPECT_EQ(window(Seconds(2), Seconds(3)), (Batches<int>{{1, 2}, {4, 5}}));
}
TEST(WindowOperations, theSlideOfAWindowIsThatOfTheStreamUnlessGiven) {
  EXPECT_EQ(
      run(kNumbers, [](auto s) { return s.window(Seconds(2), Seconds(2)).window(Seconds(4)); }),
      (Batches<int>{{0, 1}, {0, 1, 2, 3}, {2, 3, 4, 5}}));
}

TEST(WindowOperations, reduceBasic) {
  EXPECT_EQ(reduced({{{"a", 1}, {"a", 3}}}), (Batches<Pair>{{{"a", 4}}}));
}
TEST(WindowOperations, reduceKeyAlreadyInWindow) {
  EXPECT_EQ(reduced({{{"a", 1}}, {{"a", 1}}}), (Batches<Pair>{{{"a", 1}}, {{"a", 2}}}));
}
TEST(WindowOperations, reduceNewKey) {
  EXPECT_EQ(reduced({{{"a", 1}}, {{"a", 1}, {"b", 1}}}),
            (Batches<Pair>{{{"a", 1}}, {{"a", 2}, {"b", 1}}}));
}
TEST(WindowOperations, reduceKeyThatLeaves) {
  EXPECT_EQ(reduced({{{"a", 1}}, {{"a", 1}}, {}, {}}),
            (Batches<Pair>{{{"a", 1}}, {{"a", 2}}, {{"a", 1}}, {}}));
}
TEST(WindowOperations, reduceLargerSlide) {
  EXPECT_EQ(reduced(kLargerSlideInput, Seconds(4), Seconds(2)), kLargerSlideOutput);
}
TEST(WindowOperations, reduceBig) { EXPECT_EQ(reduced(kBigInput), kBigOutput); }

TEST(WindowOperations, reduceWithInverseBasic) {
  EXPECT_EQ(reducedWithInverse({{{"a", 1}, {"a", 3}}}), (Batches<Pair>{{{"a", 4}}}));
}
TEST(WindowOperations, reduceWithInverseKeyThatLeavesStaysAsZero) {
  EXPECT_EQ(reducedWithInverse({{{"a", 1}}, {{"a", 1}}, {}, {}}),
            (Batches<Pair>{{{"a", 1}}, {{"a", 2}}, {{"a", 1}}, {{"a", 0}}}));
}
TEST(WindowOperations, reduceWithInverseLargerSlide) {
  EXPECT_EQ(reducedWithInverse(kLargerSlideInput, Seconds(4), Seconds(2)), kLargerSlideOutput);
}
TEST(WindowOperations, reduceWithInverseBig) {
  EXPECT_EQ(reducedWithInverse(kBigInput), kBigInverseOutput);
}
TEST(WindowOperations, reduceWithInverseAndFilterBig) {
  EXPECT_EQ(sorted(run(kBigInput,
                       [](auto s) {
                         return s.reduceByKeyAndWindow(
                             std::plus<>(), std::minus<>(), Seconds(2), Seconds(1), 0,
                             [](const Pair& pair) { return pair.second != 0; });
                       })),
            kBigOutput);
}
TEST(WindowOperations, reduceWithInverseCallsTheFunctionsForWhatEnteredAndLeftOnly) {
  // One key per batch: a step of a long window sees one new value and one that leaves.
  StreamWorld world;
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  std::atomic<int> calls = 0;
  Batches<Pair> input(30, {{"a", 1}});
  auto output = collectOutput(inputStream(world, context, input, 1)
                                  .reduceByKeyAndWindow(
                                      [&calls](int x, int y) {
                                        ++calls;
                                        return x + y;
                                      },
                                      [&calls](int x, int y) {
                                        ++calls;
                                        return x - y;
                                      },
                                      Seconds(20), Seconds(1), 1));
  context.start();
  world.runBatches(context, 25);
  calls = 0;
  world.runBatches(context, 1);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(output->back(), (std::vector<Pair>{{"a", 20}}));
}

TEST(WindowOperations, groupByKeyAndWindow) {
  using Group = std::pair<string, std::vector<int>>;
  EXPECT_EQ(
      sorted(run(kBigInput, [](auto s) { return s.groupByKeyAndWindow(Seconds(2), Seconds(1)); })),
      (Batches<Group>{{{"a", {1}}},
                      {{"a", {1, 1}}, {"b", {1}}},
                      {{"a", {1, 1}}, {"b", {1, 1}}, {"c", {1}}},
                      {{"a", {1, 1}}, {"b", {1, 1}}, {"c", {1}}},
                      {{"a", {1, 1}}, {"b", {1}}},
                      {{"a", {1}}},
                      {{"a", {1}}},
                      {{"a", {1, 1}}, {"b", {1}}},
                      {{"a", {1, 1}}, {"b", {1, 1}}, {"c", {1}}},
                      {{"a", {1, 1}}, {"b", {1, 1}}, {"c", {1}}},
                      {{"a", {1, 1}}, {"b", {1}}},
                      {{"a", {1}}}}));
}

TEST(WindowOperations, reduceByWindowWithAndWithoutInverse) {
  const Batches<int> input{{1, 2}, {3}, {}, {}, {4}};
  EXPECT_EQ(
      run(input, [](auto s) { return s.reduceByWindow(std::plus<>(), Seconds(2), Seconds(1)); }),
      (Batches<int>{{3}, {6}, {3}, {}, {4}}));
  EXPECT_EQ(run(input,
                [](auto s) {
                  return s.reduceByWindow(std::plus<>(), std::minus<>(), Seconds(2), Seconds(1));
                }),
            (Batches<int>{{3}, {6}, {3}, {0}, {4}}));
}

TEST(WindowOperations, countByWindow) {
  EXPECT_EQ(run(Batches<int>{{1}, {1}, {1, 2}, {0}, {}, {}},
                [](auto s) { return s.countByWindow(Seconds(2), Seconds(1)); }),
            (Batches<int64_t>{{1}, {2}, {3}, {3}, {1}, {0}}));
}

TEST(WindowOperations, countByValueAndWindow) {
  EXPECT_EQ(sorted(run(Batches<string>{{"a"}, {"b", "b"}, {"a", "b"}},
                       [](auto s) { return s.countByValueAndWindow(Seconds(2), Seconds(1)); })),
            (Batches<std::pair<string, int64_t>>{
                {{"a", 1}}, {{"a", 1}, {"b", 2}}, {{"a", 1}, {"b", 3}}}));
}

TEST(WindowOperations, aWindowOverAStateThatItAsksForEverySecondBatchOnly) {
  // Spark computes the state of each batch in order, whoever asks for it and when.
  const auto sums = [](auto s) {
    return s
        .template updateStateByKey<int>([](std::vector<int> values, std::optional<int> sum) {
          int all = sum.value_or(0);
          for (int value : values) all += value;
          return std::optional(all);
        })
        .window(Seconds(2), Seconds(2));
  };
  EXPECT_EQ(sorted(run(Batches<Pair>{{{"a", 1}}, {{"a", 2}}, {{"b", 5}}, {{"a", 3}}}, sums)),
            (Batches<Pair>{{{"a", 1}, {"a", 3}}, {{"a", 3}, {"a", 6}, {"b", 5}, {"b", 5}}}));
}

TEST(WindowOperations, durationsThatAreNoMultiplesAreRefused) {
  StreamWorld world;
  StreamingContext context = world.context();
  auto s = inputStream(world, context, Batches<Pair>{{{"a", 1}}});
  EXPECT_EQ(messageOf([&] { s.window(Milliseconds(1500), Seconds(1)); }),
            "The window duration of windowed DStream (1500 ms) must be a multiple of the slide "
            "duration of parent DStream (1000 ms)");
  EXPECT_EQ(messageOf([&] { s.window(Seconds(2), Milliseconds(500)); }),
            "The slide duration of windowed DStream (500 ms) must be a multiple of the slide "
            "duration of parent DStream (1000 ms)");
  EXPECT_EQ(messageOf([&] {
              s.reduceByKeyAndWindow(std::plus<>(), std::minus<>(), Milliseconds(1500), Seconds(1));
            }),
            "The window duration of ReducedWindowedDStream (1500 ms) must be multiple of the slide "
            "duration of parent DStream (1000 ms)");
  EXPECT_EQ(messageOf([&] {
              s.reduceByKeyAndWindow(std::plus<>(), std::minus<>(), Seconds(2), Milliseconds(1500));
            }),
            "The slide duration of ReducedWindowedDStream (1500 ms) must be multiple of the slide "
            "duration of parent DStream (1000 ms)");
}

}  // namespace
}  // namespace spate::testing
