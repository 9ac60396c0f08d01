#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "spate/rdd/RddHandle.h"
#include "spate/rdd/SampledNodes.h"

namespace spate {

/// Where to cut the ordered candidates, each of which stands for `weight` elements, so that the
/// ranges hold about the same number; at most partitions - 1 bounds, rising.
template <class K, class Less>
std::vector<K> rangeBounds(std::vector<std::pair<K, double>> candidates, int partitions,
                           const Less& less) {
  std::sort(candidates.begin(), candidates.end(),
            [&](const auto& a, const auto& b) { return less(a.first, b.first); });
  double total = 0;
  for (const auto& [key, weight] : candidates) total += weight;
  const double step = total / partitions;
  double target = step;
  double sum = 0;
  std::vector<K> bounds;
  for (auto& [key, weight] : candidates) {
    if (static_cast<int>(bounds.size()) >= partitions - 1) break;
    sum += weight;
    if (sum <= target || (!bounds.empty() && !less(bounds.back(), key))) continue;
    bounds.push_back(key);
    target += step;
  }
  return bounds;
}

/// A RangePartitioner for the keys of the pairs in `node`, from a sample that a job takes: about 20
/// keys per range, as Spark's takes. Fewer ranges when there are few keys.
template <class K, class N, class Less>
std::shared_ptr<const Partitioner<K>> sampleRanges(N& node, int partitions, bool ascending,
                                                   const Less& less) {
  using Ranges = RangePartitioner<K, Less>;
  if (partitions < 0)
    throw IllegalArgumentException(
        "requirement failed: Number of partitions cannot be negative but found " +
        std::to_string(partitions) + ".");
  const int inputs = node.numPartitions();
  if (partitions <= 1 || inputs == 0)
    return std::make_shared<Ranges>(std::vector<K>(), ascending, less);
  const double sampleSize = std::min(20.0 * partitions, 1e6);
  const auto perPartition = static_cast<size_t>(std::ceil(3.0 * sampleSize / inputs));

  std::vector<std::vector<std::pair<K, double>>> samples(static_cast<size_t>(inputs));
  runOnAllPartitions(node, "sortByKey", [&](TaskContext& task, size_t index) {
    // Reservoir sampling.
    RandomEngine random = randomOfPartition(node.id(), task.partitionId());
    std::vector<K> kept;
    uint64_t seen = 0;
    iterate(node, task.partitionId(), task, [&](auto&& pair) {
      ++seen;
      if (kept.size() < perPartition) {
        kept.push_back(toOwned(pair.first));
      } else {
        const uint64_t at = std::uniform_int_distribution<uint64_t>(0, seen - 1)(random);
        if (at < kept.size()) kept[at] = toOwned(pair.first);
      }
      return true;
    });
    const double weight = static_cast<double>(seen) / std::max<double>(1, kept.size());
    std::vector<std::pair<K, double>> weighted;
    for (K& key : kept) weighted.emplace_back(std::move(key), weight);
    samples[index] = std::move(weighted);
  });
  std::vector<std::pair<K, double>> all;
  for (auto& sample : samples) std::move(sample.begin(), sample.end(), std::back_inserter(all));
  return std::make_shared<Ranges>(rangeBounds(std::move(all), partitions, less), ascending, less);
}

}  // namespace spate
