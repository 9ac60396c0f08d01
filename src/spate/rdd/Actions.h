#pragma once

#include "spate/rdd/PairOperations.h"

namespace spate {

/// The actions: they run a job and return its result.
template <class N>
class RddActions : public RddPairOperations<N> {
 public:
  using T = typename N::Element;
  using RddPairOperations<N>::RddPairOperations;

  std::vector<Owned<T>> collect() const {
    std::vector<std::vector<Owned<T>>> parts(static_cast<size_t>(this->getNumPartitions()));
    runOnAllPartitions(*this->node(), "collect", [&](TaskContext& task, size_t index) {
      std::vector<Owned<T>> part;
      iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
        part.push_back(toOwned(std::forward<decltype(element)>(element)));
        return true;
      });
      parts[index] = std::move(part);
    });
    if (parts.size() == 1) return std::move(parts[0]);
    std::vector<Owned<T>> all;
    size_t size = 0;
    for (const auto& part : parts) size += part.size();
    all.reserve(size);
    for (auto& part : parts)
      all.insert(all.end(), std::make_move_iterator(part.begin()),
                 std::make_move_iterator(part.end()));
    return all;
  }

  int64_t count() const {
    std::vector<int64_t> counts(static_cast<size_t>(this->getNumPartitions()));
    runOnAllPartitions(*this->node(), "count", [&](TaskContext& task, size_t index) {
      int64_t count = 0;
      iterate(*this->node(), task.partitionId(), task, [&](auto&&) {
        ++count;
        return true;
      });
      counts[index] = count;
    });
    int64_t sum = 0;
    for (const int64_t count : counts) sum += count;
    return sum;
  }

  template <class F>
  void foreach(F f) const {
    runOnAllPartitions(*this->node(), "foreach", [&](TaskContext& task, size_t) {
      iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
        callUser(*this->node(), f, std::as_const(element));
        return true;
      });
    });
  }
};

}  // namespace spate
