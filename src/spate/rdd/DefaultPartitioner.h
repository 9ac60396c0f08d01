#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "spate/rdd/Node.h"
#include "spate/rdd/RddContext.h"

namespace spate {

/// Spark's Partitioner.defaultPartitioner for an operation that reads `nodes`: the partitioner of
/// the input that has one and most partitions, unless it has too few (less than a tenth of the
/// largest input's, and less than the default); else by hash into spark.default.parallelism
/// partitions, if that is set, or as many as the largest input has.
template <class K>
std::shared_ptr<const Partitioner<K>> defaultPartitioner(
    const std::vector<const NodeBase*>& nodes) {
  const RddContext& context = *nodes.front()->context();
  int largest = 0;
  std::shared_ptr<const Partitioner<K>> known;
  for (const NodeBase* node : nodes) {
    largest = std::max(largest, node->numPartitions());
    auto partitioner = std::dynamic_pointer_cast<const Partitioner<K>>(node->partitioner());
    if (partitioner && partitioner->numPartitions() > 0 &&
        (!known || partitioner->numPartitions() > known->numPartitions()))
      known = std::move(partitioner);
  }
  const int byDefault = context.conf().contains("spark.default.parallelism")
                            ? context.defaultParallelism()
                            : std::max(1, largest);
  if (known) {
    const int has = known->numPartitions();
    const bool eligible = std::log10(std::max(1, largest)) - std::log10(has) < 1;
    if (eligible || byDefault <= has) return known;
  }
  return std::make_shared<HashPartitioner<K>>(byDefault);
}

}  // namespace spate
