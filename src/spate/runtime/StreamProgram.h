#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spate/base/TaskPool.h"
#include "spate/operators/PhysicalPlan.h"
#include "spate/operators/aggregate/ObservedMetrics.h"
#include "spate/runtime/BatchProgram.h"
#include "spate/runtime/PlanExecutor.h"
#include "spate/runtime/StreamStates.h"
#include "spate/sinks/Sink.h"
#include "spate/sources/Source.h"

namespace spate {

/// The sources of a streaming query and, while a batch runs, what of them it reads. The leaves of
/// the physical plan come here for their rows.
///
/// Threads setRanges by the loop's thread; partitions, too; what they give runs in tasks
class StreamInputs {
 public:
  explicit StreamInputs(std::vector<std::unique_ptr<Source>> sources);

  const std::vector<std::unique_ptr<Source>>& sources() const { return sources_; }
  void setRanges(std::vector<OffsetRange> ranges);
  /// A producer for each split of source `index`, which also counts its rows; of columns that are
  /// not `used` it may put out nulls.
  Result<std::vector<PartitionProducer>> partitions(int index, const std::vector<bool>& used);
  std::vector<int64_t> rowsRead() const;

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<OffsetRange> ranges_;
  std::shared_ptr<std::vector<std::atomic<int64_t>>> rows_;
};

/// How several watermarks make one: spark.sql.streaming.multipleWatermarkPolicy.
enum class WatermarkPolicy : uint8_t { kMin, kMax };

struct StreamProgramOptions {
  std::shared_ptr<StreamInputs> inputs;
  PhysicalNodePtr plan;
  std::shared_ptr<Sink> sink;
  std::shared_ptr<const SessionSettings> settings;
  OutputMode outputMode = OutputMode::kAppend;
  WatermarkPolicy watermarkPolicy = WatermarkPolicy::kMin;
  /// How many withWatermark the plan has.
  int watermarks = 0;
  /// A stateful operator lets state go, or puts rows out, when the watermark moves.
  bool hasTimedState = false;
  bool noDataBatches = true;
  StreamStates::Environment states;
  /// What df.observe in the plan sees; null: there is none.
  std::shared_ptr<ObservedMetrics> observed = nullptr;
  /// Called, from any thread, when a batch is to end before its time: ends what the tasks and the
  /// sink wait for.
  std::function<void()> onCancel = nullptr;
};

/// What a batch did, beside what the loop knows.
struct StreamBatchReport {
  std::vector<int64_t> rowsPerSource;
  std::map<int64_t, StreamStates::OperatorReport> operators;
  std::map<int, StreamStates::WatermarkReport> watermarks;
  int64_t outputRows = 0;
  std::vector<ObservedRow> observed;
};

/// A DataFrame query as a BatchProgram: the same physical plan runs for each batch, over the
/// ranges of its sources, into the sink.
///
/// Threads see BatchProgram; lastReport() from any
class StreamProgram final : public BatchProgram {
 public:
  StreamProgram(StreamProgramOptions options, TaskPool& pool);

  std::vector<OffsetSource*> sources() override;
  Status recovered(const std::vector<LoggedBatch>& history,
                   const std::map<std::string, std::string>& conf) override;
  Result<std::unique_ptr<BatchPipeline>> pipelineFor(
      const BatchContext& context, const std::vector<OffsetRange>& ranges) override;
  BatchId firstBatchStillNeeded(const BatchContext& context) override;
  bool runsWithoutData(const BatchContext& next) override;

  StreamBatchReport lastReport() const;

 private:
  friend class StreamPipeline;
  std::optional<Timestamp> nextWatermark(Timestamp now);

  StreamProgramOptions options_;
  TaskPool& pool_;
  StreamStates states_;
  /// The highest watermark each withWatermark has reached.
  std::map<int, int64_t> reached_;
  mutable std::mutex mutex_;
  StreamBatchReport report_;
};

}  // namespace spate
