#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "spate/rdd/Actions.h"

namespace spate {

/// The actions of RDDs whose elements are pairs.
template <class N>
class RddPairActions : public RddActions<N> {
 public:
  using T = typename N::Element;
  using RddActions<N>::RddActions;

  KeyedResult<KeyOf<T>, int64_t> countByKey() const
    requires PairLike<T>
  {
    return this->countBy("countByKey", [](auto&& pair) -> const auto& { return pair.first; });
  }
  /// A key that is there several times has one of its values.
  KeyedResult<KeyOf<T>, ValueOf<T>> collectAsMap() const
    requires PairLike<T>
  {
    KeyedResult<KeyOf<T>, ValueOf<T>> map;
    for (auto& [key, value] : this->collect())
      map.insert_or_assign(std::move(key), std::move(value));
    return map;
  }
  /// All values of a key; reads one partition when the RDD has a partitioner.
  std::vector<ValueOf<T>> lookup(const KeyOf<T>& key) const
    requires PairLike<T>
  {
    const auto partitioner =
        std::dynamic_pointer_cast<const Partitioner<KeyOf<T>>>(this->partitioner());
    std::vector<int> splits;
    if (partitioner)
      splits.push_back(partitioner->getPartition(key));
    else
      for (int i = 0; i < this->getNumPartitions(); ++i) splits.push_back(i);
    std::vector<std::vector<ValueOf<T>>> found(splits.size());
    const auto body = [&](TaskContext& task, size_t index) {
      std::vector<ValueOf<T>> part;
      iterate(*this->node(), task.partitionId(), task, [&](auto&& pair) {
        if (StableEqual()(pair.first, key)) part.push_back(toOwned(pair.second));
        return true;
      });
      found[index] = std::move(part);
    };
    this->context()->scheduler().run(*this->node(), splits, "lookup", body);
    std::vector<ValueOf<T>> all;
    for (auto& part : found) std::move(part.begin(), part.end(), std::back_inserter(all));
    return all;
  }
  /// reduceByKey whose result comes to the driver.
  template <class F>
    requires PairLike<T>
  KeyedResult<KeyOf<T>, ValueOf<T>> reduceByKeyLocally(F f) const {
    using K = KeyOf<T>;
    using V = ValueOf<T>;
    auto tables = this->template perPartition<HashMap<K, V>>(
        "reduceByKeyLocally", [&](auto& table, auto&& pair) {
          const auto found = table.find(pair.first);
          if (found == table.end())
            table.emplace(toOwned(pair.first), toOwned(pair.second));
          else
            found->second = callUser(*this->node(), f, std::move(found->second), pair.second);
        });
    KeyedResult<K, V> all;
    for (auto& table : tables) {
      for (auto& [key, value] : table) {
        const auto [at, isNew] = all.try_emplace(key, value);
        if (!isNew) at->second = f(std::move(at->second), value);
      }
    }
    return all;
  }
};

}  // namespace spate
