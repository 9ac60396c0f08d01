#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/RDD.h"

namespace spate {

/// The way into the engine: makes RDDs, holds the settings. A handle; copies are the same context.
///
/// Errors: a second active context in a process throws SparkException, as in Spark; any call after
/// stop() throws IllegalStateException.
/// Threads: any.
class SparkContext {
 public:
  explicit SparkContext(const SparkConf& conf);
  SparkContext(const std::string& master, const std::string& appName)
      : SparkContext(SparkConf().setMaster(master).setAppName(appName)) {}

  /// The active context, or a new one from `conf`.
  static SparkContext getOrCreate(const SparkConf& conf = {});

  const SparkConf& getConf() const { return context_->conf(); }
  std::string master() const { return getConf().get("spark.master", "local[*]"); }
  std::string appName() const { return getConf().get("spark.app.name"); }
  int defaultParallelism() const { return context_->defaultParallelism(); }
  const std::shared_ptr<RddContext>& context() const { return context_; }
  bool isStopped() const { return context_->stopped(); }
  void setCheckpointDir(const std::string& directory);
  void setLogLevel(const std::string& level);
  void stop();

  /// `elements` cut into numSlices partitions (0: defaultParallelism).
  template <class T>
  auto parallelize(std::vector<T> elements, int numSlices = 0) const {
    return makeRdd<ParallelCollectionNode<T>>(checked(), std::move(elements), slices(numSlices));
  }

  /// No partitions at all.
  template <class T>
  RDD<T> emptyRDD() const {
    return makeRdd<PartitionsNode<T>>(checked(),
                                      std::vector<typename PartitionsNode<T>::Partition>{},
                                      "emptyRDD", "EmptyRDD");
  }

  auto range(int64_t start, int64_t end, int64_t step = 1, int numSlices = 0) const {
    return makeRdd<RangeNode>(checked(), start, rangeCount(start, end, step), step,
                              slices(numSlices));
  }

  template <class T>
  RDD<T> union_(const std::vector<RDD<T>>& rdds) const {
    std::vector<std::shared_ptr<Node<T>>> nodes;
    for (const RDD<T>& rdd : rdds) nodes.push_back(rdd.node());
    if (nodes.empty()) return emptyRDD<T>();
    return makeRdd<UnionNode<T>>(std::move(nodes));
  }

 private:
  explicit SparkContext(std::shared_ptr<RddContext> context) : context_(std::move(context)) {}
  const std::shared_ptr<RddContext>& checked() const {
    context_->checkNotStopped();
    return context_;
  }
  int slices(int asked) const { return asked > 0 ? asked : defaultParallelism(); }
  static uint64_t rangeCount(int64_t start, int64_t end, int64_t step);

  std::shared_ptr<RddContext> context_;
};

}  // namespace spate
