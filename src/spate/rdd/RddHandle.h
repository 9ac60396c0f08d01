#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/NarrowNodes.h"
#include "spate/rdd/RddContext.h"
#include "spate/rdd/Scheduler.h"
#include "spate/rdd/SourceNodes.h"
#include "spate/rdd/Storage.h"
#include "spate/types/Exceptions.h"

namespace spate {

template <class N>
class TypedRDD;
template <class T>
using RDD = TypedRDD<Node<T>>;

/// A pair RDD's element: what reduceByKey, join, ... work on.
template <class T>
concept PairLike = requires(T pair) {
  pair.first;
  pair.second;
};

/// The RDD of a node that was just made.
template <class N, class... Args>
TypedRDD<N> makeRdd(Args&&... args) {
  return TypedRDD<N>(std::make_shared<N>(std::forward<Args>(args)...));
}

/// Runs `body(task, index)` over all partitions of a node; the actions stand on this.
template <class Body>
void runOnAllPartitions(NodeBase& node, const std::string& operation, Body&& body) {
  std::vector<int> splits(static_cast<size_t>(node.numPartitions()));
  for (size_t i = 0; i < splits.size(); ++i) splits[i] = static_cast<int>(i);
  node.context()->scheduler().run(node, splits, operation, body);
}

/// The lineage of a node as Spark's RDD.toDebugString draws it.
std::string lineageText(const std::shared_ptr<NodeBase>& node);

/// What every RDD has whatever it holds: the base of the operation classes.
template <class N>
class RddHandle {
 public:
  explicit RddHandle(std::shared_ptr<N> node) : node_(std::move(node)) {}

  /// The node of the lineage graph.
  const std::shared_ptr<N>& node() const { return node_; }
  const std::shared_ptr<RddContext>& context() const { return node_->context(); }

  int id() const { return node_->id(); }
  int getNumPartitions() const { return node_->numPartitions(); }
  std::shared_ptr<const PartitionerBase> partitioner() const { return node_->partitioner(); }

  std::optional<std::string> name() const { return node_->name(); }
  TypedRDD<N> setName(std::string name) const {
    node_->setName(std::move(name));
    return self();
  }

  StorageLevel getStorageLevel() const { return node_->storageLevel(); }
  /// The checkpoint has been written.
  bool isCheckpointed() const { return node_->checkpointed() != nullptr; }
  /// The directory of the checkpoint, once it has been written; none for a local checkpoint.
  std::optional<std::string> getCheckpointFile() const {
    const auto storage = node_->checkpointed();
    if (!storage || storage->location().empty()) return std::nullopt;
    return storage->location();
  }

  /// "MapPartitionsRDD[1] at map", with the name in front if there is one.
  std::string toString() const { return node_->toString(); }
  /// The lineage, one RDD a line, "+-(2)" where a shuffle lies between; Spark's layout without the
  /// lines of the program.
  std::string toDebugString() const { return lineageText(node_); }

 protected:
  TypedRDD<N> self() const { return TypedRDD<N>(node_); }
  std::shared_ptr<Node<typename N::Element>> erasedNode() const { return node_; }

 private:
  std::shared_ptr<N> node_;
};

}  // namespace spate
