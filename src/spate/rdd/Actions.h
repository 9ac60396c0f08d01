#pragma once

#include <atomic>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/rdd/JoinOperations.h"
#include "spate/rdd/LocalIterator.h"
#include "spate/rdd/StatCounter.h"

namespace spate {

/// What actions give for results by key: found by views of the key, in no special order.
template <class K, class V>
using KeyedResult = std::unordered_map<K, V, StableHash, StableEqual>;

/// The actions: they run a job and return its result.
///
/// Errors: SparkUnsupportedOperationException("empty collection") where an empty RDD has no result.
template <class N>
class RddActions : public RddJoinOperations<N> {
 public:
  using T = typename N::Element;
  /// An element as results hold it.
  using U = Owned<T>;
  using RddJoinOperations<N>::RddJoinOperations;

  std::vector<U> collect() const {
    auto parts = perPartition<std::vector<U>>("collect", [](std::vector<U>& part, auto&& element) {
      part.push_back(toOwned(std::forward<decltype(element)>(element)));
    });
    if (parts.size() == 1) return std::move(parts[0]);
    std::vector<U> all;
    size_t size = 0;
    for (const auto& part : parts) size += part.size();
    all.reserve(size);
    for (auto& part : parts)
      all.insert(all.end(), std::make_move_iterator(part.begin()),
                 std::make_move_iterator(part.end()));
    return all;
  }

  LocalIterator<N> toLocalIterator() const { return LocalIterator<N>(this->node()); }

  int64_t count() const {
    int64_t sum = 0;
    for (const int64_t part :
         perPartition<int64_t>("count", [](int64_t& count, auto&&) { ++count; }))
      sum += part;
    return sum;
  }

  /// The first `num` elements, reading no more partitions than it must: one, then more and more.
  std::vector<U> take(int num) const {
    std::vector<U> taken;
    const int all = this->getNumPartitions();
    const auto& conf = this->context()->conf();
    const int scaleUp = std::max(2, conf.getInt("spark.rdd.limit.scaleUpFactor", 4));
    const auto wanted = static_cast<size_t>(std::max(num, 0));
    int scanned = 0;
    while (taken.size() < wanted && scanned < all) {
      const size_t left = wanted - taken.size();
      int64_t tries = conf.getInt("spark.rdd.limit.initialNumPartitions", 1);
      if (scanned > 0 && taken.empty()) tries = int64_t{scanned} * scaleUp;
      if (scanned > 0 && !taken.empty())
        tries = std::min<int64_t>(
            int64_t{scanned} * scaleUp,
            static_cast<int64_t>(std::ceil(1.5 * static_cast<double>(left) * scanned /
                                           static_cast<double>(taken.size()))));
      const int to =
          static_cast<int>(std::min<int64_t>(all, scanned + std::max<int64_t>(1, tries)));
      for (auto& part : takeFrom(scanned, to, left)) {
        for (auto&& element : part) {
          if (taken.size() < wanted) taken.push_back(std::move(element));
        }
      }
      scanned = to;
    }
    return taken;
  }

  U first() const {
    auto one = take(1);
    if (one.empty()) throwEmpty();
    return std::move(one.front());
  }
  bool isEmpty() const { return this->getNumPartitions() == 0 || take(1).empty(); }

  /// f(a, b); associative and commutative.
  template <class F>
  U reduce(F f) const {
    auto parts = reducedParts("reduce", f);
    std::optional<U> all;
    for (auto& part : parts) {
      if (!part) continue;
      if (!all)
        all = std::move(part);
      else
        all = callUser(*this->node(), f, *std::move(all), *std::move(part));
    }
    if (!all) throwEmpty();
    return *std::move(all);
  }
  /// reduce whose results are brought together in several steps in Spark; here there is one place.
  template <class F>
  U treeReduce(F f, int depth = 2) const {
    checkDepth(depth);
    return reduce(std::move(f));
  }

  /// f over `zero` and the elements of each partition, then over `zero` and those results.
  template <class F>
  U fold(U zero, F f) const {
    return aggregateAs("fold", std::move(zero), f, f);
  }
  /// seqOp(A&&, element) -> A within a partition, combOp(A&&, A&&) -> A between them.
  template <class A, class SeqOp, class CombOp>
  A aggregate(A zero, SeqOp seqOp, CombOp combOp) const {
    return aggregateAs("aggregate", std::move(zero), std::move(seqOp), std::move(combOp));
  }
  template <class A, class SeqOp, class CombOp>
  A treeAggregate(A zero, SeqOp seqOp, CombOp combOp, int depth = 2) const {
    checkDepth(depth);
    return aggregateAs("treeAggregate", std::move(zero), std::move(seqOp), std::move(combOp));
  }

  template <class Less = std::less<>>
  U max(Less less = {}) const {
    return reduce([less](const U& a, const U& b) { return less(a, b) ? b : a; });
  }
  template <class Less = std::less<>>
  U min(Less less = {}) const {
    return reduce([less](const U& a, const U& b) { return less(b, a) ? b : a; });
  }

  /// The `num` smallest, in order.
  template <class Less = std::less<>>
  std::vector<U> takeOrdered(int num, Less less = {}) const {
    if (num <= 0) return {};
    const auto limit = static_cast<size_t>(num);
    // A heap with the largest of the kept on top.
    auto parts = perPartition<std::vector<U>>("takeOrdered", [&](auto& kept, auto&& element) {
      if (kept.size() == limit) {
        if (!less(element, kept.front())) return;
        std::pop_heap(kept.begin(), kept.end(), less);
        kept.pop_back();
      }
      kept.push_back(toOwned(std::forward<decltype(element)>(element)));
      std::push_heap(kept.begin(), kept.end(), less);
    });
    std::vector<U> all;
    for (auto& part : parts) std::move(part.begin(), part.end(), std::back_inserter(all));
    std::sort(all.begin(), all.end(), less);
    if (all.size() > limit) all.erase(all.begin() + num, all.end());
    return all;
  }
  /// The `num` largest, the largest first.
  template <class Less = std::less<>>
  std::vector<U> top(int num, Less less = {}) const {
    return takeOrdered(num, [less](const auto& a, const auto& b) { return less(b, a); });
  }

  /// Exactly `num` random elements (all, if there are fewer and none may come twice).
  std::vector<U> takeSample(bool withReplacement, int num, int64_t seed = randomSeed()) const;

  /// How often each value is there.
  KeyedResult<U, int64_t> countByValue() const {
    return countBy("countByValue", [](auto&& element) -> decltype(auto) {
      return std::forward<decltype(element)>(element);
    });
  }

  /// f(element), for its effects.
  template <class F>
  void foreach (F f) const {
    runOnAllPartitions(*this->node(), "foreach", [&](TaskContext& task, size_t) {
      TaskFunction<F, const T&> function = f;
      iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
        callUser(ForeachName{*this->node(), "foreach"}, function, std::as_const(element));
        return true;
      });
    });
  }
  /// f(Iterator<T>), once per partition.
  template <class F>
  void foreachPartition(F f) const {
    runOnAllPartitions(*this->node(), "foreachPartition", [&](TaskContext& task, size_t) {
      TaskFunction<F, Iterator<U>> function = f;
      Iterator<U> elements(gatherPartition(*this->node(), task.partitionId(), task));
      callUser(ForeachName{*this->node(), "foreachPartition"}, function, std::move(elements));
    });
  }

  /// count() that gives an estimate from the partitions counted when `timeoutMillis` have passed.
  /// The rest is not counted then (in Spark it goes on in the background).
  BoundedDouble countApprox(int64_t timeoutMillis, double confidence = 0.95) const {
    std::atomic<int64_t> counted{0};
    const int done = runFor("countApprox", timeoutMillis, confidence, [&](TaskContext& task) {
      int64_t count = 0;
      iterate(*this->node(), task.partitionId(), task, [&](auto&&) {
        ++count;
        return true;
      });
      counted += count;
    });
    return estimateCount(counted, done, this->getNumPartitions(), confidence);
  }

  /// About how many different values there are, by HyperLogLog.
  int64_t countApproxDistinct(double relativeSD = 0.05) const {
    HyperLogLog all(relativeSD);
    std::mutex mutex;
    runOnAllPartitions(*this->node(), "countApproxDistinct", [&](TaskContext& task, size_t) {
      HyperLogLog part(relativeSD);
      iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
        part.add(StableHash()(element));
        return true;
      });
      std::lock_guard lock(mutex);
      all.merge(part);
    });
    return all.estimate();
  }

 protected:
  /// One R per partition, to which add(r, element) adds. A task that is tried again starts anew.
  template <class R, class Add>
  std::vector<R> perPartition(const std::string& operation, Add add) const {
    std::vector<R> results(static_cast<size_t>(this->getNumPartitions()));
    runOnAllPartitions(*this->node(), operation, [&](TaskContext& task, size_t index) {
      R result{};
      iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
        add(result, std::forward<decltype(element)>(element));
        return true;
      });
      results[index] = std::move(result);
    });
    return results;
  }

  /// Runs body(task) over the partitions until the time is over; how many it was done for.
  template <class Body>
  int runFor(const std::string& operation, int64_t timeoutMillis, double confidence,
             Body body) const {
    if (timeoutMillis < 0)
      throw IllegalArgumentException("requirement failed: timeout (" +
                                     std::to_string(timeoutMillis) + ") must be nonnegative");
    if (!(confidence >= 0.0 && confidence <= 1.0))
      throw IllegalArgumentException("requirement failed: confidence (" + scalaString(confidence) +
                                     ") must be in [0,1]");
    const auto clock = Clock::system();
    const Timestamp deadline = clock->now() + Millis(timeoutMillis);
    std::vector<int> splits(static_cast<size_t>(this->getNumPartitions()));
    for (size_t i = 0; i < splits.size(); ++i) splits[i] = static_cast<int>(i);
    std::atomic<int> done{0};
    const auto counted = [&](TaskContext& task, size_t) {
      body(task);
      ++done;
    };
    const auto goOn = [&] { return clock->now() < deadline; };
    this->context()->scheduler().runWhile(*this->node(), splits, operation, counted, goOn);
    return done;
  }

  template <class KeyFunction>
  auto countBy(const std::string& operation, KeyFunction keyOf) const {
    using K = Owned<std::remove_cvref_t<std::invoke_result_t<KeyFunction&, const T&>>>;
    auto tables = perPartition<HashMap<K, int64_t>>(operation, [&](auto& table, auto&& element) {
      ++findOrInsert(table, keyOf(std::as_const(element))).first;
    });
    KeyedResult<K, int64_t> all;
    for (auto& table : tables) {
      for (auto& [key, count] : table) all[key] += count;
    }
    return all;
  }

  [[noreturn]] static void throwEmpty() {
    throw SparkUnsupportedOperationException("empty collection");
  }

 private:
  /// Names the action in messages: it has no node of its own.
  struct ForeachName {
    const NodeBase& node;
    const char* action;
    std::string operationName() const {
      return std::string(action) + " at RDD " + std::to_string(node.id());
    }
  };

  static void checkDepth(int depth) {
    if (depth < 1)
      throw IllegalArgumentException(
          "requirement failed: Depth must be greater than or equal to 1 but got " +
          std::to_string(depth) + ".");
  }

  std::vector<std::vector<U>> takeFrom(int from, int to, size_t limit) const {
    std::vector<int> splits;
    for (int i = from; i < to; ++i) splits.push_back(i);
    std::vector<std::vector<U>> parts(splits.size());
    const auto body = [&](TaskContext& task, size_t index) {
      std::vector<U> part;
      iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
        part.push_back(toOwned(std::forward<decltype(element)>(element)));
        return part.size() < limit;
      });
      parts[index] = std::move(part);
    };
    this->context()->scheduler().run(*this->node(), splits, "take", body);
    return parts;
  }

  template <class F>
  std::vector<std::optional<U>> reducedParts(const std::string& operation, F& f) const {
    return perPartition<std::optional<U>>(operation, [&](std::optional<U>& sum, auto&& element) {
      if (!sum)
        sum.emplace(toOwned(std::forward<decltype(element)>(element)));
      else
        sum = callUser(*this->node(), f, *std::move(sum), element);
    });
  }

  template <class A, class SeqOp, class CombOp>
  A aggregateAs(const std::string& operation, A zero, SeqOp seqOp, CombOp combOp) const {
    auto parts = perPartition<std::optional<A>>(operation, [&](auto& sum, auto&& element) {
      if (!sum) sum.emplace(zero);
      sum = callUser(*this->node(), seqOp, *std::move(sum), element);
    });
    A all = zero;
    for (auto& part : parts)
      all = callUser(*this->node(), combOp, std::move(all), part ? *std::move(part) : A(zero));
    return all;
  }
};

template <class N>
auto RddActions<N>::takeSample(bool withReplacement, int num, int64_t seed) const
    -> std::vector<U> {
  if (num < 0)
    throw IllegalArgumentException("requirement failed: Negative number of elements requested");
  if (num == 0) return {};
  const auto total = static_cast<double>(count());
  if (total == 0) return {};
  RandomEngine random(static_cast<uint64_t>(seed));
  std::vector<U> taken;
  if (!withReplacement && num >= total) {
    taken = collect();
    std::shuffle(taken.begin(), taken.end(), random);
    return taken;
  }
  // So large a fraction that the sample has too few elements in one case of ten thousand: Spark's
  // SamplingUtils.computeFractionForSampleSize.
  const double wanted = num;
  const double deviations = wanted < 6 ? 12 : wanted < 16 ? 9 : 6;
  const double gamma = -std::log(1e-4) / total;
  const double share = wanted / total;
  const double fraction =
      withReplacement ? (wanted + deviations * std::sqrt(wanted)) / total
                      : std::min(1.0, share + gamma + std::sqrt(gamma * gamma + 2 * gamma * share));
  do {
    taken = this->sample(withReplacement, fraction, static_cast<int64_t>(random())).collect();
  } while (taken.size() < static_cast<size_t>(num));
  std::shuffle(taken.begin(), taken.end(), random);
  taken.erase(taken.begin() + num, taken.end());
  return taken;
}

}  // namespace spate
