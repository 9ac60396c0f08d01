#include "spate/dstream/StreamProgram.h"

#include "spate/base/Logging.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

/// One batch of the graph: its outputs in order, then the state.
class StreamPipeline final : public BatchPipeline {
 public:
  StreamPipeline(StreamGraph& graph, Time time, int64_t committedBatches)
      : graph_(graph), time_(time), committedBatches_(committedBatches) {}

  Status run() override {
    try {
      graph_.runOutputs(time_);
      return Status::OK();
    } catch (...) {
      return statusOfCurrentException();
    }
  }
  Status commitState() override { return graph_.commitState(time_); }
  void abort() override {
    const Status aborted = graph_.abortBatch(time_, committedBatches_);
    if (!aborted.ok()) logError("JobScheduler", "cannot undo the batch: " + aborted.message());
  }
  std::optional<int64_t> numInputRows() const override { return std::nullopt; }

 private:
  StreamGraph& graph_;
  Time time_;
  int64_t committedBatches_;
};

}  // namespace

std::vector<OffsetSource*> StreamProgram::sources() {
  std::vector<OffsetSource*> sources;
  for (InputStream* input : graph_->inputs()) sources.push_back(&input->source());
  return sources;
}

Status StreamProgram::recovered(const std::vector<LoggedBatch>& history,
                                const std::map<std::string, std::string>&) {
  const size_t inputs = graph_->inputs().size();
  std::vector<std::optional<Offset>> ends(inputs);
  bool endsKnown = history.empty() || history.front().batchId.value == 0;
  for (const LoggedBatch& batch : history) {
    const Time time(batch.batchTime);
    batches_[time] = batch.batchId;
    std::vector<OffsetRange> ranges(inputs);
    for (size_t i = 0; i < inputs; ++i) {
      if (i >= batch.endOffsets.size()) continue;
      ranges[i] = OffsetRange{ends[i], batch.endOffsets[i]};
      ends[i] = batch.endOffsets[i];
    }
    // Where the oldest batch begins stands in the batch before, which is not kept any more.
    if (endsKnown) graph_->setRanges(time, std::move(ranges));
    endsKnown = true;
    if (batch.committed) committedBatches_ = batch.batchId.value + 1;
  }
  for (size_t i = 0; i < inputs; ++i) SPATE_RETURN_IF_ERROR(graph_->inputs()[i]->recover(ends[i]));
  SPATE_RETURN_IF_ERROR(graph_->openState(committedBatches_));
  if (!history.empty()) graph_->clearOld(Time(history.back().batchTime) - graph_->batchDuration());
  for (InputStream* input : graph_->inputs()) input->start();
  return Status::OK();
}

Result<std::unique_ptr<BatchPipeline>> StreamProgram::pipelineFor(
    const BatchContext& context, const std::vector<OffsetRange>& ranges) {
  const Time time(context.batchTime);
  batches_[time] = context.batchId;
  graph_->setRanges(time, ranges);
  return std::make_unique<StreamPipeline>(*graph_, time, committedBatches_);
}

Status StreamProgram::batchCommitted(const BatchContext& context) {
  const Time time(context.batchTime);
  committedBatches_ = context.batchId.value + 1;
  graph_->clearOld(time);
  return Status::OK();
}

BatchId StreamProgram::firstInputStillNeeded(const BatchContext& context) {
  // The next batch reads at most what lies within the longest remember duration before it.
  const Time oldest =
      Time(context.batchTime) + graph_->batchDuration() - graph_->maxRememberDuration();
  const auto needed = batches_.upper_bound(oldest);
  return needed == batches_.end() ? context.batchId.next() : needed->second;
}

BatchId StreamProgram::firstBatchStillNeeded(const BatchContext& context) {
  // The batch before tells where the first needed one begins. And never fewer than the state
  // keeps versions, so that logs and state can be rolled back together.
  const BatchId input = firstInputStillNeeded(context);
  const BatchId first{std::min(input.value - 1, context.batchId.value - 1)};
  batches_.erase(batches_.begin(),
                 batches_.lower_bound(Time(context.batchTime) - graph_->maxRememberDuration() -
                                      graph_->batchDuration() * 2));
  return first;
}

}  // namespace spate
