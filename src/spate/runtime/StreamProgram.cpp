#include "spate/runtime/StreamProgram.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <atomic>

#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

Status produceSplit(Source& source, const Split& split, const std::vector<bool>& used,
                    std::atomic<int64_t>& rows, Output& output) {
  SPATE_ASSIGN_OR_RETURN(const auto reader, source.openColumns(split, used));
  while (output.wantsMore()) {
    std::shared_ptr<arrow::RecordBatch> batch;
    SPATE_RETURN_IF_ERROR(fromArrow(reader->ReadNext(&batch)));
    if (!batch) break;
    rows += batch->num_rows();
    SPATE_RETURN_IF_ERROR(output.push(std::move(batch)));
  }
  return Status::OK();
}

class Collecting final : public Output {
 public:
  Status push(RecordBatchPtr batch) override {
    rows += batch->num_rows();
    if (batch->num_rows() > 0) batches.push_back(std::move(batch));
    return Status::OK();
  }
  std::vector<RecordBatchPtr> batches;
  int64_t rows = 0;
};

}  // namespace

StreamInputs::StreamInputs(std::vector<std::unique_ptr<Source>> sources)
    : sources_(std::move(sources)),
      rows_(std::make_shared<std::vector<std::atomic<int64_t>>>(sources_.size())) {}

void StreamInputs::setRanges(std::vector<OffsetRange> ranges) {
  ranges_ = std::move(ranges);
  for (auto& rows : *rows_) rows = 0;
}

Result<std::vector<PartitionProducer>> StreamInputs::partitions(int index,
                                                                const std::vector<bool>& used) {
  const auto at = static_cast<size_t>(index);
  Source* source = sources_[at].get();
  std::vector<PartitionProducer> producers;
  if (at < ranges_.size() && !ranges_[at].empty()) {
    SPATE_ASSIGN_OR_FAIL(const std::vector<Split> splits, source->plan(ranges_[at]));
    for (const Split& split : splits)
      producers.push_back([source, split, used, rows = rows_, at](TaskContext&, Output& output) {
        return produceSplit(*source, split, used, (*rows)[at], output);
      });
  }
  // At least one task, so that operators see the end of their input.
  if (producers.empty()) producers.push_back([](TaskContext&, Output&) { return Status::OK(); });
  return producers;
}

std::vector<int64_t> StreamInputs::rowsRead() const {
  std::vector<int64_t> rows;
  for (const auto& count : *rows_) rows.push_back(count);
  return rows;
}

/// One batch of a StreamProgram.
class StreamPipeline final : public BatchPipeline {
 public:
  StreamPipeline(StreamProgram& program, const BatchContext& context)
      : program_(program), context_(context), executor_(program.pool_) {}

  Status run() override {
    StreamProgramOptions& options = program_.options_;
    SPATE_RETURN_IF_ERROR(program_.states_.begin(context_.batchId.value));
    RunContext run;
    run.settings = options.settings.get();
    run.now = context_.batchTime;
    run.batchId = context_.batchId;
    run.outputMode = options.outputMode;
    run.states = &program_.states_;
    if (options.watermarks > 0) {
      run.lateWatermark = context_.lateWatermark;
      run.evictWatermark = context_.evictWatermark;
    }
    if (options.observed) options.observed->reset();
    std::mutex mutex;
    SPATE_RETURN_IF_ERROR(executor_.forEachPartition(
        *options.plan, run,
        [&](int partition, TaskContext& task, const PlanExecutor::Drive& drive) -> Status {
          Collecting rows;
          SPATE_RETURN_IF_ERROR(drive(task, rows));
          auto reader = arrow::RecordBatchReader::Make(rows.batches, options.plan->schema);
          if (!reader.ok()) return fromArrow(reader.status());
          SPATE_ASSIGN_OR_RETURN(auto result,
                                 options.sink->write(context_.batchId, partition, **reader));
          std::lock_guard lock(mutex);
          results_.push_back(std::move(result));
          outputRows_ += rows.rows;
          return Status::OK();
        }));
    std::ranges::sort(results_, {}, &WriteResult::partition);
    nextWatermark_ = program_.nextWatermark(context_.evictWatermark);
    std::vector<ObservedRow> observed;
    if (options.observed) {
      SPATE_ASSIGN_OR_RETURN(observed, options.observed->results(run));
    }
    std::lock_guard lock(program_.mutex_);
    program_.report_ = {options.inputs->rowsRead(), program_.states_.reports(),
                        program_.states_.watermarks(), outputRows_, std::move(observed)};
    return Status::OK();
  }

  Status commitState() override {
    SPATE_RETURN_IF_ERROR(program_.options_.sink->commit(context_.batchId, results_));
    SPATE_RETURN_IF_ERROR(program_.options_.states.faults->reach("betweenSinkAndState"));
    return program_.states_.commit();
  }

  void abort() override {
    program_.options_.sink->abort(context_.batchId);
    program_.states_.abort();
  }

  void cancel() override {
    executor_.cancel();
    if (program_.options_.onCancel) program_.options_.onCancel();
  }

  std::optional<int64_t> numInputRows() const override {
    int64_t sum = 0;
    for (const int64_t rows : program_.options_.inputs->rowsRead()) sum += rows;
    return sum;
  }
  std::optional<Timestamp> nextWatermark() const override { return nextWatermark_; }
  std::map<int64_t, Timestamp> watermarks() const override {
    std::map<int64_t, Timestamp> watermarks;
    if (program_.reached_.size() < 2) return watermarks;
    for (const auto& [number, reached] : program_.reached_)
      watermarks[number] = Timestamp(Micros(reached));
    return watermarks;
  }

 private:
  StreamProgram& program_;
  const BatchContext context_;
  PlanExecutor executor_;
  std::vector<WriteResult> results_;
  int64_t outputRows_ = 0;
  std::optional<Timestamp> nextWatermark_;
};

StreamProgram::StreamProgram(StreamProgramOptions options, TaskPool& pool)
    : options_(std::move(options)), pool_(pool), states_(options_.states, &pool_) {}

std::vector<OffsetSource*> StreamProgram::sources() {
  std::vector<OffsetSource*> sources;
  for (const auto& source : options_.inputs->sources()) sources.push_back(source.get());
  return sources;
}

Status StreamProgram::recovered(const std::vector<LoggedBatch>& history,
                                const std::map<std::string, std::string>&) {
  for (const LoggedBatch& batch : history)
    for (const auto& [number, reached] : batch.watermarks)
      reached_[static_cast<int>(number)] = reached.time_since_epoch().count();
  // A first batch that was not committed has left nothing that counts.
  return states_.prepare(history.empty() || !history.front().committed);
}

Result<std::unique_ptr<BatchPipeline>> StreamProgram::pipelineFor(
    const BatchContext& context, const std::vector<OffsetRange>& ranges) {
  options_.inputs->setRanges(ranges);
  return std::make_unique<StreamPipeline>(*this, context);
}

BatchId StreamProgram::firstBatchStillNeeded(const BatchContext& context) {
  return {context.batchId.value - (options_.states.store.minVersionsToRetain - 1)};
}

bool StreamProgram::runsWithoutData(const BatchContext& next) {
  // As in Spark: a source that knows where it begins makes a first batch of nothing.
  if (next.batchId.value == 0) {
    for (const auto& source : options_.inputs->sources()) {
      const auto begin = source->initialOffset();
      if (begin && *begin) return true;
    }
  }
  if (!options_.hasTimedState || !options_.noDataBatches || options_.watermarks == 0) return false;
  // The watermark has moved since the batch before let state go by it. So it may have in front of
  // a restart, which Spark forgets until there is data: its results depend on when it was killed.
  return next.evictWatermark > next.lateWatermark;
}

std::optional<Timestamp> StreamProgram::nextWatermark(Timestamp now) {
  if (options_.watermarks == 0) return std::nullopt;
  for (const auto& [number, report] : states_.watermarks()) {
    int64_t& reached = reached_.try_emplace(number, now.time_since_epoch().count()).first->second;
    if (report.stats.count == 0) continue;
    // Spark's watermarks are in milliseconds.
    const int64_t millis = report.stats.max / 1000 - (report.stats.max % 1000 < 0 ? 1 : 0);
    reached = std::max(reached, millis * 1000 - report.delay.count());
  }
  std::optional<int64_t> chosen;
  for (const auto& [number, reached] : reached_) {
    if (!chosen) chosen = reached;
    chosen = options_.watermarkPolicy == WatermarkPolicy::kMin ? std::min(*chosen, reached)
                                                               : std::max(*chosen, reached);
  }
  if (!chosen) return std::nullopt;
  return std::max(now, Timestamp(Micros(*chosen)));
}

StreamBatchReport StreamProgram::lastReport() const {
  std::lock_guard lock(mutex_);
  return report_;
}

}  // namespace spate
