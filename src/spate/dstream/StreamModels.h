#pragma once

#include <rapidcheck.h>

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "spate/dstream/RestartingProgram.h"

namespace spate::testing {

using IntPair = std::pair<int, int>;

/// A stream, how it is cut, and when its program is ended and started again.
struct RandomStream {
  Batches<IntPair> input;
  int partitions;
  int restartAfter;
  bool restartByFailure;

  int batches() const { return static_cast<int>(input.size()); }
};

/// Few keys, so that they meet again; now and then an empty batch. `least` and `most`: values.
inline RandomStream randomStream(int least = -2, int most = 3) {
  RandomStream stream;
  stream.input.resize(*rc::gen::inRange<size_t>(1, 13).as("batches"));
  for (auto& batch : stream.input)
    batch = *rc::gen::resize(5, rc::gen::container<std::vector<IntPair>>(rc::gen::pair(
                                    rc::gen::inRange(0, 4), rc::gen::inRange(least, most + 1))));
  stream.partitions = *rc::gen::inRange(1, 4).as("partitions");
  stream.restartAfter = *rc::gen::inRange(0, stream.batches() + 1).as("restart after");
  stream.restartByFailure = *rc::gen::arbitrary<bool>();
  return stream;
}

/// Runs `operation` with the stream's restart; its outputs, sorted, by the number of the batch.
template <class Operation>
auto outputsOf(const RandomStream& stream, Operation operation) {
  StreamWorld world(StreamWorld::localConf(2).set("spark.default.parallelism",
                                                  std::to_string(stream.partitions)));
  if (stream.restartByFailure && stream.restartAfter < stream.batches())
    world.newFaults().failAt("beforeLogCommit", stream.restartAfter + 1,
                             Status::ioError("so be it"));
  RestartingProgram program(world, stream.input, operation, stream.partitions);
  if (stream.restartByFailure) {
    program.run(stream.batches());
  } else {
    program.run(stream.restartAfter);
    program.restart();
    program.run(stream.batches() - stream.restartAfter);
  }
  return program.outputs();
}

/// The elements of the last `window` batches up to number `batch` (from 1).
inline std::vector<IntPair> windowOf(const Batches<IntPair>& input, int batch, int window) {
  std::vector<IntPair> elements;
  for (int at = std::max(1, batch - window + 1); at <= batch; ++at)
    elements.insert(elements.end(), input[static_cast<size_t>(at - 1)].begin(),
                    input[static_cast<size_t>(at - 1)].end());
  return elements;
}

template <class M>
auto sortedEntries(const M& map) {
  using Entry = std::pair<typename M::key_type, typename M::mapped_type>;
  return std::vector<Entry>(map.begin(), map.end());
}

inline std::map<int, int> sums(const std::vector<IntPair>& elements) {
  std::map<int, int> all;
  for (const auto& [key, value] : elements) all[key] += value;
  return all;
}

/// Window and slide in batches.
struct RandomWindow {
  int length = *rc::gen::inRange(1, 7).as("window");
  int slide = *rc::gen::inRange(1, 4).as("slide");

  Duration window() const { return kBatch * length; }
  Duration step() const { return kBatch * slide; }
};

/// Compares with the model's output of each batch in which the window slides; `model(batch)`
/// makes it.
template <class T, class Model>
void checkWindows(const RandomStream& stream, int slide,
                  const std::map<int64_t, std::vector<T>>& outputs, Model model) {
  std::map<int64_t, std::vector<T>> expected;
  for (int batch = slide; batch <= stream.batches(); batch += slide) {
    std::vector<T> output = model(batch);
    std::sort(output.begin(), output.end());
    expected[batch] = output;
  }
  RC_ASSERT(outputs == expected);
}

}  // namespace spate::testing
