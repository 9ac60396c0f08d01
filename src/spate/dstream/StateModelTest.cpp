#include "spate/dstream/StreamModels.h"

// Kept state on random streams with a restart in them, against models that go through the input
// batch by batch.

namespace spate::testing {
namespace {

using Outputs = std::map<int64_t, std::vector<IntPair>>;

/// The sum of the values; a key whose batch has a value of -2 is removed, as is one that had no
/// values and an even sum.
std::optional<int> update(const std::vector<int>& values, std::optional<int> sum) {
  if (std::find(values.begin(), values.end(), -2) != values.end()) return std::nullopt;
  if (values.empty() && *sum % 2 == 0) return std::nullopt;
  int all = sum.value_or(0);
  for (int value : values) all += value;
  return all;
}

Outputs modelOfUpdate(const Batches<IntPair>& input, std::map<int, int> state) {
  Outputs outputs;
  for (size_t batch = 0; batch < input.size(); ++batch) {
    std::map<int, std::vector<int>> values;
    for (const auto& [key, value] : state) values[key];
    for (const auto& [key, value] : input[batch]) values[key].push_back(value);
    std::map<int, int> next;
    for (const auto& [key, added] : values) {
      const auto found = state.find(key);
      const auto sum =
          update(added, found == state.end() ? std::nullopt : std::optional(found->second));
      if (sum) next[key] = *sum;
    }
    state = std::move(next);
    outputs[static_cast<int64_t>(batch) + 1] = sortedEntries(state);
  }
  return outputs;
}

const auto kUpdate = [](std::vector<int> values, std::optional<int> sum) {
  return update(values, sum);
};

TEST(StateModel, updateStateByKey) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    RC_ASSERT(outputsOf(stream, [](const auto& s) { return s.updateStateByKey(kUpdate); }) ==
              modelOfUpdate(stream.input, {}));
  }));
}

TEST(StateModel, updateStateByKeyFromAnInitialState) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const auto initial =
        *rc::gen::container<std::map<int, int>>(rc::gen::inRange(0, 6), rc::gen::inRange(-3, 4));
    RC_ASSERT(outputsOf(stream, [&](const auto& s) {
                return s.updateStateByKey(kUpdate, stream.partitions,
                                          makeRdd<ParallelCollectionNode<IntPair>>(
                                              s.node()->rddContext(), sortedEntries(initial), 2));
              }) == modelOfUpdate(stream.input, initial));
  }));
}

/// mapWithState as Spark has it: each element in turn; keys time out only in the batches that
/// checkpoint.
struct MapModel {
  std::map<int, std::pair<int, int>> state;  // sum, batch of the last touch
  std::optional<int> timeout;                // in batches
  int checkpointEvery;

  /// What the function does, here and below.
  static std::optional<int> next(int value, std::optional<int> sum) {
    if (value == -2) return std::nullopt;
    return sum.value_or(0) + value;
  }

  std::pair<std::vector<IntPair>, std::vector<IntPair>> batch(
      int number, const std::vector<IntPair>& elements) {
    std::vector<IntPair> output;
    for (const auto& [key, value] : elements) {
      const auto found = state.find(key);
      const auto sum =
          next(value, found == state.end() ? std::nullopt : std::optional(found->second.first));
      output.emplace_back(key, sum.value_or(-100));
      if (sum)
        state[key] = {*sum, number};
      else if (found != state.end())
        state.erase(found);
    }
    if (timeout && number % checkpointEvery == 0) {
      for (auto entry = state.begin(); entry != state.end();) {
        if (entry->second.second >= number - *timeout) {
          ++entry;
          continue;
        }
        output.emplace_back(entry->first, 1000 + entry->second.first);
        entry = state.erase(entry);
      }
    }
    std::vector<IntPair> snapshot;
    for (const auto& [key, kept] : state) snapshot.emplace_back(key, kept.first);
    std::sort(output.begin(), output.end());
    return {output, snapshot};
  }
};

/// A batch's elements of one key keep their order only within a partition: one value per key.
RandomStream streamOfSingleValues() {
  RandomStream stream = randomStream();
  for (auto& batch : stream.input)
    batch = sortedEntries(std::map<int, int>(batch.begin(), batch.end()));
  return stream;
}

TEST(StateModel, mapWithState) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = streamOfSingleValues();
    const auto initial =
        *rc::gen::container<std::map<int, int>>(rc::gen::inRange(0, 6), rc::gen::inRange(-3, 4));
    MapModel model;
    model.checkpointEvery = *rc::gen::inRange(1, 5).as("checkpoint every");
    if (*rc::gen::arbitrary<bool>()) model.timeout = *rc::gen::inRange(1, 4).as("timeout");
    const bool snapshots = *rc::gen::arbitrary<bool>().as("snapshots");
    const Duration every = kBatch * model.checkpointEvery;
    const auto mapped = [&](const auto& s) {
      auto spec =
          stateSpec<int, int, int>([](const int& key, std::optional<int> value, State<int>& state) {
            if (state.isTimingOut()) return IntPair(key, 1000 + state.get());
            const auto sum = MapModel::next(*value, state.getOption());
            if (sum)
              state.update(*sum);
            else if (state.exists())
              state.remove();
            return IntPair(key, sum.value_or(-100));
          });
      spec.numPartitions(stream.partitions)
          .initialState(RDD<IntPair>(makeRdd<ParallelCollectionNode<IntPair>>(
              s.node()->rddContext(), sortedEntries(initial), 2)));
      if (model.timeout) spec.timeout(kBatch * *model.timeout);
      auto result = s.mapWithState(spec);
      result.checkpoint(every);
      return result;
    };
    for (const auto& [key, value] : initial) model.state[key] = {value, 1};
    std::map<int64_t, std::vector<IntPair>> outputs, states;
    for (int batch = 1; batch <= stream.batches(); ++batch)
      std::tie(outputs[batch], states[batch]) =
          model.batch(batch, stream.input[static_cast<size_t>(batch - 1)]);
    if (snapshots)
      RC_ASSERT(outputsOf(stream, [&](const auto& s) { return mapped(s).stateSnapshots(); }) ==
                states);
    else
      RC_ASSERT(outputsOf(stream, mapped) == outputs);
  }));
}

TEST(StateModel, windowsOverState) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const RandomWindow w;
    const Outputs states = modelOfUpdate(stream.input, {});
    Outputs expected;
    for (int batch = w.slide; batch <= stream.batches(); batch += w.slide) {
      std::vector<IntPair>& output = expected[batch];
      for (int at = std::max(1, batch - w.length + 1); at <= batch; ++at)
        output.insert(output.end(), states.at(at).begin(), states.at(at).end());
      std::sort(output.begin(), output.end());
    }
    RC_ASSERT(outputsOf(stream, [&](const auto& s) {
                return s.updateStateByKey(kUpdate).window(w.window(), w.step());
              }) == expected);
  }));
}

}  // namespace
}  // namespace spate::testing
