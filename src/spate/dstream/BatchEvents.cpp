#include "spate/dstream/BatchEvents.h"

namespace spate {

void BatchEvents::batchSubmitted(const BatchContext& context,
                                 const std::vector<OffsetRange>& ranges) {
  loopThread_ = std::this_thread::get_id();
  info_ = BatchInfo();
  info_.batchTime = Time(context.batchTime);
  // A batch is submitted when it is due; the loop looks at it when it has time.
  info_.submissionTime = std::min(millisOf(context.batchTime), nowMillis());
  for (size_t i = 0; i < ranges.size() && i < graph_.inputs().size(); ++i) {
    const int id = graph_.inputNodes()[i]->id();
    info_.streamIdToInputInfo[id] = {id, graph_.inputs()[i]->numRecords(ranges[i]).value_or(0)};
  }
  bus_.post([&](StreamingListener& listener) { listener.onBatchSubmitted(info_); });
}

void BatchEvents::batchStarted(const BatchContext& context) {
  loopThread_ = std::this_thread::get_id();
  info_.batchTime = Time(context.batchTime);
  info_.processingStartTime = nowMillis();
  bus_.post([&](StreamingListener& listener) { listener.onBatchStarted(info_); });
}

void BatchEvents::batchCompleted(const BatchProgress&) {
  info_.processingEndTime = nowMillis();
  bus_.post([&](StreamingListener& listener) { listener.onBatchCompleted(info_); });
}

void BatchEvents::batchFailed(const BatchContext&, const Status& status, bool willRetry) {
  if (willRetry) return;
  info_.processingEndTime = nowMillis();
  info_.failureReason = status.message();
  bus_.post([&](StreamingListener& listener) { listener.onBatchCompleted(info_); });
}

void BatchEvents::loopTerminated(const Status& status) {
  loopThread_ = std::this_thread::get_id();
  if (ended_) ended_(status);
}

}  // namespace spate
