#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/base/FaultPoints.h"
#include "spate/base/Status.h"
#include "spate/runtime/BatchListener.h"
#include "spate/runtime/BatchLog.h"
#include "spate/runtime/BatchProgram.h"
#include "spate/runtime/Trigger.h"

namespace spate {

/// The life of a batch in five steps, without regard to when the next one is due: choose offsets,
/// log offsets, run, commit sinks and state, log commit.
///
/// A batch stays `pending` from the first step to the last; an attempt that failed is taken up
/// again at the step that failed, but never between run and commit of sinks and state: these two
/// are repeated together.
///
/// Errors  as they came, with "batch N, STEP" in front of the message
/// Threads the loop's; cancel() from any
class BatchRunner {
 public:
  struct Environment {
    std::shared_ptr<FileSystem> files;
    std::string checkpointDirectory;
    std::shared_ptr<Clock> clock;
    FaultPoints* faultPoints;
    std::map<std::string, std::string> conf;
    std::vector<BatchListener*> listeners;
  };

  BatchRunner(Environment environment, BatchProgram& program);
  ~BatchRunner();

  /// Reads the logs and tells the program. A batch without a commit becomes pending.
  Status recover();
  std::optional<Timestamp> lastBatchTime() const { return lastBatchTime_; }

  /// A batch has been chosen and is not finished.
  bool pending() const { return pending_.has_value(); }

  /// First step: makes a batch pending, or returns false when there is none to run.
  Result<bool> choose(Timestamp time, const TriggerRules& rules);
  /// Whether the batch that was chosen last found anything new.
  bool foundNewData() const { return foundNewData_; }

  /// The other four steps for the pending batch.
  Result<BatchProgress> finish();

  /// The pipeline that runs, and every later one, is asked to end soon.
  void cancel();

  const std::vector<OffsetSource*>& sources() const { return sources_; }

  void tellNothingNew() {
    notify([](BatchListener& l) { l.nothingNew(); });
  }
  void tellTerminated(const Status& status) {
    notify([&](BatchListener& l) { l.loopTerminated(status); });
  }

 private:
  enum class Stage { kLogOffsets, kRun, kLogCommit, kForget };
  struct Pending {
    BatchContext context;
    std::vector<OffsetRange> ranges;
    Stage stage = Stage::kLogOffsets;
    Timestamp nextWatermark{};
    std::map<int64_t, Timestamp> watermarks = {};
    BatchProgress progress;
  };
  struct Ends {
    BatchId batch;
    std::vector<std::optional<Offset>> offsets;
  };

  Status step(std::string_view name, const std::function<Status()>& body);
  Status chooseOffsets(Timestamp batchTime, const TriggerRules& rules,
                       std::vector<OffsetRange>& ranges);
  Status noteWhatIsThere(const ReadLimit& limit);
  Status logOffsets();
  Status runAndCommit();
  Status runPipeline();
  void abandonPipeline();
  Status logCommit();
  Status forget();
  Result<std::vector<std::optional<Offset>>> startOfNext();
  Status failed(Status status);
  void notify(const std::function<void(BatchListener&)>& call);
  void setPipeline(std::unique_ptr<BatchPipeline> pipeline);

  Environment environment_;
  BatchProgram& program_;
  BatchLog log_;
  std::vector<OffsetSource*> sources_;

  std::optional<Pending> pending_;
  BatchId nextId_;
  Timestamp lateWatermark_{};
  Timestamp evictWatermark_{};
  std::optional<Timestamp> lastBatchTime_;
  bool foundNewData_ = false;
  /// The ends of the batches whose input the sources still keep, and of the one before; the last
  /// entry is where the next batch starts.
  std::deque<Ends> ends_;
  std::optional<std::vector<std::optional<Offset>>> initial_;
  /// For triggers that only take what was there at the start.
  std::optional<std::vector<std::optional<Offset>>> targets_;

  std::mutex pipelineMutex_;
  std::unique_ptr<BatchPipeline> pipeline_;
  bool cancelled_ = false;
};

}  // namespace spate
