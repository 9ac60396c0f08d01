#pragma once

#include <memory>
#include <string>
#include <utility>

#include "spate/dstream/StateStreams.h"
#include "spate/dstream/TransformedStreams.h"

namespace spate {

template <class D>
class TypedDStream;
template <class T>
using DStream = TypedDStream<StreamNode<T>>;

template <class Stream>
class MapWithStateDStream;

/// Key and value of a pair, for signatures that must also be readable for elements that are none.
template <class T>
struct PairTypes {
  using Key = void;
  using Value = void;
};
template <PairLike T>
struct PairTypes<T> {
  using Key = KeyOf<T>;
  using Value = ValueOf<T>;
};

/// The DStream of a stream node that was just made.
template <class D, class... Args>
TypedDStream<D> makeStream(Args&&... args) {
  return TypedDStream<D>(std::make_shared<D>(std::forward<Args>(args)...));
}

/// What every DStream has whatever it holds: the base of the operation classes.
template <class D>
class StreamHandle {
 public:
  explicit StreamHandle(std::shared_ptr<D> node) : node_(std::move(node)) {}

  /// The stream in the graph.
  const std::shared_ptr<D>& node() const { return node_; }
  Duration slideDuration() const { return node_->slideDuration(); }

 protected:
  using Element = typename D::Element;

  std::shared_ptr<StreamNode<Element>> erasedNode() const { return node_; }
  TypedDStream<D> self() const { return TypedDStream<D>(node_); }

  /// A stream made batch by batch: f(rdd) -> rdd.
  template <class F>
  auto perBatch(std::string operation, F f, std::string details = {}) const {
    auto function = [f = std::move(f)](auto rdd, Time) { return f(std::move(rdd)); };
    return makeStream<PerBatchStream<D, decltype(function)>>(
        node_, std::move(function), std::move(operation), std::move(details));
  }

 private:
  std::shared_ptr<D> node_;
};

/// "partitions=4", or nothing for the default.
inline std::string partitionsDetail(int numPartitions) {
  return numPartitions > 0 ? "partitions=" + std::to_string(numPartitions) : std::string();
}

}  // namespace spate
