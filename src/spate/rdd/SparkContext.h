#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/Accumulator.h"
#include "spate/rdd/Broadcast.h"
#include "spate/rdd/FileNodes.h"
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
  /// Spark's version whose behaviour this engine follows.
  std::string version() const { return "4.0.0"; }
  Metrics& metrics() const { return context_->metrics(); }
  /// Where checkpoint() writes: a new directory in `directory`, as Spark makes one per application.
  void setCheckpointDir(const std::string& directory) const;
  std::optional<std::string> getCheckpointDir() const;
  void setLogLevel(const std::string& level) const;
  /// Groups the jobs that this thread starts from now on, so that cancelJobGroup() ends them.
  void setJobGroup(const std::string& groupId, const std::string& description) const;
  void clearJobGroup() const;
  void cancelJobGroup(const std::string& groupId) const;
  void cancelAllJobs() const;
  void stop() const;

  /// `elements` cut into numSlices partitions (0: defaultParallelism).
  template <class T>
  auto parallelize(std::vector<T> elements, int numSlices = 0) const {
    return makeRdd<ParallelCollectionNode<T>>(checked(), std::move(elements), slices(numSlices));
  }

  /// No partitions at all.
  template <class T>
  RDD<T> emptyRDD() const {
    return makeRdd<PartitionsNode<T>>(
        checked(), std::vector<typename PartitionsNode<T>::Partition>{}, "emptyRDD", "EmptyRDD");
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

  // Files. A path is a file, a directory, a pattern (*, ?, [a-z], {a,b}) or several with commas
  // between; what does not exist is an error here, not later. minPartitions 0 is Spark's default,
  // min(defaultParallelism, 2).

  /// The lines; .gz, .bz2, .zst and .deflate are decompressed.
  TypedRDD<TextFileNode> textFile(const std::string& path, int minPartitions = 0) const;
  /// (path, content) of each file.
  TypedRDD<WholeFilesNode> wholeTextFiles(const std::string& path, int minPartitions = 0) const;
  TypedRDD<WholeFilesNode> binaryFiles(const std::string& path, int minPartitions = 0) const;
  /// Records of `recordLength` bytes.
  TypedRDD<BinaryRecordsNode> binaryRecords(const std::string& path, int recordLength) const;
  /// What saveAsObjectFile wrote; reading other elements than were written is an error of the job.
  template <Encodable T>
  auto objectFile(const std::string& path) const {
    return makeRdd<ObjectFileNode<T>>(checked(), inputFiles(path));
  }

  /// Runs body(TaskContext&, Iterator<T>) -> R over each partition.
  template <class N, class F>
  auto runJob(const TypedRDD<N>& rdd, F body) const {
    return runJob(rdd, std::move(body), allOf(rdd.getNumPartitions()));
  }
  template <class N, class F>
  auto runJob(const TypedRDD<N>& rdd, F body, const std::vector<int>& partitions) const;

  /// A read-only value for the functions of tasks.
  template <class T>
  Broadcast<T> broadcast(T value) const {
    return Broadcast<T>(checked()->nextBroadcastId(), std::move(value));
  }

  LongAccumulator longAccumulator(std::optional<std::string> name = {}) const {
    return LongAccumulator(*checked(), std::move(name));
  }
  DoubleAccumulator doubleAccumulator(std::optional<std::string> name = {}) const {
    return DoubleAccumulator(*checked(), std::move(name));
  }
  template <class T>
  CollectionAccumulator<T> collectionAccumulator(std::optional<std::string> name = {}) const {
    return CollectionAccumulator<T>(*checked(), std::make_shared<CollectionAdder<T>>(),
                                    std::move(name));
  }
  /// PySpark's accumulator(value).
  template <class T>
  Accumulator<T, T> accumulator(T start) const {
    return Accumulator<T, T>(*checked(), std::make_shared<SumAdder<T>>(std::move(start)), {});
  }
  /// An accumulator of your own: `adder` derives from AccumulatorV2.
  template <class A>
  auto registerAccumulator(std::shared_ptr<A> adder, std::optional<std::string> name = {}) const {
    return Accumulator<typename A::Input, typename A::Output>(*checked(), std::move(adder),
                                                              std::move(name));
  }

 private:
  explicit SparkContext(std::shared_ptr<RddContext> context) : context_(std::move(context)) {}
  const std::shared_ptr<RddContext>& checked() const {
    context_->checkNotStopped();
    return context_;
  }
  int slices(int asked) const { return asked > 0 ? asked : defaultParallelism(); }
  int minPartitionsOr(int asked) const {
    return asked > 0 ? asked : std::min(defaultParallelism(), 2);
  }
  static std::vector<int> allOf(int partitions);
  /// Throws SparkException as textFile does.
  static std::vector<FileInfo> inputFiles(const std::string& path);
  static uint64_t rangeCount(int64_t start, int64_t end, int64_t step);

  std::shared_ptr<RddContext> context_;
};

template <class N, class F>
auto SparkContext::runJob(const TypedRDD<N>& rdd, F body,
                          const std::vector<int>& partitions) const {
  using T = Owned<typename N::Element>;
  using R = std::invoke_result_t<F&, TaskContext&, Iterator<T>>;
  std::vector<std::optional<R>> results(partitions.size());
  checked()->scheduler().run(
      *rdd.node(), partitions, "runJob", [&](TaskContext& task, size_t index) {
        std::vector<T> elements;
        iterate(*rdd.node(), task.partitionId(), task, [&](auto&& element) {
          elements.push_back(toOwned(std::forward<decltype(element)>(element)));
          return true;
        });
        results[index] = callUser(*rdd.node(), body, task, Iterator<T>(std::move(elements)));
      });
  std::vector<R> all;
  for (auto& result : results) all.push_back(*std::move(result));
  return all;
}

}  // namespace spate
