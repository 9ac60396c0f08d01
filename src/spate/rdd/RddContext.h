#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "spate/base/Clock.h"
#include "spate/base/FileSystem.h"
#include "spate/base/Metrics.h"
#include "spate/base/TaskPool.h"
#include "spate/rdd/SparkConf.h"

namespace spate {

class BlockStore;
class Scheduler;

/// What all RDDs of an application share: the settings, the `local[N]` slots, the stored blocks.
/// The inside of a SparkContext; nodes keep it alive.
///
/// Threads: all functions from any thread.
class RddContext {
 public:
  explicit RddContext(SparkConf conf);
  ~RddContext();

  const SparkConf& conf() const { return conf_; }
  TaskPool& pool() { return *pool_; }
  Scheduler& scheduler() { return *scheduler_; }
  BlockStore& blocks() { return *blocks_; }
  FileSystem& files() { return *files_; }
  /// The counters of the application: "text.invalidUtf8Lines".
  Metrics& metrics() { return metrics_; }
  const std::shared_ptr<FileSystem>& sharedFiles() const { return files_; }

  /// How many slots `local[N]` gave.
  int slots() const { return slots_; }
  /// Attempts a task gets: the F of `local[N,F]`, else spark.task.maxFailures if it was set, else
  /// 1, as Spark's local mode has it.
  int maxTaskFailures() const { return maxTaskFailures_; }
  /// spark.default.parallelism, else the number of slots.
  int defaultParallelism() const { return defaultParallelism_; }

  int nextRddId() { return rddIds_++; }
  int nextStageId() { return stageIds_++; }
  int nextShuffleId() { return shuffleIds_++; }
  int64_t nextTaskAttemptId() { return taskAttemptIds_++; }
  int64_t nextAccumulatorId() { return accumulatorIds_++; }
  int64_t nextBroadcastId() { return broadcastIds_++; }

  /// A directory of this process for spilled and stored partitions; made on first use under
  /// spark.local.dir (default /tmp), removed at the end.
  std::string localDirectory();

  /// Where RDD.checkpoint() writes; empty until SparkContext.setCheckpointDir.
  std::string checkpointDirectory() const;
  void setCheckpointDirectory(std::string directory);

  /// Bytes that shuffles of one task may hold in memory before they spill: spark.driver.memory *
  /// spark.memory.fraction / slots.
  int64_t shuffleMemoryPerTask() const { return shuffleMemoryPerTask_; }

  bool stopped() const { return stopped_.load(); }
  /// Throws IllegalStateException with Spark's message when the context was stopped.
  void checkNotStopped() const;
  void stop();

 private:
  const SparkConf conf_;
  int slots_ = 1;
  int maxTaskFailures_ = 1;
  int defaultParallelism_ = 1;
  int64_t shuffleMemoryPerTask_ = 0;
  std::shared_ptr<FileSystem> files_;
  Metrics metrics_;
  std::unique_ptr<BlockStore> blocks_;
  std::unique_ptr<TaskPool> pool_;
  std::unique_ptr<Scheduler> scheduler_;
  std::atomic<int> rddIds_{0};
  std::atomic<int> stageIds_{0};
  std::atomic<int> shuffleIds_{0};
  std::atomic<int64_t> taskAttemptIds_{0};
  std::atomic<int64_t> accumulatorIds_{0};
  std::atomic<int64_t> broadcastIds_{0};
  mutable std::mutex mutex_;
  std::string localDirectory_;
  std::string checkpointDirectory_;
  std::atomic<bool> stopped_{false};
};

/// What the text of spark.master means.
struct LocalMaster {
  int slots;
  /// Of local[N,F]; 0 when not given.
  int maxFailures;

  /// Throws SparkException with Spark's message for any text but local, local[N], local[*] and
  /// local[N,F].
  static LocalMaster parse(const std::string& master);
};

}  // namespace spate
