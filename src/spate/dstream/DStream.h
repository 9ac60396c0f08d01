#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/BatchPrinter.h"
#include "spate/dstream/StreamPairOperations.h"
#include "spate/types/ToString.h"

namespace spate {

/// A stream of T as a sequence of RDDs, one per batch: Spark's DStream<T>.
///
/// It is a handle to a stream of the graph; copies are the same stream. `D` is the class of the
/// graph's node: what transformations return keeps it (use `auto`), so that a chain over several
/// streams compiles into one loop. `DStream<T>` forgets it; every TypedDStream of T converts to it.
///
/// Errors: as Spark's, at the call: IllegalStateException once the context has started,
/// SparkException or IllegalArgumentException for durations that do not fit.
/// Threads: build the graph from one thread; functions given by the user run in several tasks.
template <class D>
class TypedDStream : public StreamPairOperations<D> {
 public:
  using Element = typename D::Element;
  using T = Element;

  explicit TypedDStream(std::shared_ptr<D> node) : StreamPairOperations<D>(std::move(node)) {}

  /// Forgets the class of the stream's node.
  template <class E>
    requires(!std::is_same_v<E, D> && std::is_convertible_v<std::shared_ptr<E>, std::shared_ptr<D>>)
  TypedDStream(const TypedDStream<E>& other)  // NOLINT(google-explicit-constructor)
      : StreamPairOperations<D>(other.node()) {}

  /// The same stream as DStream<T>.
  DStream<T> erased() const { return DStream<T>(*this); }

  /// Runs f once per batch, in the driver: f(rdd), f(rdd, Time) as in Scala, or f(Time, rdd) as in
  /// PySpark. What it does to the world should be idempotent per time: after a crash a batch whose
  /// commit was not logged runs again.
  template <class F>
  void foreachRDD(F f) const {
    addOutput("foreachRDD", std::move(f));
  }

  /// Prints the first `num` elements of each batch, as PySpark does: Python's representation.
  void pprint(int num = 10) const {
    addOutput("pprint", [num](const auto& rdd, Time time) {
      printFirst(rdd, time, num, &pythonText<T>, &pprintBatch);
    });
  }
  /// Prints the first `num` elements of each batch, as Scala does.
  void print(int num = 10) const {
    addOutput("print", [num](const auto& rdd, Time time) {
      printFirst(rdd, time, num, &scalaText<T>, &printBatch);
    });
  }

  /// Writes each batch as text into a directory "prefix-TIME_IN_MS[.suffix]". A batch that runs
  /// again replaces what its first run wrote.
  void saveAsTextFiles(const std::string& prefix, const std::string& suffix = {}) const {
    addOutput("saveAsTextFiles", [prefix, suffix](const auto& rdd, Time time) {
      rdd.saveAsTextFileAtomically(batchFileName(prefix, suffix, time));
    });
  }
  /// Writes each batch with its Codec into a directory "prefix-TIME_IN_MS[.suffix]"; read it with
  /// SparkContext::objectFile.
  void saveAsObjectFiles(const std::string& prefix, const std::string& suffix = {}) const {
    addOutput("saveAsObjectFiles", [prefix, suffix](const auto& rdd, Time time) {
      rdd.saveAsObjectFileAtomically(batchFileName(prefix, suffix, time));
    });
  }

 private:
  template <class F>
  void addOutput(std::string operation, F f) const {
    using Rdd = TypedRDD<typename D::RddNode>;
    auto function = [f = std::move(f)](Rdd rdd, Time time) mutable {
      if constexpr (std::is_invocable_v<F&, Rdd, Time>)
        f(std::move(rdd), time);
      else if constexpr (std::is_invocable_v<F&, Time, Rdd>)
        f(time, std::move(rdd));
      else
        f(std::move(rdd));
    };
    using Output = ForEachStream<D, decltype(function)>;
    auto output = std::make_shared<Output>(this->node(), std::move(function), std::move(operation));
    this->node()->graph()->addOutput(output, *output);
  }

  template <class Rdd, class Text, class Print>
  static void printFirst(const Rdd& rdd, Time time, int num, Text text, Print print) {
    const auto taken = rdd.take(num + 1);
    const size_t shown = std::min(taken.size(), static_cast<size_t>(std::max(num, 0)));
    std::vector<std::string> records;
    for (size_t i = 0; i < shown; ++i) records.push_back(text(taken[i]));
    print(time, records, taken.size() > shown);
  }

  template <class V>
  static std::string pythonText(const Owned<V>& value) {
    return pythonStr(value);
  }
  template <class V>
  static std::string scalaText(const Owned<V>& value) {
    return scalaString(value);
  }

  static std::string batchFileName(const std::string& prefix, const std::string& suffix,
                                   Time time) {
    std::string name = std::to_string(time.milliseconds());
    if (!prefix.empty()) name = prefix + "-" + name;
    if (!suffix.empty()) name += "." + suffix;
    return name;
  }
};

/// The stream of what mapWithState's function returned, and the state beside it.
template <class Stream>
class MapWithStateDStream : public TypedDStream<Stream> {
 public:
  using TypedDStream<Stream>::TypedDStream;

  /// All keys with their state, once per batch.
  auto stateSnapshots() const { return makeStream<StateSnapshotStream<Stream>>(this->node()); }
};

template <class D>
std::vector<RDD<typename D::Element>> StreamTransformations<D>::slice(Time from, Time to) const {
  D& node = *this->node();
  const Duration step = node.slideDuration();
  const auto aligned = [&](Time time) {
    return node.zeroTime() + (time - node.zeroTime()).floor(step);
  };
  std::vector<RDD<T>> rdds;
  for (Time at = aligned(from); at <= aligned(to); at = at + step) {
    if (at <= node.zeroTime()) continue;
    if (auto rdd = node.getOrComputeErased(at)) rdds.push_back(*rdd);
  }
  return rdds;
}

}  // namespace spate
