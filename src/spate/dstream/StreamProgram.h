#pragma once

#include <map>
#include <memory>
#include <vector>

#include "spate/dstream/StreamGraph.h"
#include "spate/runtime/BatchProgram.h"

namespace spate {

/// A DStream graph as the one loop of `runtime` runs it.
///
/// Threads: as BatchProgram.
class StreamProgram final : public BatchProgram {
 public:
  explicit StreamProgram(std::shared_ptr<StreamGraph> graph) : graph_(std::move(graph)) {}

  std::vector<OffsetSource*> sources() override;
  /// Gives the graph the ranges of the batches still remembered, opens the state of the last
  /// committed batch, and starts the inputs.
  Status recovered(const std::vector<LoggedBatch>& history,
                   const std::map<std::string, std::string>& conf) override;
  Result<std::unique_ptr<BatchPipeline>> pipelineFor(
      const BatchContext& context, const std::vector<OffsetRange>& ranges) override;
  Status batchCommitted(const BatchContext& context) override;
  BatchId firstBatchStillNeeded(const BatchContext& context) override;
  BatchId firstInputStillNeeded(const BatchContext& context) override;
  bool runsWithoutData(const BatchContext&) override { return true; }

 private:
  const std::shared_ptr<StreamGraph> graph_;
  int64_t committedBatches_ = 0;
  std::map<Time, BatchId> batches_;
};

}  // namespace spate
