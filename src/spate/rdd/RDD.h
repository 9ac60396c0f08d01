#pragma once

#include "spate/rdd/SaveActions.h"

namespace spate {

/// A typed, partitioned, lazily evaluated collection: Spark's RDD<T>.
///
/// It is a handle to a node of the lineage graph; copies are the same RDD. `N` is the class of
/// that node: what transformations return keeps it (use `auto`), so that a chain of narrow
/// transformations compiles into one loop. `RDD<T>` is the form that forgets the node's class:
/// every TypedRDD with elements of T converts to it, at the price of one indirect call per chunk
/// of elements.
///
/// Errors: as Spark's: actions throw SparkException when a job fails ("Job aborted due to stage
/// failure: ..."), wrong arguments throw IllegalArgumentException at the call.
/// Threads: any thread may use a handle; functions given by the user run in several tasks at once.
template <class N>
class TypedRDD : public RddSaveActions<N> {
 public:
  using Element = typename N::Element;

  explicit TypedRDD(std::shared_ptr<N> node) : RddSaveActions<N>(std::move(node)) {}

  /// Forgets the class of the node.
  template <class M>
    requires(!std::is_same_v<M, N> && std::is_convertible_v<std::shared_ptr<M>, std::shared_ptr<N>>)
  TypedRDD(const TypedRDD<M>& other)  // NOLINT(google-explicit-constructor)
      : RddSaveActions<N>(other.node()) {}

  /// The same RDD as RDD<T>.
  RDD<Element> erased() const { return RDD<Element>(std::shared_ptr<Node<Element>>(this->node())); }
};

}  // namespace spate
