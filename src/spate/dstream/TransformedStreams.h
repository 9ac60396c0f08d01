#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/dstream/StreamGraph.h"
#include "spate/dstream/StreamNode.h"

namespace spate {

template <class P, class F>
using PerBatchResult = std::invoke_result_t<F&, TypedRDD<typename P::RddNode>, Time>;
template <class R>
using NodeOfRdd = typename std::remove_cvref_t<decltype(std::declval<R>().node())>::element_type;

/// A stream whose RDD at each time is a function of its parent's RDD of that time: every
/// transformation that looks at one batch only. F(TypedRDD<...>, Time) -> a TypedRDD.
template <class P, class F>
class PerBatchStream final : public TypedStreamNode<NodeOfRdd<PerBatchResult<P, F>>> {
 public:
  using N = NodeOfRdd<PerBatchResult<P, F>>;

  PerBatchStream(std::shared_ptr<P> parent, F function, std::string operation,
                 std::string details = {})
      : TypedStreamNode<N>(parent->graph(), std::move(operation)),
        parent_(std::move(parent)),
        function_(std::move(function)),
        details_(std::move(details)) {}

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override { return {parent_}; }
  std::string details() const override { return details_; }

  std::optional<TypedRDD<N>> compute(Time time) override {
    auto rdd = parent_->getOrCompute(time);
    if (!rdd) return std::nullopt;
    return callUser(*this, function_, *std::move(rdd), time);
  }
  std::string operationName() const {
    return this->operation() + " of stream " + std::to_string(this->id());
  }

 private:
  std::shared_ptr<P> parent_;
  F function_;
  std::string details_;
};

/// A stream made of several parents' RDDs of the same time. F(TypedRDD..., Time) -> a TypedRDD.
/// Without an RDD in one of them there is none.
template <class F, class... Ps>
class CombinedStream final
    : public TypedStreamNode<
          NodeOfRdd<std::invoke_result_t<F&, TypedRDD<typename Ps::RddNode>..., Time>>> {
 public:
  using N = NodeOfRdd<std::invoke_result_t<F&, TypedRDD<typename Ps::RddNode>..., Time>>;

  CombinedStream(std::string operation, std::string details, F function,
                 std::shared_ptr<Ps>... parents)
      : TypedStreamNode<N>(first(parents...)->graph(), std::move(operation)),
        parents_(std::move(parents)...),
        function_(std::move(function)),
        details_(std::move(details)) {
    const auto all = this->parents();
    for (const auto& parent : all) {
      if (parent->graph() != all.front()->graph())
        throw SparkException("Some of the DStreams have different contexts");
      if (parent->slideDuration() != all.front()->slideDuration())
        throw SparkException("Some of the DStreams have different slide durations");
    }
  }

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override {
    return std::apply(
        [](const auto&... parents) {
          return std::vector<std::shared_ptr<StreamNodeBase>>{parents...};
        },
        parents_);
  }
  std::string details() const override { return details_; }

  std::optional<TypedRDD<N>> compute(Time time) override {
    return std::apply(
        [&](const auto&... parents) -> std::optional<TypedRDD<N>> {
          auto rdds = std::tuple(parents->getOrCompute(time)...);
          return std::apply(
              [&](auto&... rdd) -> std::optional<TypedRDD<N>> {
                if (!(rdd && ...)) return std::nullopt;
                return callUser(*this, function_, *rdd..., time);
              },
              rdds);
        },
        parents_);
  }
  std::string operationName() const {
    return this->operation() + " of stream " + std::to_string(this->id());
  }

 private:
  template <class First, class... Rest>
  static const First& first(const First& f, const Rest&...) {
    return f;
  }

  std::tuple<std::shared_ptr<Ps>...> parents_;
  F function_;
  std::string details_;
};

/// union of any number of streams of one type.
template <class T>
class UnionStream final : public TypedStreamNode<Node<T>> {
 public:
  explicit UnionStream(std::vector<std::shared_ptr<StreamNode<T>>> parents);

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override {
    return {parents_.begin(), parents_.end()};
  }
  std::optional<RDD<T>> compute(Time time) override {
    std::vector<std::shared_ptr<Node<T>>> nodes;
    for (const auto& parent : parents_) {
      if (auto rdd = parent->getOrComputeErased(time)) nodes.push_back(rdd->node());
    }
    if (nodes.empty()) return std::nullopt;
    return RDD<T>(makeRdd<UnionNode<T>>(std::move(nodes)));
  }

 private:
  std::vector<std::shared_ptr<StreamNode<T>>> parents_;
};

template <class T>
UnionStream<T>::UnionStream(std::vector<std::shared_ptr<StreamNode<T>>> parents)
    : TypedStreamNode<Node<T>>(parents.at(0)->graph(), "union"), parents_(std::move(parents)) {
  for (const auto& parent : parents_) {
    if (parent->graph() != this->graph())
      throw IllegalArgumentException(
          "requirement failed: Some of the DStreams have different contexts");
    if (parent->slideDuration() != parents_.front()->slideDuration())
      throw IllegalArgumentException(
          "requirement failed: Some of the DStreams have different slide durations");
  }
}

/// StreamingContext.transform: one RDD out of the RDDs of any number of streams.
template <class T, class U>
class TransformedAllStream final : public TypedStreamNode<Node<U>> {
 public:
  using Function = std::function<RDD<U>(const std::vector<RDD<T>>&, Time)>;

  TransformedAllStream(std::vector<std::shared_ptr<StreamNode<T>>> parents, Function function)
      : TypedStreamNode<Node<U>>(parents.at(0)->graph(), "transform"),
        parents_(std::move(parents)),
        function_(std::move(function)) {}

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override {
    return {parents_.begin(), parents_.end()};
  }
  std::optional<RDD<U>> compute(Time time) override {
    std::vector<RDD<T>> rdds;
    for (const auto& parent : parents_) {
      auto rdd = parent->getOrComputeErased(time);
      if (!rdd) return std::nullopt;
      rdds.push_back(*std::move(rdd));
    }
    return callUser(*this, function_, rdds, time);
  }
  std::string operationName() const { return "transform of stream " + std::to_string(this->id()); }

 private:
  std::vector<std::shared_ptr<StreamNode<T>>> parents_;
  Function function_;
};

/// window: the union of the parent's RDDs of the last `window`, each `slide`.
template <class T>
class WindowedStream final : public TypedStreamNode<Node<T>> {
 public:
  WindowedStream(std::shared_ptr<StreamNode<T>> parent, Duration window, Duration slide);

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override { return {parent_}; }
  Duration slideDuration() const override { return slide_; }
  Duration parentRememberDuration() const override { return this->rememberDuration() + window_; }
  std::string details() const override {
    return "window=" + window_.toString() + " slide=" + slide_.toString();
  }

  std::optional<RDD<T>> compute(Time time) override {
    std::vector<std::shared_ptr<Node<T>>> nodes;
    const Duration step = parent_->slideDuration();
    for (Time at = time - window_ + step; at <= time; at = at + step) {
      if (!parent_->isTimeValid(at)) continue;
      if (auto rdd = parent_->getOrComputeErased(at)) nodes.push_back(rdd->node());
    }
    if (nodes.empty())
      return RDD<T>(makeRdd<PartitionsNode<T>>(this->rddContext(),
                                               std::vector<typename PartitionsNode<T>::Partition>{},
                                               "window", "UnionRDD"));
    return RDD<T>(makeRdd<UnionNode<T>>(std::move(nodes)));
  }

 private:
  std::shared_ptr<StreamNode<T>> parent_;
  Duration window_;
  Duration slide_;
};

/// Throws Spark's message unless both durations are multiples of the parent's slide.
void checkWindow(const std::string& kind, const StreamNodeBase& parent, Duration window,
                 Duration slide);

template <class T>
WindowedStream<T>::WindowedStream(std::shared_ptr<StreamNode<T>> parent, Duration window,
                                  Duration slide)
    : TypedStreamNode<Node<T>>(parent->graph(), "window"),
      parent_(std::move(parent)),
      window_(window),
      slide_(slide) {
  checkWindow("windowed DStream", *parent_, window, slide);
  // A batch is read by as many windows as it lies in: keep it, as Spark does.
  if constexpr (!isView<T>) {
    if (parent_->storageLevel() == StorageLevel::NONE) parent_->persist(StorageLevel::MEMORY_ONLY);
  }
}

/// An output operation: F(RDD, Time), once per batch.
template <class P, class F>
class ForEachStream final : public StreamNode<typename P::Element>, public OutputStream {
 public:
  using T = typename P::Element;

  ForEachStream(std::shared_ptr<P> parent, F function, std::string operation)
      : StreamNode<T>(parent->graph(), std::move(operation)),
        parent_(std::move(parent)),
        function_(std::move(function)) {}

  std::vector<std::shared_ptr<StreamNodeBase>> parents() const override { return {parent_}; }
  std::optional<RDD<T>> getOrComputeErased(Time) override { return std::nullopt; }
  Status abortBatch(Time, int64_t) override { return Status::OK(); }
  void clearOld(Time) override {}

  void runBatch(Time time) override {
    if (auto rdd = parent_->getOrCompute(time)) callUser(*this, function_, *std::move(rdd), time);
  }
  std::string operationName() const {
    return this->operation() + " of stream " + std::to_string(this->id());
  }

 private:
  std::shared_ptr<P> parent_;
  F function_;
};

}  // namespace spate
