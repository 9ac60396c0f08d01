#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/KeyedState.h"
#include "spate/dstream/StreamNode.h"

namespace spate {

/// What streams with kept state have in common: opening, committing and rolling back with the
/// batch. `K` and `S` need a Codec: the state is written with every batch.
template <class N, class K, class S>
class KeyedStateStream : public TypedStreamNode<N> {
  static_assert(Encodable<K> && Encodable<S>,
                "state is written to the checkpoint: specialise spate::Codec for its types");

 public:
  KeyedStateStream(std::shared_ptr<StreamGraph> graph, std::string operation,
                   std::shared_ptr<const Partitioner<K>> partitioner)
      : TypedStreamNode<N>(graph, std::move(operation)),
        partitioner_(std::move(partitioner)),
        state_(std::make_shared<KeyedState<K, S>>(*graph, this->id(),
                                                  partitioner_->numPartitions())) {}

  bool mustCheckpoint() const override { return true; }
  std::string details() const override {
    return "state=" + elementTypeName<S>() +
           " partitions=" + std::to_string(partitioner_->numPartitions());
  }

  Status openState(int64_t committedBatches) override {
    // As many as the RDDs that are remembered, and the one before.
    state_->keepVersions(this->rememberDuration() / this->graph()->batchDuration() + 2);
    return state_->open(committedBatches);
  }
  void advanceState(Time time) override {
    if (this->isTimeValid(time)) this->getOrCompute(time);
  }
  Status commitState(Time) override { return state_->commit(this->rddContext()->pool()); }
  Status abortBatch(Time time, int64_t committedBatches) override {
    SPATE_RETURN_IF_ERROR(TypedStreamNode<N>::abortBatch(time, committedBatches));
    return state_->rollBackTo(committedBatches);
  }

 protected:
  using View = StateViewNode<K, S>;

  const std::shared_ptr<const Partitioner<K>>& partitioner() const { return partitioner_; }
  const std::shared_ptr<KeyedState<K, S>>& state() const { return state_; }

  /// The version that the batch of `time` left, or will leave: there is one per batch.
  int64_t versionAt(Time time) const {
    return (time - this->zeroTime()) / this->graph()->batchDuration();
  }
  /// Whether the batch of `time` was committed: its state stands in the files and must not be
  /// computed again. A window asks for such a time after a restart.
  bool isCommitted(Time time) const { return versionAt(time) <= state_->version(); }

  /// The state as the batch of `time` leaves it.
  TypedRDD<View> view(Time time) {
    return makeRdd<View>(this->rddContext(), state_, versionAt(time), partitioner_,
                         this->operation());
  }

  /// Whether the stream has no RDD before that of `time`.
  bool isFirst(Time time) const { return time - this->zeroTime() == this->slideDuration(); }

  /// Runs body(store, split, task), as a task for each partition of the state, on the state before
  /// the batch of `time`. `inputs` are the nodes the tasks read; they lie by partitioner(). When
  /// that batch is committed, on a copy of the state that is then thrown away.
  template <class Body>
  void updateState(Time time, std::vector<std::shared_ptr<NodeBase>> inputs, Body&& body) {
    const bool again = isCommitted(time);
    if (!again) state_->beginChanges();
    auto all = std::make_shared<StateInputs>(this->rddContext(), this->operation(),
                                             state_->partitions(), std::move(inputs));
    runOnAllPartitions(*all, this->operation(), [&](TaskContext& task, size_t) {
      if (again) {
        auto old = valueOrThrow(state_->openOld(task.partitionId(), versionAt(time) - 1));
        return body(*old, task.partitionId(), task);
      }
      // A task that is tried again must not find what its failed attempt left behind.
      auto& store = state_->store(task.partitionId());
      store.abort();
      body(store, task.partitionId(), task);
    });
  }

 private:
  std::shared_ptr<const Partitioner<K>> partitioner_;
  std::shared_ptr<KeyedState<K, S>> state_;
};

/// updateStateByKey. F(Time, const K&, std::vector<V> newValues, std::optional<S> state) ->
/// std::optional<S>, called for every key that has state or new values; none removes the key.
/// Spark's StateDStream.
template <class P, class S, class F>
class UpdateStateStream final
    : public KeyedStateStream<StateViewNode<KeyOf<typename P::Element>, S>,
                              KeyOf<typename P::Element>, S> {
 public:
  using K = KeyOf<typename P::Element>;
  using V = ValueOf<typename P::Element>;
  using Base = KeyedStateStream<StateViewNode<K, S>, K, S>;
  using N = StateViewNode<K, S>;

  UpdateStateStream(std::shared_ptr<P> parent, F update,
                    std::shared_ptr<const Partitioner<K>> partitioner,
                    std::optional<RDD<std::pair<K, S>>> initial)
      : Base(parent->graph(), "updateStateByKey", std::move(partitioner)),
        parent_(std::move(parent)),
        update_(std::move(update)),
        initial_(std::move(initial)) {}

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override { return {parent_}; }
  std::string operationName() const {
    return "updateStateByKey of stream " + std::to_string(this->id());
  }

  std::optional<TypedRDD<N>> compute(Time time) override {
    if (this->isCommitted(time)) return this->view(time);
    auto batch = parent_->getOrCompute(time);
    using Grouped = decltype(batch->groupByKeyWith(this->partitioner(), ""));
    std::optional<Grouped> grouped;
    std::vector<std::shared_ptr<NodeBase>> inputs;
    if (batch) {
      grouped = batch->groupByKeyWith(this->partitioner(), "updateStateByKey");
      inputs.push_back(grouped->node());
    }
    std::optional<RDD<std::pair<K, S>>> initial;
    if (initial_ && this->isFirst(time)) {
      initial = initial_->partitionByWith(this->partitioner(), "initialState");
      inputs.push_back(initial->node());
    }
    this->updateState(time, std::move(inputs), [&](auto& store, int split, TaskContext& task) {
      if (initial) {
        iterate(*initial->node(), split, task, [&](auto&& pair) {
          store.put(pair.first, pair.second);
          return true;
        });
      }
      Fresh fresh;
      if (grouped) {
        iterate(*grouped->node(), split, task, [&](auto&& pair) {
          fresh.try_emplace(pair.first, NewValues{std::forward<decltype(pair)>(pair).second});
          return true;
        });
      }
      callUser(*this, [&] { update(store, fresh, time); });
    });
    return this->view(time);
  }

 private:
  struct NewValues {
    std::vector<V> values;
    bool seen = false;
  };
  using Fresh = HashMap<K, NewValues>;

  template <class Store>
  void update(Store& store, Fresh& fresh, Time time) {
    store.updateEach([&](auto& entry) {
      const auto found = fresh.empty() ? fresh.end() : fresh.find(entry.key());
      std::vector<V> values;
      if (found != fresh.end()) {
        values = std::move(found->second.values);
        found->second.seen = true;
      }
      std::optional<S> next =
          update_(time, entry.key(), std::move(values), std::optional<S>(entry.value()));
      if (!next)
        entry.remove();
      else if (!sameValue(*next, entry.value()))
        entry.set(std::move(*next));
    });
    for (auto& [key, added] : fresh) {
      if (added.seen) continue;
      std::optional<S> next = update_(time, key, std::move(added.values), std::optional<S>());
      if (next) store.put(key, std::move(*next));
    }
  }

  /// Whether the value need not be written again. Types without == are compared as written.
  static bool sameValue(const S& a, const S& b) {
    if constexpr (std::equality_comparable<S>) {
      return a == b;
    } else {
      std::string left, right;
      Codec<S>::encode(a, left);
      Codec<S>::encode(b, right);
      return left == right;
    }
  }

  std::shared_ptr<P> parent_;
  F update_;
  std::optional<RDD<std::pair<K, S>>> initial_;
};

/// reduceByKeyAndWindow with an inverse: the window's values are kept, and each batch adds what
/// came in and takes off what went out; so its cost does not depend on the window's length.
/// Spark's ReducedWindowedDStream.
template <class K, class V, class Reduce, class Inverse, class Filter>
class ReducedWindowStream final : public KeyedStateStream<StateViewNode<K, V>, K, V> {
 public:
  using Base = KeyedStateStream<StateViewNode<K, V>, K, V>;
  using N = StateViewNode<K, V>;
  using Reduced = StreamNode<std::pair<K, V>>;

  /// `reduced` has the reduced values of each batch, partitioned by `partitioner`.
  ReducedWindowStream(std::shared_ptr<Reduced> reduced, Reduce reduce, Inverse inverse,
                      Filter filter, Duration window, Duration slide,
                      std::shared_ptr<const Partitioner<K>> partitioner)
      : Base(reduced->graph(), "reduceByKeyAndWindow", std::move(partitioner)),
        reduced_(std::move(reduced)),
        reduce_(std::move(reduce)),
        inverse_(std::move(inverse)),
        filter_(std::move(filter)),
        window_(window),
        slide_(slide) {
    // What leaves the window is read a second time then.
    reduced_->persist(StorageLevel::MEMORY_ONLY);
  }

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override { return {reduced_}; }
  Duration slideDuration() const override { return slide_; }
  Duration parentRememberDuration() const override { return this->rememberDuration() + window_; }
  std::string details() const override {
    return "window=" + window_.toString() + " slide=" + slide_.toString() + " " + Base::details();
  }
  std::string operationName() const {
    return "reduceByKeyAndWindow of stream " + std::to_string(this->id());
  }

  std::optional<TypedRDD<N>> compute(Time time) override {
    if (this->isCommitted(time)) return this->view(time);
    const Duration step = reduced_->slideDuration();
    // This window is (time - window, time], the one before (time - slide - window, time - slide].
    const auto left =
        rddsOf(time - slide_ - window_ + step, std::min(time - window_, time - slide_), step);
    const auto entered = rddsOf(std::max(time - slide_, time - window_) + step, time, step);
    std::vector<std::shared_ptr<NodeBase>> inputs;
    for (const auto& rdd : left) inputs.push_back(rdd.node());
    for (const auto& rdd : entered) inputs.push_back(rdd.node());
    this->updateState(time, std::move(inputs), [&](auto& store, int, TaskContext& task) {
      callUser(*this, [&] { slideWindow(store, left, entered, task); });
    });
    return this->view(time);
  }

 private:
  using Rdds = std::vector<RDD<std::pair<K, V>>>;

  Rdds rddsOf(Time from, Time to, Duration step) {
    Rdds rdds;
    for (Time at = from; at <= to; at = at + step) {
      if (!reduced_->isTimeValid(at)) continue;
      if (auto rdd = reduced_->getOrComputeErased(at)) rdds.push_back(*rdd);
    }
    return rdds;
  }

  /// The values of one key, over several batches, reduced to one.
  HashMap<K, V> reduceAll(const Rdds& rdds, TaskContext& task) {
    HashMap<K, V> table;
    for (const auto& rdd : rdds) {
      iterate(*rdd.node(), task.partitionId(), task, [&](auto&& pair) {
        const auto [at, isNew] = table.try_emplace(pair.first, pair.second);
        if (!isNew) at->second = reduce_(std::as_const(at->second), pair.second);
        return true;
      });
    }
    return table;
  }

  template <class Store>
  void slideWindow(Store& store, const Rdds& left, const Rdds& entered, TaskContext& task) {
    const HashMap<K, V> gone = reduceAll(left, task);
    const HashMap<K, V> come = reduceAll(entered, task);
    for (const auto& [key, value] : gone) {
      const V* current = store.get(key);
      // Not there when the filter dropped it, and it has not come back.
      if (current != nullptr) store.put(key, inverse_(*current, value));
    }
    for (const auto& [key, value] : come) {
      const V* current = store.get(key);
      store.put(key, current == nullptr ? value : V(reduce_(*current, value)));
    }
    if constexpr (!std::is_same_v<Filter, std::nullptr_t>) {
      // The filter sees a pair only, so where nothing changed its answer has not changed either.
      const auto filter = [&](const K& key) {
        const V* value = store.get(key);
        if (value != nullptr && !filter_(std::pair<K, V>(key, *value))) store.remove(key);
      };
      for (const auto& [key, value] : gone) filter(key);
      for (const auto& [key, value] : come) filter(key);
    }
  }

  std::shared_ptr<Reduced> reduced_;
  Reduce reduce_;
  Inverse inverse_;
  Filter filter_;
  Duration window_;
  Duration slide_;
};

}  // namespace spate
