#pragma once

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "spate/rdd/NarrowNodes.h"
#include "spate/types/Hash.h"

namespace spate {

/// The random numbers of a partition: the same for the same seed and partition, so that a task that
/// runs again takes the same sample.
using RandomEngine = std::mt19937_64;
inline RandomEngine randomOfPartition(int64_t seed, int split) {
  return RandomEngine(stableHash(seed, split));
}

/// Each element with probability `upper - lower`: those whose draw falls into [lower, upper).
/// Spark's BernoulliCellSampler; `lower` 0 is its BernoulliSampler.
struct BernoulliSampler {
  double lower = 0;
  double upper = 0;

  auto forPartition(int64_t seed, int split) const {
    return [random = randomOfPartition(seed, split), cell = *this](const auto&) mutable {
      const double draw = std::uniform_real_distribution<double>()(random);
      return draw >= cell.lower && draw < cell.upper ? 1 : 0;
    };
  }
};

/// Each element as often as a Poisson draw of mean `fraction` says: sampling with replacement.
struct PoissonSampler {
  double fraction = 0;

  auto forPartition(int64_t seed, int split) const {
    return [random = randomOfPartition(seed, split),
            draw = std::poisson_distribution<int>(fraction > 0 ? fraction : 1.0),
            none = !(fraction > 0)](const auto&) mutable { return none ? 0 : draw(random); };
  }
};

/// sample, randomSplit, sampleByKey. Sampler::forPartition(seed, split) gives a function that says
/// for each element how often it is taken.
template <class P, class Sampler>
class SampledNode final : public NarrowNode<P, typename P::Element> {
 public:
  using T = typename P::Element;

  SampledNode(std::shared_ptr<P> parent, Sampler sampler, int64_t seed, std::string operation)
      : NarrowNode<P, T>(std::move(parent), std::move(operation), true, "PartitionwiseSampledRDD"),
        sampler_(std::move(sampler)),
        seed_(seed) {}

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    auto draw = sampler_.forPartition(seed_, split);
    return iterate(this->parent(), split, task, [&](auto&& element) {
      for (int times = callUser(*this, draw, std::as_const(element)); times > 0; --times) {
        if (!sink(std::as_const(element))) return false;
      }
      return true;
    });
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  Sampler sampler_;
  int64_t seed_;
};

/// A seed for the operations that were given none.
inline int64_t randomSeed() {
  std::random_device device;
  return static_cast<int64_t>((uint64_t{device()} << 32) | device());
}

}  // namespace spate
