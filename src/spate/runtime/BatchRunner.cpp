#include "spate/runtime/BatchRunner.h"

#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "spate/base/Logging.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

constexpr std::string_view kComponent = "MicroBatchExecution";

/// The time from its construction on is added to `total` at its destruction.
class StopWatch {
 public:
  StopWatch(const Clock& clock, Micros& total)
      : clock_(clock), total_(total), start_(clock.now()) {}
  ~StopWatch() { total_ += std::max(clock_.now() - start_, Micros(0)); }
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

 private:
  const Clock& clock_;
  Micros& total_;
  const Timestamp start_;
};

/// Calls what is not ours; what it throws becomes a Status.
template <class F>
Status guarded(F&& call) {
  try {
    return std::forward<F>(call)();
  } catch (...) {
    return statusOfCurrentException();
  }
}

}  // namespace

BatchRunner::BatchRunner(Environment environment, BatchProgram& program)
    : environment_(std::move(environment)),
      program_(program),
      log_(environment_.files, environment_.checkpointDirectory) {}

BatchRunner::~BatchRunner() = default;

Status BatchRunner::recover() {
  SPATE_ASSIGN_OR_RETURN(RecoveredBatches recovered, log_.read());
  for (const auto& [key, value] : recovered.conf) environment_.conf[key] = value;
  SPATE_RETURN_IF_ERROR(guarded([&] {
    sources_ = program_.sources();
    return program_.recovered(recovered.history, environment_.conf);
  }));
  lateWatermark_ = recovered.lateWatermark;
  evictWatermark_ = recovered.evictWatermark;
  if (recovered.history.empty()) return Status::OK();

  const LoggedBatch& newest = recovered.history.back();
  if (newest.endOffsets.size() != sources_.size())
    return Status::invalidArgument(
        fmt::format("There are [{}] sources in the checkpoint offsets and now there are [{}] "
                    "sources requested by the query. Cannot continue.",
                    newest.endOffsets.size(), sources_.size()));
  for (const LoggedBatch& batch : recovered.history)
    if (batch.committed) ends_.push_back({batch.batchId, batch.endOffsets});
  lastBatchTime_ = newest.batchTime;
  nextId_ = newest.batchId.next();
  if (newest.committed) return Status::OK();

  SPATE_ASSIGN_OR_RETURN(auto starts, startOfNext());
  Pending batch;
  batch.context = {newest.batchId, newest.batchTime, lateWatermark_, evictWatermark_, true};
  for (size_t i = 0; i < sources_.size(); ++i)
    batch.ranges.push_back({starts[i], newest.endOffsets[i]});
  batch.stage = Stage::kRun;
  batch.progress.attempts = 0;
  pending_ = std::move(batch);
  notify([&](BatchListener& l) { l.batchSubmitted(pending_->context, pending_->ranges); });
  return Status::OK();
}

Result<std::vector<std::optional<Offset>>> BatchRunner::startOfNext() {
  if (!ends_.empty()) return ends_.back().offsets;
  if (!initial_) {
    std::vector<std::optional<Offset>> initial;
    SPATE_FAIL_IF_ERROR(guarded([&] {
      for (OffsetSource* source : sources_) {
        SPATE_ASSIGN_OR_RETURN(auto offset, source->initialOffset());
        initial.push_back(std::move(offset));
      }
      return Status::OK();
    }));
    initial_ = std::move(initial);
  }
  return *initial_;
}

Status BatchRunner::step(std::string_view name, const std::function<Status()>& body) {
  // The points are called beforeRun, afterRun and so on; the step, run.
  const auto reach = [&](std::string_view when) {
    return environment_.faultPoints->reach(fmt::format("{}{}", when, name));
  };
  Status status = reach("before");
  if (status.ok()) status = guarded(body);
  if (status.ok()) status = reach("after");
  // What has an error class is for the user, in Spark's words.
  if (status.ok() || !status.errorClass().empty()) return status;
  const BatchId batch = pending_ ? pending_->context.batchId : nextId_;
  std::string stepName(name);
  stepName[0] = static_cast<char>(stepName[0] - 'A' + 'a');
  return status.withContext(fmt::format("batch {}, {}", batch.value, stepName));
}

Result<bool> BatchRunner::choose(Timestamp time, const TriggerRules& rules) {
  // The log keeps milliseconds, and a replay must have the time of the first run.
  const Timestamp batchTime = std::chrono::floor<Millis>(time);
  Pending batch;
  batch.context = {nextId_, batchTime, lateWatermark_, evictWatermark_, false};
  batch.progress.attempts = 0;
  {
    StopWatch watch(*environment_.clock, batch.progress.durations.latestOffset);
    SPATE_FAIL_IF_ERROR(
        step("ChooseOffsets", [&] { return chooseOffsets(batchTime, rules, batch.ranges); }));
  }
  foundNewData_ = std::any_of(batch.ranges.begin(), batch.ranges.end(),
                              [](const OffsetRange& r) { return !r.empty(); });
  bool wanted = rules.everyTickIsABatch || foundNewData_;
  if (!wanted)
    SPATE_FAIL_IF_ERROR(guarded([&] {
      wanted = program_.runsWithoutData(batch.context);
      return Status::OK();
    }));
  if (wanted) pending_ = std::move(batch);
  return wanted;
}

Status BatchRunner::chooseOffsets(Timestamp batchTime, const TriggerRules& rules,
                                  std::vector<OffsetRange>& ranges) {
  SPATE_ASSIGN_OR_RETURN(const auto starts, startOfNext());
  ReadLimit limit;
  limit.batchTime = batchTime;
  limit.ignoreOwnLimits = rules.ignoresSourceLimits;
  if (rules.onlyWhatIsThere && !targets_) SPATE_RETURN_IF_ERROR(noteWhatIsThere(limit));
  for (size_t i = 0; i < sources_.size(); ++i) {
    OffsetRange range{starts[i], starts[i]};
    const bool done = targets_ && (*targets_)[i] == starts[i];
    if (!done) {
      limit.notBeyond = targets_ ? (*targets_)[i] : std::nullopt;
      SPATE_ASSIGN_OR_RETURN(auto latest, sources_[i]->latestOffset(range.from, limit));
      if (latest) range.to = std::move(latest);
    }
    ranges.push_back(std::move(range));
  }
  return Status::OK();
}

Status BatchRunner::noteWhatIsThere(const ReadLimit& limit) {
  SPATE_ASSIGN_OR_RETURN(auto targets, startOfNext());
  ReadLimit all = limit;
  all.ignoreOwnLimits = true;
  for (size_t i = 0; i < sources_.size(); ++i) {
    SPATE_ASSIGN_OR_RETURN(auto latest, sources_[i]->latestOffset(targets[i], all));
    if (latest) targets[i] = std::move(latest);
  }
  targets_ = std::move(targets);
  return Status::OK();
}

Result<BatchProgress> BatchRunner::finish() {
  Pending& batch = *pending_;
  if (++batch.progress.attempts == 1) batch.progress.processingStart = environment_.clock->now();
  if (batch.stage == Stage::kLogOffsets) {
    StopWatch watch(*environment_.clock, batch.progress.durations.walCommit);
    if (Status status = logOffsets(); !status.ok()) return failure(failed(std::move(status)));
  }
  if (batch.stage == Stage::kRun) {
    notify([&](BatchListener& l) { l.batchStarted(batch.context); });
    Status status = runAndCommit();
    if (!status.ok()) return failure(failed(std::move(status)));
    batch.stage = Stage::kLogCommit;
  }
  if (batch.stage == Stage::kLogCommit) {
    StopWatch watch(*environment_.clock, batch.progress.durations.commitOffsets);
    if (Status status = logCommit(); !status.ok()) return failure(failed(std::move(status)));
  }
  if (Status status = forget(); !status.ok()) return failure(failed(std::move(status)));

  BatchProgress progress = std::move(batch.progress);
  progress.context = batch.context;
  progress.ranges = std::move(batch.ranges);
  progress.processingEnd = environment_.clock->now();
  progress.durations.triggerExecution =
      std::max(progress.processingDelay(), Micros(0)) + progress.durations.latestOffset;
  pending_.reset();
  notify([&](BatchListener& l) { l.batchCompleted(progress); });
  return progress;
}

Status BatchRunner::failed(Status status) {
  const bool willRetry = status.code() == StatusCode::kDiskFull;
  notify([&](BatchListener& l) { l.batchFailed(pending_->context, status, willRetry); });
  return status;
}

Status BatchRunner::logOffsets() {
  Pending& batch = *pending_;
  SPATE_RETURN_IF_ERROR(step("LogOffsets", [&] {
    return log_.logOffsets(batch.context, batch.ranges, environment_.conf);
  }));
  batch.stage = Stage::kRun;
  nextId_ = batch.context.batchId.next();
  lastBatchTime_ = batch.context.batchTime;
  notify([&](BatchListener& l) { l.batchSubmitted(batch.context, batch.ranges); });
  return Status::OK();
}

Status BatchRunner::runAndCommit() {
  Pending& batch = *pending_;
  Status status = step("Run", [&] { return runPipeline(); });
  if (status.ok()) {
    StopWatch watch(*environment_.clock, batch.progress.durations.addBatch);
    status = step("CommitSinksAndState", [&] {
      SPATE_RETURN_IF_ERROR(pipeline_->commitState());
      batch.progress.numInputRows = pipeline_->numInputRows();
      batch.watermarks = pipeline_->watermarks();
      const Timestamp next = pipeline_->nextWatermark().value_or(evictWatermark_);
      batch.nextWatermark = std::max<Timestamp>(std::chrono::floor<Millis>(next), evictWatermark_);
      return Status::OK();
    });
  }
  if (!status.ok()) abandonPipeline();
  setPipeline(nullptr);
  return status;
}

void BatchRunner::abandonPipeline() {
  BatchContext& context = pending_->context;
  // Nobody can say how far the attempt came, so the next one is a replay.
  context.replay = true;
  if (!pipeline_) return;
  const Status aborted = guarded([&] {
    pipeline_->abort();
    return Status::OK();
  });
  if (!aborted.ok())
    logWarn(kComponent,
            fmt::format("batch {}: abort failed: {}", context.batchId.value, aborted.toString()));
}

Status BatchRunner::runPipeline() {
  Pending& batch = *pending_;
  {
    StopWatch watch(*environment_.clock, batch.progress.durations.queryPlanning);
    SPATE_ASSIGN_OR_RETURN(auto pipeline, program_.pipelineFor(batch.context, batch.ranges));
    if (!pipeline) return Status::internal("the program gave no pipeline");
    setPipeline(std::move(pipeline));
  }
  {
    std::lock_guard lock(pipelineMutex_);
    if (cancelled_) return Status::cancelled("stopped before it ran");
  }
  StopWatch watch(*environment_.clock, batch.progress.durations.addBatch);
  return pipeline_->run();
}

void BatchRunner::setPipeline(std::unique_ptr<BatchPipeline> pipeline) {
  {
    std::lock_guard lock(pipelineMutex_);
    pipeline_.swap(pipeline);
  }
  // The old one is destroyed outside the lock; cancel() cannot see it any more.
  pipeline.reset();
}

void BatchRunner::cancel() {
  std::lock_guard lock(pipelineMutex_);
  cancelled_ = true;
  if (pipeline_) pipeline_->cancel();
}

Status BatchRunner::logCommit() {
  Pending& batch = *pending_;
  SPATE_RETURN_IF_ERROR(step("LogCommit", [&] {
    return log_.logCommit(batch.context, batch.nextWatermark, batch.watermarks);
  }));
  batch.stage = Stage::kForget;
  lateWatermark_ = evictWatermark_;
  evictWatermark_ = batch.nextWatermark;
  Ends ends{batch.context.batchId, {}};
  for (const OffsetRange& range : batch.ranges) ends.offsets.push_back(range.to);
  ends_.push_back(std::move(ends));
  return Status::OK();
}

Status BatchRunner::forget() {
  const BatchContext& context = pending_->context;
  SPATE_RETURN_IF_ERROR(
      guarded([&] {
        SPATE_RETURN_IF_ERROR(program_.batchCommitted(context));
        const BatchId firstInput = program_.firstInputStillNeeded(context);
        while (ends_.size() > 1 && ends_[1].batch < firstInput) ends_.pop_front();
        if (ends_.front().batch < firstInput) {
          for (size_t i = 0; i < sources_.size(); ++i)
            if (const auto& end = ends_.front().offsets[i])
              SPATE_RETURN_IF_ERROR(sources_[i]->commit(*end));
        }
        return Status::OK();
      }).withContext(fmt::format("batch {}, after its commit", context.batchId.value)));

  // The next batch starts where this one ends, so this one stays.
  const BatchId firstLog = std::min(program_.firstBatchStillNeeded(context), context.batchId);
  // What is left behind is removed by a later batch.
  if (const Status purged = log_.purgeBelow(firstLog); !purged.ok())
    logWarn(kComponent, "cannot remove old log entries: " + purged.toString());
  return Status::OK();
}

void BatchRunner::notify(const std::function<void(BatchListener&)>& call) {
  for (BatchListener* listener : environment_.listeners) {
    const Status status = guarded([&] {
      call(*listener);
      return Status::OK();
    });
    if (!status.ok()) logWarn(kComponent, "a listener failed: " + status.toString());
  }
}

}  // namespace spate
