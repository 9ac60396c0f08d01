#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/dstream/StateStreams.h"
#include "spate/dstream/StreamHandle.h"

namespace spate {

/// The state of one key, as the function given to mapWithState sees it: Spark's State.
/// Valid during the call only.
template <class S>
class State {
 public:
  bool exists() const { return value_.has_value() && !removed_; }
  /// Throws (NoSuchElementException in Spark) when there is none.
  const S& get() const {
    if (!exists()) throw SparkException("State is not set");
    return *value_;
  }
  std::optional<S> getOption() const { return exists() ? value_ : std::nullopt; }
  /// Refused for a state that was removed or is timing out, as in Spark.
  void update(S value) {
    if (removed_)
      throw IllegalArgumentException(
          "requirement failed: Cannot update the state after it has been removed");
    if (timingOut_)
      throw IllegalArgumentException(
          "requirement failed: Cannot update the state that is timing out");
    value_ = std::move(value);
    updated_ = true;
  }
  void remove() {
    if (timingOut_)
      throw IllegalArgumentException(
          "requirement failed: Cannot remove the state that is timing out");
    if (removed_)
      throw IllegalArgumentException(
          "requirement failed: Cannot remove the state that has already been removed");
    removed_ = true;
    updated_ = false;
  }
  bool isTimingOut() const { return timingOut_; }

 private:
  template <class P, class S2, class U, class F>
  friend class MapWithStateStream;
  State(std::optional<S> value, bool timingOut) : value_(std::move(value)), timingOut_(timingOut) {}

  std::optional<S> value_;
  bool timingOut_;
  bool removed_ = false;
  bool updated_ = false;
};

/// What mapWithState does: its function and settings.:
///
///     auto spec = stateSpec<std::string, int64_t, int64_t>(
///         [](const std::string& word, std::optional<int64_t> one, State<int64_t>& sum) {...});
///     stream.mapWithState(spec.timeout(Seconds(30)).numPartitions(4));
///
/// The function is f(const K&, std::optional<V>, State<S>&) -> U, or with a Time in front and
/// std::optional<U> as result, as in Spark. The value is none when the key is timing out.
template <class K, class V, class S, class U, class F>
class StateSpec {
 public:
  using StateType = S;

  explicit StateSpec(F function) : function_(std::move(function)) {}

  StateSpec& initialState(const RDD<std::pair<K, S>>& rdd) {
    initialState_ = rdd;
    return *this;
  }
  StateSpec& numPartitions(int n) {
    partitions_ = n;
    return *this;
  }
  /// A key without new data for this long is removed, after a last call with State::isTimingOut.
  /// As in Spark the check is made when the stream checkpoints (every tenth batch by default).
  StateSpec& timeout(Duration idle) {
    timeout_ = idle;
    return *this;
  }

  const F& function() const { return function_; }
  const std::optional<RDD<std::pair<K, S>>>& initial() const { return initialState_; }
  int partitions() const { return partitions_; }
  std::optional<Duration> idleTimeout() const { return timeout_; }

 private:
  F function_;
  std::optional<RDD<std::pair<K, S>>> initialState_;
  int partitions_ = 0;
  std::optional<Duration> timeout_;
};

namespace detail {

template <class R>
struct WithoutOptional {
  using Type = R;
};
template <class R>
struct WithoutOptional<std::optional<R>> {
  using Type = R;
};

template <class K, class V, class S, class F>
auto callMapping(F& f, Time time, const K& key, std::optional<V> value, State<S>& state) {
  if constexpr (std::is_invocable_v<F&, Time, const K&, std::optional<V>, State<S>&>)
    return f(time, key, std::move(value), state);
  else
    return f(key, std::move(value), state);
}

template <class K, class V, class S, class F>
using MappingResult =
    decltype(callMapping<K, V, S>(std::declval<F&>(), Time(), std::declval<const K&>(),
                                  std::optional<V>(), std::declval<State<S>&>()));

}  // namespace detail

/// A StateSpec for keys K, values V and state S; U follows from the function.
template <class K, class V, class S, class F>
auto stateSpec(F function) {
  using Result = detail::MappingResult<K, V, S, F>;
  using U = std::conditional_t<std::is_invocable_v<F&, Time, const K&, std::optional<V>, State<S>&>,
                               typename detail::WithoutOptional<Result>::Type, Result>;
  return StateSpec<K, V, S, U, F>(std::move(function));
}

/// What is kept per key: the state and when it was last touched.
template <class S>
struct TimedState {
  S state;
  int64_t updatedMillis;
};

template <class S>
struct Codec<TimedState<S>> {
  static void encode(const TimedState<S>& value, std::string& out) {
    Codec<S>::encode(value.state, out);
    Codec<int64_t>::encode(value.updatedMillis, out);
  }
  static TimedState<S> decode(ByteReader& in) {
    S state = Codec<S>::decode(in);
    return {std::move(state), Codec<int64_t>::decode(in)};
  }
  static std::string typeName() { return "timed<" + Codec<S>::typeName() + ">"; }
};

/// mapWithState: the stream of what the function returned. Spark's MapWithStateDStream over
/// MapWithStateRDDRecord.updateRecordWithData.
template <class P, class S, class U, class F>
class MapWithStateStream final
    : public KeyedStateStream<Node<U>, KeyOf<typename P::Element>, TimedState<S>> {
 public:
  using K = KeyOf<typename P::Element>;
  using V = ValueOf<typename P::Element>;
  using Base = KeyedStateStream<Node<U>, K, TimedState<S>>;
  using Spec = StateSpec<K, V, S, U, F>;
  using Mapped = std::shared_ptr<const std::vector<U>>;

  MapWithStateStream(std::shared_ptr<P> parent, Spec spec,
                     std::shared_ptr<const Partitioner<K>> partitioner)
      : Base(parent->graph(), "mapWithState", std::move(partitioner)),
        parent_(std::move(parent)),
        spec_(std::move(spec)) {}

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override { return {parent_}; }
  std::string details() const override {
    return Base::details() +
           (spec_.idleTimeout() ? " timeout=" + spec_.idleTimeout()->toString() : "");
  }
  std::string operationName() const {
    return "mapWithState of stream " + std::to_string(this->id());
  }

  Status openState(int64_t committedBatches) override {
    SPATE_RETURN_IF_ERROR(Base::openState(committedBatches));
    indexByTime();
    return Status::OK();
  }
  Status abortBatch(Time time, int64_t committedBatches) override {
    SPATE_RETURN_IF_ERROR(Base::abortBatch(time, committedBatches));
    indexByTime();
    return Status::OK();
  }

  /// Spark's DEFAULT_CHECKPOINT_DURATION_MULTIPLIER.
  Duration defaultCheckpointDuration() const override { return this->slideDuration() * 10; }

  std::optional<RDD<U>> compute(Time time) override {
    std::vector<Mapped> mapped(static_cast<size_t>(this->partitioner()->numPartitions()));
    auto batch = parent_->getOrCompute(time);
    using Placed = decltype(batch->partitionByWith(this->partitioner(), ""));
    std::optional<Placed> placed;
    std::vector<std::shared_ptr<NodeBase>> inputs;
    if (batch) {
      placed = batch->partitionByWith(this->partitioner(), "mapWithState");
      inputs.push_back(placed->node());
    }
    std::optional<RDD<std::pair<K, S>>> initial;
    if (spec_.initial() && this->isFirst(time)) {
      initial = spec_.initial()->partitionByWith(this->partitioner(), "initialState");
      inputs.push_back(initial->node());
    }
    // What the batch put out is not kept: after a restart it is computed again, from the state
    // before it, and must leave the living state alone.
    const bool again = this->isCommitted(time);
    this->updateState(time, std::move(inputs), [&](Store& store, int partition, TaskContext& task) {
      const auto split = static_cast<size_t>(partition);
      TimeIndex copied;
      TimeIndex& index = again ? copied : byTime_[split];
      if (again || task.attemptNumber() > 0) indexInto(store, index);
      auto results = std::make_shared<std::vector<U>>();
      if (initial) {
        iterate(*initial->node(), partition, task, [&](auto&& pair) {
          put(store, index, pair.first, pair.second, time);
          return true;
        });
      }
      if (placed) {
        iterate(*placed->node(), partition, task, [&](auto&& pair) {
          callUser(*this, [&] { apply(store, index, time, pair, *results); });
          return true;
        });
      }
      if (timeoutsAreDue(time)) callUser(*this, [&] { timeOut(store, index, time, *results); });
      mapped[split] = std::move(results);
    });
    return RDD<U>(makeRdd<PartitionsNode<U>>(this->rddContext(), std::move(mapped), "mapWithState",
                                             "MapWithStateRDD"));
  }

  /// The whole state after the batch of `time`, for stateSnapshots().
  std::optional<RDD<std::pair<K, S>>> snapshot(Time time) {
    if (!this->isCommitted(time) && !this->getOrCompute(time)) return std::nullopt;
    return RDD<std::pair<K, S>>(
        this->view(time).mapValues([](const TimedState<S>& timed) { return timed.state; }));
  }

 private:
  using Store = typename KeyedState<K, TimedState<S>>::Store;
  /// Keys by the time of their last update: who has timed out is at the front.
  using TimeIndex = std::set<std::pair<int64_t, K>>;

  template <class Pair>
  void apply(Store& store, TimeIndex& index, Time time, Pair&& pair, std::vector<U>& results) {
    const K& key = pair.first;
    const TimedState<S>* kept = store.get(key);
    State<S> state(kept == nullptr ? std::nullopt : std::optional<S>(kept->state), false);
    emit(detail::callMapping<K, V, S>(spec_.function(), time, key, std::optional<V>(pair.second),
                                      state),
         results);
    if (state.removed_) {
      if (kept != nullptr) {
        forgetTime(index, kept->updatedMillis, key);
        store.remove(key);
      }
    } else if (state.updated_ || (state.exists() && spec_.idleTimeout())) {
      put(store, index, key, std::move(*state.value_), time);
    }
  }

  void put(Store& store, TimeIndex& index, const K& key, S value, Time time) {
    if (spec_.idleTimeout()) {
      if (const TimedState<S>* kept = store.get(key)) forgetTime(index, kept->updatedMillis, key);
      index.emplace(time.milliseconds(), key);
    }
    store.put(key, TimedState<S>{std::move(value), time.milliseconds()});
  }

  void timeOut(Store& store, TimeIndex& index, Time time, std::vector<U>& results) {
    const int64_t threshold = (time - *spec_.idleTimeout()).milliseconds();
    while (!index.empty() && index.begin()->first < threshold) {
      const K key = index.begin()->second;
      State<S> state(store.get(key)->state, true);
      emit(detail::callMapping<K, V, S>(spec_.function(), time, key, std::optional<V>(), state),
           results);
      index.erase(index.begin());
      store.remove(key);
    }
  }

  bool timeoutsAreDue(Time time) const {
    return spec_.idleTimeout() &&
           (time - this->zeroTime()).isMultipleOf(this->checkpointDuration());
  }

  void forgetTime(TimeIndex& index, int64_t millis, const K& key) {
    if (spec_.idleTimeout()) index.erase({millis, key});
  }

  void indexByTime() {
    byTime_.resize(static_cast<size_t>(this->state()->partitions()));
    for (int split = 0; split < this->state()->partitions(); ++split)
      indexInto(this->state()->store(split), byTime_[static_cast<size_t>(split)]);
  }
  void indexInto(const Store& store, TimeIndex& index) const {
    if (!spec_.idleTimeout()) return;
    index.clear();
    store.scan(
        [&](const K& key, const TimedState<S>& timed) { index.emplace(timed.updatedMillis, key); });
  }

  template <class R>
  static void emit(R&& result, std::vector<U>& results) {
    if constexpr (std::is_same_v<std::remove_cvref_t<R>, U>) {
      results.push_back(std::forward<R>(result));
    } else {
      if (result) results.push_back(*std::forward<R>(result));
    }
  }

  std::shared_ptr<P> parent_;
  Spec spec_;
  std::vector<TimeIndex> byTime_;
};

/// All of the state, once per batch.
template <class Stream>
class StateSnapshotStream final
    : public TypedStreamNode<
          Node<std::pair<typename Stream::K, typename Stream::Spec::StateType>>> {
 public:
  using N = Node<std::pair<typename Stream::K, typename Stream::Spec::StateType>>;
  explicit StateSnapshotStream(std::shared_ptr<Stream> parent)
      : TypedStreamNode<N>(parent->graph(), "stateSnapshots"), parent_(std::move(parent)) {}

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override { return {parent_}; }
  std::optional<TypedRDD<N>> compute(Time time) override { return parent_->snapshot(time); }

 private:
  std::shared_ptr<Stream> parent_;
};

}  // namespace spate
