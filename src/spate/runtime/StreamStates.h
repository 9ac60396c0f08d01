#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spate/base/FaultPoints.h"
#include "spate/base/TaskPool.h"
#include "spate/operators/OperatorStates.h"
#include "spate/runtime/OperatorMetadata.h"

namespace spate {

/// The state stores of a streaming query: opened when an operator first asks, kept over the
/// batches, all at the version that is the id of the batch that runs.
///
/// Kept    `state/<operator>/<partition>/`, in Spark's formats
/// Threads begin, commit, abort by the loop's thread; the rest by the tasks of a batch
class StreamStates final : public OperatorStates {
 public:
  struct Environment {
    std::shared_ptr<FileSystem> files = FileSystem::local();
    /// Of the query; empty: nothing is written.
    std::string checkpointDirectory;
    FaultPoints* faults = &FaultPoints::none();
    StateStoreConf store = {};
    /// spark.sql.streaming.stateStore.stateSchemaCheck: without it, operators read state of another
    /// schema as well as they can.
    bool checksSchema = true;
    /// By their ids.
    std::vector<OperatorMetadata> operators = {};
  };
  /// Sums over the partitions, by operator.
  struct OperatorReport {
    StateMetrics metrics;
    int partitions = 0;
  };
  struct WatermarkReport {
    Micros delay{0};
    EventTimeStats stats;
  };

  /// Commits on the slots of the pool; null: one store after the other.
  explicit StreamStates(Environment environment, TaskPool* pool = nullptr)
      : environment_(std::move(environment)),
        pool_(pool),
        maintenance_(StateMaintenance::Mode::kOwnThread, *environment_.faults) {}

  /// Before the first batch: a new query begins, or one is resumed whose operators must be those
  /// that the state is of.
  Status prepare(bool isNewQuery);
  /// Before a batch runs, and before each further attempt.
  Status begin(int64_t version);
  /// Makes the changes of the batch version + 1.
  Status commit();
  void abort();

  std::map<int64_t, OperatorReport> reports() const;
  std::map<int, WatermarkReport> watermarks() const;

  Result<BytesStateStore*> store(int64_t operatorId, int partition, const DataType& keyType,
                                 const DataType& valueType) override;
  void report(int64_t operatorId, const StateMetrics& metrics) override;
  void reportEventTime(int watermark, Micros delay, const EventTimeStats& stats) override;

 private:
  using Key = std::pair<int64_t, int>;

  Result<std::unique_ptr<BytesStateStore>> open(const Key& key);
  Status writeSchema(const Key& key, const DataType& keyType, const DataType& valueType);

  const Environment environment_;
  TaskPool* const pool_;
  StateMaintenance maintenance_;
  mutable std::mutex mutex_;
  int64_t version_ = 0;
  std::map<Key, std::unique_ptr<BytesStateStore>> stores_;
  std::map<int64_t, OperatorReport> reports_;
  std::map<int, WatermarkReport> watermarks_;
};

}  // namespace spate
