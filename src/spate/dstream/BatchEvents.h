#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "spate/dstream/StreamGraph.h"
#include "spate/dstream/StreamingListenerBus.h"
#include "spate/runtime/BatchListener.h"

namespace spate {

/// Turns the loop's reports into Spark's StreamingListener events.
///
/// Threads: the loop's; onLoopThread from any.
class BatchEvents final : public BatchListener {
 public:
  BatchEvents(const StreamGraph& graph, StreamingListenerBus& bus) : graph_(graph), bus_(bus) {}

  void onTermination(std::function<void(const Status&)> action) { ended_ = std::move(action); }
  /// Whether the caller is inside a batch (or one of these events).
  bool onLoopThread() const { return std::this_thread::get_id() == loopThread_.load(); }

  void batchSubmitted(const BatchContext& context, const std::vector<OffsetRange>& ranges) override;
  void batchStarted(const BatchContext& context) override;
  void batchCompleted(const BatchProgress& progress) override;
  void batchFailed(const BatchContext& context, const Status& status, bool willRetry) override;
  void loopTerminated(const Status& status) override;

 private:
  int64_t nowMillis() const { return millisOf(graph_.clock()->now()); }

  const StreamGraph& graph_;
  StreamingListenerBus& bus_;
  std::function<void(const Status&)> ended_;
  std::atomic<std::thread::id> loopThread_{};
  BatchInfo info_;
};

}  // namespace spate
