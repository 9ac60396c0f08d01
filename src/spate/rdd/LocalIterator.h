#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "spate/rdd/RddHandle.h"
#include "spate/rdd/ZippedNodes.h"

namespace spate {

/// The elements of an RDD, one partition in memory at a time, each read by a job of its own when
/// it is its turn: RDD.toLocalIterator. Use hasNext()/next() or a range-for, once.
template <class N>
class LocalIterator {
 public:
  using T = Owned<typename N::Element>;

  explicit LocalIterator(std::shared_ptr<N> node) : node_(std::move(node)) {}

  bool hasNext() {
    while (at_ == elements_.size() && split_ < node_->numPartitions()) fetch();
    return at_ < elements_.size();
  }
  T next() {
    if (!hasNext()) throw SparkException("next on empty iterator");
    return std::move(elements_[at_++]);
  }

  struct End {};
  struct Position {
    LocalIterator* iterator;
    bool operator!=(End) const { return iterator->hasNext(); }
    T operator*() const { return iterator->next(); }
    void operator++() {}
  };
  Position begin() { return {this}; }
  End end() { return {}; }

 private:
  void fetch() {
    const int splits[] = {split_++};
    node_->context()->scheduler().run(
        *node_, splits, "toLocalIterator", [&](TaskContext& task, size_t) {
          elements_ = gatherPartition(*node_, task.partitionId(), task);
        });
    at_ = 0;
  }

  std::shared_ptr<N> node_;
  int split_ = 0;
  std::vector<T> elements_;
  size_t at_ = 0;
};

}  // namespace spate
