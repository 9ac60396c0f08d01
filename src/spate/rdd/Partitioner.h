#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <typeinfo>
#include <utility>
#include <vector>

#include "spate/types/Hash.h"
#include "spate/types/Owned.h"

namespace spate {

/// How the keys of a pair RDD are spread over partitions: the part that does not depend on the
/// type of the key. Two RDDs with equal partitioners can be joined without a shuffle.
class PartitionerBase {
 public:
  virtual ~PartitionerBase() = default;
  virtual int numPartitions() const = 0;
  virtual bool equals(const PartitionerBase& other) const = 0;
};

/// Gives each key its partition. Derive to make a custom partitioner: getPartition must be pure
/// and in [0, numPartitions()).
///
/// Threads: const after construction; used by many tasks at once.
template <class K>
class Partitioner : public PartitionerBase {
 public:
  virtual int getPartition(const K& key) const = 0;
};

/// By StableHash of the key: the same in every process, so kept state stays where it is.
template <class K>
class HashPartitioner final : public Partitioner<K> {
 public:
  explicit HashPartitioner(int partitions) : partitions_(partitions) {}
  int numPartitions() const override { return partitions_; }
  int getPartition(const K& key) const override {
    return static_cast<int>(hashPartition(StableHash{}(key), static_cast<uint32_t>(partitions_)));
  }
  bool equals(const PartitionerBase& other) const override {
    const auto* same = dynamic_cast<const HashPartitioner*>(&other);
    return same != nullptr && same->partitions_ == partitions_;
  }

 private:
  int partitions_;
};

/// By ranges of the key's order: partition i holds the keys in (bounds[i-1], bounds[i]].
/// Made from a sample by sortByKey; Spark's RangePartitioner.
template <class K, class Less = std::less<K>>
class RangePartitioner final : public Partitioner<K> {
 public:
  RangePartitioner(std::vector<K> bounds, bool ascending, Less less = {})
      : bounds_(std::move(bounds)), ascending_(ascending), less_(std::move(less)) {}
  int numPartitions() const override { return static_cast<int>(bounds_.size()) + 1; }
  int getPartition(const K& key) const override {
    const auto it = std::lower_bound(bounds_.begin(), bounds_.end(), key, less_);
    const int index = static_cast<int>(it - bounds_.begin());
    return ascending_ ? index : static_cast<int>(bounds_.size()) - index;
  }
  bool equals(const PartitionerBase& other) const override {
    if (this == &other) return true;
    const auto* same = dynamic_cast<const RangePartitioner*>(&other);
    if (same == nullptr || same->ascending_ != ascending_ || same->bounds_.size() != bounds_.size())
      return false;
    for (size_t i = 0; i < bounds_.size(); ++i) {
      if (less_(bounds_[i], same->bounds_[i]) || less_(same->bounds_[i], bounds_[i])) return false;
    }
    return true;
  }

 private:
  std::vector<K> bounds_;
  bool ascending_;
  Less less_;
};

/// A partitioner from a function, as PySpark's partitionBy(n, func) takes it: pmod(func(key), n).
template <class K>
class FunctionPartitioner final : public Partitioner<K> {
 public:
  FunctionPartitioner(int partitions, std::function<int64_t(const K&)> function)
      : partitions_(partitions), function_(std::move(function)) {}
  int numPartitions() const override { return partitions_; }
  int getPartition(const K& key) const override {
    const int64_t rest = function_(key) % partitions_;
    return static_cast<int>(rest < 0 ? rest + partitions_ : rest);
  }
  bool equals(const PartitionerBase& other) const override { return this == &other; }

 private:
  int partitions_;
  std::function<int64_t(const K&)> function_;
};

}  // namespace spate
