#include "spate/dstream/StreamTest.h"

// Spark's MapWithStateSuite, with its values.

namespace spate::testing {
namespace {

using std::string;
using Pair = std::pair<string, int>;

const Batches<string> kInput{{}, {"a"}, {"a", "b"}, {"a", "b", "c"}, {"a", "b"}, {"a"}, {}};
const Batches<Pair> kStates{{},
                            {{"a", 1}},
                            {{"a", 2}, {"b", 1}},
                            {{"a", 3}, {"b", 2}, {"c", 1}},
                            {{"a", 4}, {"b", 3}, {"c", 1}},
                            {{"a", 5}, {"b", 3}, {"c", 1}},
                            {{"a", 5}, {"b", 3}, {"c", 1}}};

template <class F>
auto spec(F function) {
  return stateSpec<string, int, int>(std::move(function));
}

template <class U>
struct Ran {
  Batches<U> outputs;
  Batches<Pair> states;
};

template <class Spec, class Prepare>
auto runSpec(const Batches<string>& input, Spec made, Prepare prepare) {
  StreamWorld world;
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  prepare(world, made);
  auto mapped = inputStream(world, context, input)
                    .map([](const string& word) { return std::pair<string, int>(word, 1); })
                    .mapWithState(made);
  auto outputs = collectOutput(mapped);
  auto states = collectOutput(mapped.stateSnapshots());
  context.start();
  world.runBatches(context, static_cast<int>(input.size()));
  using U = typename std::remove_reference_t<decltype(*outputs)>::value_type::value_type;
  return Ran<U>{sorted(*outputs), sorted(*states)};
}
template <class Spec>
auto runSpec(const Batches<string>& input, Spec made) {
  return runSpec(input, std::move(made), [](StreamWorld&, Spec&) {});
}

int addUp(std::optional<int> value, State<int>& state) {
  const int sum = value.value_or(0) + state.getOption().value_or(0);
  state.update(sum);
  return sum;
}

TEST(MapWithState, basicOperationsWithTheSimpleFunction) {
  const auto ran = runSpec(kInput, spec([](const string&, std::optional<int> value,
                                           State<int>& state) { return addUp(value, state); }));
  EXPECT_EQ(ran.outputs, (Batches<int>{{}, {1}, {1, 2}, {1, 2, 3}, {3, 4}, {5}, {}}));
  EXPECT_EQ(ran.states, kStates);
}

TEST(MapWithState, basicOperationsWithTheFunctionThatIsToldTheTime) {
  const auto ran = runSpec(kInput, spec([](Time, const string& key, std::optional<int> value,
                                           State<int>& state) -> std::optional<string> {
                             addUp(value, state);
                             return key + key;
                           }));
  EXPECT_EQ(
      ran.outputs,
      (Batches<string>{{}, {"aa"}, {"aa", "bb"}, {"aa", "bb", "cc"}, {"aa", "bb"}, {"aa"}, {}}));
  EXPECT_EQ(ran.states, kStates);
}

TEST(MapWithState, initialStateAndNothingReturned) {
  const auto ran = runSpec(kInput,
                           spec([](Time, const string&, std::optional<int> value,
                                   State<int>& state) -> std::optional<int> {
                             addUp(value, state);
                             return std::nullopt;
                           }),
                           [](StreamWorld& world, auto& made) {
                             made.initialState(RDD<Pair>(world.sc.parallelize(
                                 std::vector<Pair>{{"a", 5}, {"b", 10}, {"c", -20}, {"d", 0}}, 2)));
                           });
  EXPECT_EQ(ran.outputs, (Batches<int>(7)));
  EXPECT_EQ(ran.states, (Batches<Pair>{{{"a", 5}, {"b", 10}, {"c", -20}, {"d", 0}},
                                       {{"a", 6}, {"b", 10}, {"c", -20}, {"d", 0}},
                                       {{"a", 7}, {"b", 11}, {"c", -20}, {"d", 0}},
                                       {{"a", 8}, {"b", 12}, {"c", -19}, {"d", 0}},
                                       {{"a", 9}, {"b", 13}, {"c", -19}, {"d", 0}},
                                       {{"a", 10}, {"b", 13}, {"c", -19}, {"d", 0}},
                                       {{"a", 10}, {"b", 13}, {"c", -19}, {"d", 0}}}));
}

TEST(MapWithState, stateThatIsRemoved) {
  const auto ran = runSpec(
      Batches<string>{
          {}, {"a"}, {"a", "b"}, {"a", "b", "c"}, {"a", "b", "c"}, {"a", "b"}, {"a"}, {}},
      spec([](Time, const string& key, std::optional<int> value,
              State<int>& state) -> std::optional<string> {
        if (state.exists()) {
          state.remove();
          return key;
        }
        state.update(*value);
        return std::nullopt;
      }).numPartitions(1));
  EXPECT_EQ(ran.outputs, (Batches<string>{{}, {}, {"a"}, {"b"}, {"a", "c"}, {"b"}, {"a"}, {}}));
  EXPECT_EQ(ran.states,
            (Batches<Pair>{
                {}, {{"a", 1}}, {{"b", 1}}, {{"a", 1}, {"c", 1}}, {{"b", 1}}, {{"a", 1}}, {}, {}}));
}

TEST(MapWithState, keysTimeOutAtTheBatchesThatCheckpoint) {
  Batches<string> input{{"a", "b", "c"}, {"a", "b"}, {"a"}, {}, {}};
  input.resize(20, {"a"});
  const auto ran = runSpec(input, spec([](Time, const string& key, std::optional<int> value,
                                          State<int>& state) -> std::optional<string> {
                                    if (value) state.update(1);
                                    if (!state.isTimingOut()) return std::nullopt;
                                    EXPECT_TRUE(state.exists());
                                    EXPECT_FALSE(value);
                                    return key;
                                  }).timeout(Seconds(3)));
  EXPECT_EQ(ran.states.front(), (std::vector<Pair>{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_EQ(ran.states.back(), (std::vector<Pair>{{"a", 1}}));
  // The interval is ten batches: none is looked for before.
  for (size_t i = 0; i < input.size(); ++i) {
    if (i == 9)
      EXPECT_EQ(ran.outputs[i], (std::vector<string>{"b", "c"}));
    else
      EXPECT_TRUE(ran.outputs[i].empty()) << i;
  }
}

TEST(MapWithState, aStateThatTimesOutOrWasRemovedCannotBeChanged) {
  std::mutex mutex;
  std::vector<string> messages;
  const auto note = [&](const string& message) {
    std::lock_guard lock(mutex);
    messages.push_back(message);
  };
  StreamWorld world;
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  auto mapped =
      inputStream(world, context, Batches<string>{{"a", "b"}}, 1)
          .map([](const string& word) { return std::pair<string, int>(word, 1); })
          .mapWithState(spec([&](const string& key, std::optional<int> value, State<int>& state) {
                          if (state.isTimingOut()) {
                            note(messageOf([&] { state.update(1); }));
                            note(messageOf([&] { state.remove(); }));
                          } else if (key == "b") {
                            EXPECT_FALSE(state.exists());
                            EXPECT_EQ(state.getOption(), std::nullopt);
                            note(messageOf([&] { state.get(); }));
                            state.update(3);
                            EXPECT_EQ(state.get(), 3);
                            state.remove();
                            EXPECT_FALSE(state.exists());
                            note(messageOf([&] { state.update(1); }));
                            note(messageOf([&] { state.remove(); }));
                          } else {
                            state.update(*value);
                          }
                          return 0;
                        })
                            .timeout(Seconds(1))
                            .numPartitions(1));
  mapped.checkpoint(Seconds(3));
  mapped.foreachRDD([](const auto&) {});
  context.start();
  world.runBatches(context, 3);
  EXPECT_EQ(messages,
            (std::vector<string>{
                "State is not set",
                "requirement failed: Cannot update the state after it has been removed",
                "requirement failed: Cannot remove the state that has already been removed",
                "requirement failed: Cannot update the state that is timing out",
                "requirement failed: Cannot remove the state that is timing out"}));
}

TEST(MapWithState, theCheckpointIntervalIsTenBatchesUnlessGiven) {
  const auto interval = [](Duration batch, std::optional<Duration> given) {
    StreamWorld world;
    StreamingContext context = world.context(batch);
    context.checkpoint(world.checkpoint());
    auto mapped =
        inputStream(world, context, Batches<Pair>{})
            .mapWithState(spec([](const string&, std::optional<int>, State<int>&) { return 0; }));
    if (given) mapped.checkpoint(*given);
    mapped.foreachRDD([](const auto&) {});
    context.start();
    return mapped.node()->checkpointDuration();
  };
  EXPECT_EQ(interval(Milliseconds(100), {}), Seconds(1));
  EXPECT_EQ(interval(Seconds(1), {}), Seconds(10));
  EXPECT_EQ(interval(Seconds(10), {}), Seconds(100));
  EXPECT_EQ(interval(Milliseconds(100), Seconds(2)), Seconds(2));
  EXPECT_EQ(interval(Seconds(1), Seconds(2)), Seconds(2));
  EXPECT_EQ(interval(Seconds(10), Seconds(20)), Seconds(20));
}

}  // namespace
}  // namespace spate::testing
