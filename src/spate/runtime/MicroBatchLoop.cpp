#include "spate/runtime/MicroBatchLoop.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "spate/base/Logging.h"
#include "spate/runtime/BatchRunner.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

constexpr std::string_view kComponent = "MicroBatchExecution";

}  // namespace

Result<std::unique_ptr<MicroBatchLoop>> MicroBatchLoop::make(MicroBatchLoopOptions options,
                                                             BatchProgram& program) {
  if (!options.trigger) return failure(Status::invalidArgument("a loop needs a trigger"));
  if (!options.files || !options.clock || !options.faultPoints)
    return failure(Status::invalidArgument("a loop needs a file system, a clock and fault points"));
  if (std::find(options.listeners.begin(), options.listeners.end(), nullptr) !=
      options.listeners.end())
    return failure(Status::invalidArgument("a listener must not be null"));
  return std::unique_ptr<MicroBatchLoop>(new MicroBatchLoop(std::move(options), program));
}

MicroBatchLoop::MicroBatchLoop(MicroBatchLoopOptions options, BatchProgram& program)
    : options_(std::move(options)),
      runner_(std::make_unique<BatchRunner>(
          BatchRunner::Environment{options_.files, options_.checkpointDirectory, options_.clock,
                                   options_.faultPoints, options_.conf, options_.listeners},
          program)) {}

MicroBatchLoop::~MicroBatchLoop() {
  stop(StopMode::kNow);
  if (thread_.joinable()) thread_.join();
  if (recovered_ && !outcome_) end(Status::OK());
}

Status MicroBatchLoop::recover() {
  setStatus(LoopStatus::State::kNotStarted, "Initializing sources");
  SPATE_RETURN_IF_ERROR(runner_->recover());
  recovered_ = true;
  replaysLog_ = runner_->pending();
  for (OffsetSource* source : runner_->sources())
    source->onDataAvailable([this] { notifyDataAvailable(); });
  options_.trigger->begin(options_.clock->now(), runner_->lastBatchTime());
  return Status::OK();
}

Status MicroBatchLoop::start() {
  {
    std::lock_guard lock(mutex_);
    if (recovered_ || outcome_) return Status::alreadyExists("the loop was started before");
  }
  if (Status status = recover(); !status.ok()) {
    end(status);
    return status;
  }
  std::lock_guard lock(mutex_);
  thread_ = std::thread([this] { loop(); });
  return Status::OK();
}

void MicroBatchLoop::loop() {
  while (!stopping()) {
    Result<Turn> result = turn();
    if (!result) {
      const Status& status = result.error();
      if (cancelled()) {
        logWarn(kComponent,
                "stopped during a batch, which runs again after a restart: " + status.toString());
        break;
      }
      if (status.code() == StatusCode::kDiskFull && waitAfterDiskFull(status)) continue;
      return end(status.code() == StatusCode::kDiskFull ? Status::OK() : status);
    }
    if (*result == Turn::kEnded) break;
    if (*result != Turn::kRan) waitForNext(*result);
  }
  end(Status::OK());
}

Result<MicroBatchLoop::Turn> MicroBatchLoop::turn() {
  Trigger& trigger = *options_.trigger;
  const TriggerRules& rules = trigger.rules();
  const Timestamp now = options_.clock->now();
  // A replay under AlignedTrigger has a tick of its own, which passed before the restart.
  if (runner_->pending()) return finishBatch(now, !(replaysLog_ && rules.everyTickIsABatch));

  const std::optional<Tick> tick = trigger.next();
  if (!tick) return Turn::kEnded;
  const Timestamp batchTime = tick->batchTime.value_or(now);
  {
    std::lock_guard lock(mutex_);
    const bool draining = stop_ && stop_->mode == StopMode::kDrain;
    if (draining && stop_->until && batchTime > *stop_->until) return Turn::kEnded;
    const bool hurries = draining && !rules.everyTickIsABatch;
    if (tick->due > now && !hurries) return Turn::kNotDue;
    status_.isTriggerActive = true;
  }
  dataAvailable_ = false;
  SPATE_ASSIGN_OR_FAIL(const bool chosen, runner_->choose(batchTime, rules));
  if (chosen) return finishBatch(now, true);
  trigger.done(now, options_.clock->now(), false);
  runner_->tellNothingNew();
  std::lock_guard lock(mutex_);
  status_.isTriggerActive = false;
  const bool draining = stop_ && stop_->mode == StopMode::kDrain;
  return draining && now >= stop_->at ? Turn::kEnded : Turn::kNothingNew;
}

Result<MicroBatchLoop::Turn> MicroBatchLoop::finishBatch(Timestamp looked, bool usesTick) {
  const bool foundNewData = runner_->foundNewData();
  setStatus(LoopStatus::State::kRunning, foundNewData || replaysLog_
                                             ? "Processing new data"
                                             : "No new data but cleaning up state");
  SPATE_ASSIGN_OR_FAIL(BatchProgress progress, runner_->finish());
  replaysLog_ = false;
  const Timestamp batchTime = progress.context.batchTime;
  const TriggerRules& rules = options_.trigger->rules();
  if (usesTick) options_.trigger->done(looked, options_.clock->now(), true);
  setStatus(LoopStatus::State::kWaiting, "Waiting for next trigger");
  std::lock_guard lock(mutex_);
  lastProgress_ = std::move(progress);
  // Under a trigger that skips empty batches a look that finds nothing ends the drain.
  const bool drained = stop_ && stop_->mode == StopMode::kDrain && !stop_->until &&
                       rules.everyTickIsABatch && usesTick && batchTime >= stop_->at &&
                       !foundNewData;
  return drained ? Turn::kEnded : Turn::kRan;
}

bool MicroBatchLoop::stopping() const {
  std::lock_guard lock(mutex_);
  return stop_ && stop_->mode != StopMode::kDrain;
}

bool MicroBatchLoop::cancelled() const {
  std::lock_guard lock(mutex_);
  return stop_ && stop_->mode == StopMode::kNow;
}

void MicroBatchLoop::waitForNext(Turn last) {
  const Timestamp now = options_.clock->now();
  if (last == Turn::kNotDue) {
    setStatus(LoopStatus::State::kWaiting, "Waiting for next trigger");
    options_.clock->waitUntil(wakeUp_, options_.trigger->next()->due);
  } else if (options_.trigger->rules().waitsForData) {
    std::optional<Timestamp> deadline;
    for (OffsetSource* source : runner_->sources()) {
      const std::optional<Timestamp> again = source->askAgainAt(now);
      if (again && (!deadline || *again < *deadline)) deadline = again;
    }
    setStatus(LoopStatus::State::kWaiting, "Waiting for data to arrive");
    options_.clock->waitUntil(wakeUp_, deadline);
  }
}

bool MicroBatchLoop::waitAfterDiskFull(const Status& status) {
  logWarn(kComponent, fmt::format("{}; trying again in {} ms", status.message(),
                                  options_.diskFullRetryDelay / Millis(1)));
  setStatus(LoopStatus::State::kRetrying, status.message());
  const Timestamp again = options_.clock->now() + options_.diskFullRetryDelay;
  while (!stopping() && options_.clock->now() < again) options_.clock->waitUntil(wakeUp_, again);
  return !stopping();
}

void MicroBatchLoop::stop(StopMode mode, std::optional<Timestamp> drainUntil) {
  {
    std::lock_guard lock(mutex_);
    if (stop_ && mode <= stop_->mode) return;
    stop_ = StopRequest{mode, options_.clock->now(), drainUntil};
  }
  if (mode == StopMode::kNow) runner_->cancel();
  wakeUp_.notify();
}

Result<bool> MicroBatchLoop::awaitTermination(std::optional<Micros> timeout) {
  std::unique_lock lock(mutex_);
  if (thread_.get_id() == std::this_thread::get_id())
    return failure(Status::invalidArgument("a batch cannot wait for the end of its own loop"));
  const auto ended = [&] { return outcome_.has_value(); };
  if (!timeout) {
    ended_.wait(lock, ended);
  } else if (!ended_.wait_until(lock, std::chrono::system_clock::now() + *timeout, ended)) {
    return false;
  }
  if (!outcome_->ok()) return failure(*outcome_);
  return true;
}

Result<bool> MicroBatchLoop::runOneBatch() {
  {
    std::lock_guard lock(mutex_);
    if (thread_.joinable())
      return failure(Status::invalidArgument("the loop runs in a thread of its own"));
    if (outcome_ && !outcome_->ok()) return failure(*outcome_);
    if (outcome_) return false;
  }
  if (!recovered_)
    if (Status status = recover(); !status.ok()) {
      end(status);
      return failure(std::move(status));
    }
  if (stopping()) {
    end(Status::OK());
    return false;
  }
  const BatchId before = lastProgress_ ? lastProgress_->context.batchId : BatchId{-1};
  const Result<Turn> result = turn();
  if (!result) {
    if (result.error().code() != StatusCode::kDiskFull) end(result.error());
    return failure(result.error());
  }
  if (*result == Turn::kEnded) end(Status::OK());
  return lastProgress_ && lastProgress_->context.batchId != before;
}

void MicroBatchLoop::notifyDataAvailable() {
  // Only the first call since the last look needs to wake anybody.
  if (dataAvailable_.exchange(true)) return;
  if (options_.trigger->rules().waitsForData) wakeUp_.notify();
}

LoopStatus MicroBatchLoop::status() const {
  std::lock_guard lock(mutex_);
  LoopStatus status = status_;
  status.isDataAvailable = dataAvailable_;
  return status;
}

std::optional<BatchProgress> MicroBatchLoop::lastProgress() const {
  std::lock_guard lock(mutex_);
  return lastProgress_;
}

void MicroBatchLoop::setStatus(LoopStatus::State state, std::string message) {
  std::lock_guard lock(mutex_);
  status_.state = state;
  status_.message = std::move(message);
  status_.isTriggerActive = state == LoopStatus::State::kRunning;
}

void MicroBatchLoop::end(Status status) {
  for (OffsetSource* source : runner_->sources()) {
    try {
      source->onDataAvailable({});
      source->stop();
    } catch (...) {
      logWarn(kComponent,
              "cannot stop " + source->name() + ": " + statusOfCurrentException().toString());
    }
  }
  if (status.ok()) {
    setStatus(LoopStatus::State::kStopped, "Stopped");
  } else {
    logError(kComponent, options_.name + " terminated with error: " + status.toString());
    setStatus(LoopStatus::State::kFailed, "Terminated with exception: " + status.message());
  }
  runner_->tellTerminated(status);
  std::lock_guard lock(mutex_);
  outcome_ = std::move(status);
  ended_.notify_all();
}

}  // namespace spate
