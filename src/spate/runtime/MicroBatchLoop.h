#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/base/FaultPoints.h"
#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"
#include "spate/runtime/BatchListener.h"
#include "spate/runtime/BatchProgram.h"
#include "spate/runtime/Trigger.h"

namespace spate {

class BatchRunner;

struct MicroBatchLoopOptions {
  /// For log lines: the name of the query or application.
  std::string name = "stream";
  /// Holds `offsets/` and `commits/`, in Spark's format. Empty: nothing is logged, nothing is
  /// recovered.
  std::string checkpointDirectory;
  std::shared_ptr<FileSystem> files = FileSystem::local();
  std::shared_ptr<Clock> clock = Clock::system();
  /// Reached in each batch, in this order: before and after ChooseOffsets, LogOffsets, Run,
  /// CommitSinksAndState, LogCommit ("beforeChooseOffsets", "afterChooseOffsets", ...). A replayed
  /// batch begins with beforeRun.
  FaultPoints* faultPoints = &FaultPoints::none();
  std::unique_ptr<Trigger> trigger;
  /// Goes into the offset log with each batch; what is logged there wins after a restart.
  std::map<std::string, std::string> conf;
  /// Must outlive the loop.
  std::vector<BatchListener*> listeners;
  /// How long the loop waits before it tries a batch again for which the disk was full.
  Micros diskFullRetryDelay = std::chrono::seconds(1);
};

enum class StopMode {
  /// Finish the batches that are due and all data the sources have; new ticks go on until a batch
  /// at or after the time of the call found nothing new (or, if given, until that time). The
  /// caller first makes the sources stop taking in.
  kDrain,
  /// Finish the batch that is running, begin no other.
  kAfterCurrentBatch,
  /// Cancel the batch that is running. After a restart it runs again.
  kNow,
};

struct LoopStatus {
  enum class State { kNotStarted, kWaiting, kRunning, kRetrying, kStopped, kFailed };
  State state = State::kNotStarted;
  /// Spark's wording: "Waiting for next trigger", "Processing new data", ...
  std::string message;
  bool isDataAvailable = false;
  bool isTriggerActive = false;
};

/// The one loop that runs all streams: waits for the trigger, lets the sources say how far a batch
/// reads, logs that, runs the program's pipeline, commits, logs the commit; and after a restart
/// goes on from the two logs.
///
/// In      a BatchProgram and its sources; ticks of the trigger
/// Out     each batch that was ever logged runs to its end exactly once, as far as the program's
///         sinks and state are idempotent per batch id
/// Kept    `offsets/N` before batch N runs, `commits/N` after it was committed
/// Errors  kDiskFull in any step: the same batch is tried again after a delay, until there is
///         space or the loop is stopped. Any other error ends the loop; awaitTermination()
///         returns it with batch and step in front of the message, code and error class kept
/// Threads start, stop, awaitTermination, status, lastProgress, notifyDataAvailable from any
///         thread, also from inside a batch (awaitTermination not). runOneBatch only without start
class MicroBatchLoop {
 public:
  /// Errors  kInvalidArgument: no trigger, or a null file system, clock or listener. Touches no
  ///         file. `program` must outlive the loop.
  static Result<std::unique_ptr<MicroBatchLoop>> make(MicroBatchLoopOptions options,
                                                      BatchProgram& program);
  /// As stop(kNow) and a wait for the end.
  ~MicroBatchLoop();
  MicroBatchLoop(const MicroBatchLoop&) = delete;
  MicroBatchLoop& operator=(const MicroBatchLoop&) = delete;

  /// Reads the logs, tells the program, and starts the loop in a thread of its own.
  /// Errors  of the logs (kCorrupt, ...) and of recovered(); kAlreadyExists when started before
  Status start();

  /// Asks the loop to end and returns at once. A later call may hasten an earlier one, never slow
  /// it down. `drainUntil`, for kDrain only: no batch later than this; those up to it all run.
  void stop(StopMode mode, std::optional<Timestamp> drainUntil = {});

  /// Waits for the end of the loop, at most `timeout` of real time. True: it ended. The failure
  /// that ended it, if one did.
  Result<bool> awaitTermination(std::optional<Micros> timeout = {});

  /// For tests and tools, instead of start(): recovers at the first call, then runs what is due
  /// now on the calling thread. True: a batch was committed; false: nothing was due or there was
  /// nothing new. After kDiskFull the next call tries the same batch again; other errors are final.
  Result<bool> runOneBatch();

  /// A source may have something new: wakes a loop that waits for data.
  void notifyDataAvailable();

  LoopStatus status() const;
  /// Of the newest committed batch of this run.
  std::optional<BatchProgress> lastProgress() const;

 private:
  struct StopRequest {
    StopMode mode;
    Timestamp at;
    std::optional<Timestamp> until;
  };
  enum class Turn { kRan, kNothingNew, kNotDue, kEnded };

  MicroBatchLoop(MicroBatchLoopOptions options, BatchProgram& program);

  Status recover();
  void loop();
  /// Runs the pending batch or the next tick, if there is one and it is due.
  Result<Turn> turn();
  Result<Turn> finishBatch(Timestamp looked, bool usesTick);
  bool stopping() const;
  bool cancelled() const;
  void waitForNext(Turn last);
  bool waitAfterDiskFull(const Status& status);
  void setStatus(LoopStatus::State state, std::string message);
  void end(Status status);

  MicroBatchLoopOptions options_;
  const std::unique_ptr<BatchRunner> runner_;
  WakeUp wakeUp_;
  bool recovered_ = false;
  bool replaysLog_ = false;
  std::atomic<bool> dataAvailable_{false};

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<StopRequest> stop_;
  LoopStatus status_;
  std::optional<BatchProgress> lastProgress_;
  std::optional<Status> outcome_;
  std::thread thread_;
};

}  // namespace spate
