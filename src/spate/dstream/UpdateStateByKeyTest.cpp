#include "spate/dstream/StreamTest.h"

// Spark's cases of updateStateByKey, with its values.

namespace spate::testing {
namespace {

using std::string;
using Pair = std::pair<string, int>;

const Batches<string> kInput{{"a"}, {"a", "b"}, {"a", "b", "c"}, {"a", "b"}, {"a"}, {}};

auto ones(const DStream<string>& words) {
  return words.map([](const string& word) { return std::pair<string, int>(word, 1); });
}
std::optional<int> addUp(std::vector<int> values, std::optional<int> sum) {
  for (int value : values) sum = sum.value_or(0) + value;
  return sum;
}
const auto kAddUp = [](std::vector<int> values, std::optional<int> sum) {
  return addUp(std::move(values), sum);
};

TEST(UpdateStateByKey, addsUpOverBatches) {
  EXPECT_EQ(sorted(run(kInput, [](auto s) { return ones(s).updateStateByKey(kAddUp); })),
            (Batches<Pair>{{{"a", 1}},
                           {{"a", 2}, {"b", 1}},
                           {{"a", 3}, {"b", 2}, {"c", 1}},
                           {{"a", 4}, {"b", 3}, {"c", 1}},
                           {{"a", 5}, {"b", 3}, {"c", 1}},
                           {{"a", 5}, {"b", 3}, {"c", 1}}}));
}

Batches<Pair> withInitial(const Batches<string>& input, const std::vector<Pair>& initial,
                          Duration window = {}) {
  StreamWorld world;
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  DStream<string> words = inputStream(world, context, input);
  if (!window.isZero()) words = words.window(window, window);
  auto output =
      collectOutput(ones(words).updateStateByKey(kAddUp, 2, world.sc.parallelize(initial, 2)));
  context.start();
  world.runBatches(context, static_cast<int>(input.size()));
  return sorted(*output);
}

TEST(UpdateStateByKey, startsFromTheInitialRdd) {
  EXPECT_EQ(withInitial(kInput, {{"a", 1}, {"c", 2}}),
            (Batches<Pair>{{{"a", 2}, {"c", 2}},
                           {{"a", 3}, {"b", 1}, {"c", 2}},
                           {{"a", 4}, {"b", 2}, {"c", 3}},
                           {{"a", 5}, {"b", 3}, {"c", 3}},
                           {{"a", 6}, {"b", 3}, {"c", 3}},
                           {{"a", 6}, {"b", 3}, {"c", 3}}}));
}

TEST(UpdateStateByKey, startsFromTheInitialRddWhenItsFirstBatchIsNotTheStreams) {
  EXPECT_EQ(withInitial({{"a"}, {"b"}, {"a"}, {}}, {{"a", 10}}, Seconds(2)),
            (Batches<Pair>{{{"a", 11}, {"b", 1}}, {{"a", 12}, {"b", 1}}}));
}

TEST(UpdateStateByKey, theFunctionIsToldTimeAndKey) {
  StreamWorld world;
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  using Timed = std::pair<string, int64_t>;
  auto output =
      collectOutput(ones(inputStream(world, context, kInput))
                        .updateStateByKey(
                            [](Time time, const string& key, std::vector<int> values,
                               std::optional<int64_t> state) -> std::optional<int64_t> {
                              EXPECT_TRUE(key == "a" || key == "b" || key == "c");
                              return state.value_or(0) + (values.empty() ? 0 : time.milliseconds());
                            },
                            2, world.sc.parallelize(std::vector<Timed>{{"a", 0}, {"c", 0}}, 2)));
  context.start();
  world.runBatches(context, 6);
  EXPECT_EQ(sorted(*output), (Batches<Timed>{{{"a", 1000}, {"c", 0}},
                                             {{"a", 3000}, {"b", 2000}, {"c", 0}},
                                             {{"a", 6000}, {"b", 5000}, {"c", 3000}},
                                             {{"a", 10000}, {"b", 9000}, {"c", 3000}},
                                             {{"a", 15000}, {"b", 9000}, {"c", 3000}},
                                             {{"a", 15000}, {"b", 9000}, {"c", 3000}}}));
}

TEST(UpdateStateByKey, aKeyWhoseFunctionReturnsNoneIsRemoved) {
  // Spark's "object lifecycle": gone after two batches without values.
  using Kept = std::pair<int, int>;  // counter, batches without values
  const auto update = [](std::vector<int> values,
                         std::optional<Kept> state) -> std::optional<Kept> {
    Kept kept = state.value_or(Kept(0, 0));
    kept.second = values.empty() ? kept.second + 1 : 0;
    kept.first += static_cast<int>(values.size());
    if (kept.second == 2) return std::nullopt;
    return kept;
  };
  EXPECT_EQ(sorted(run(Batches<string>{{"a", "b"}, {}, {"a", "c", "a"}, {"c"}, {}, {}},
                       [&](auto s) {
                         return ones(s).updateStateByKey(update).mapValues(
                             [](const Kept& kept) { return kept.first; });
                       })),
            (Batches<Pair>{{{"a", 1}, {"b", 1}},
                           {{"a", 1}, {"b", 1}},
                           {{"a", 3}, {"c", 1}},
                           {{"a", 3}, {"c", 2}},
                           {{"c", 2}},
                           {}}));
}

TEST(UpdateStateByKey, needsACheckpointDirectory) {
  StreamWorld world;
  StreamingContext context = world.context();
  ones(inputStream(world, context, kInput)).updateStateByKey(kAddUp).foreachRDD([](auto) {});
  EXPECT_EQ(messageOf<IllegalArgumentException>([&] { context.start(); }),
            "requirement failed: The checkpoint directory has not been set. Please set it by "
            "StreamingContext.checkpoint().");
  EXPECT_EQ(context.getState(), StreamingContextState::STOPPED);
}

TEST(UpdateStateByKey, theStateOfABatchStaysWhatItWas) {
  // An RDD does not change: also when it is read some batches later.
  StreamWorld world;
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  std::vector<RDD<Pair>> rdds;
  ones(inputStream(world, context, kInput))
      .updateStateByKey(kAddUp)
      .foreachRDD([&](const auto& rdd) { rdds.push_back(RDD<Pair>(rdd)); });
  context.start();
  world.runBatches(context, 6);
  Batches<Pair> output;
  for (const auto& rdd : rdds) output.push_back(rdd.collect());
  EXPECT_EQ(sorted(output)[1], (std::vector<Pair>{{"a", 2}, {"b", 1}}));
  EXPECT_EQ(sorted(output)[5], (std::vector<Pair>{{"a", 5}, {"b", 3}, {"c", 1}}));
}

}  // namespace
}  // namespace spate::testing
