#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "spate/dstream/Duration.h"

namespace spate {

/// What one input gave to a batch. Spark's StreamInputInfo.
struct StreamInputInfo {
  int inputStreamId = 0;
  int64_t numRecords = 0;
};

/// A batch as listeners see it. Spark's BatchInfo; times and delays in milliseconds.
struct BatchInfo {
  Time batchTime;
  std::map<int, StreamInputInfo> streamIdToInputInfo;
  int64_t submissionTime = 0;
  std::optional<int64_t> processingStartTime;
  std::optional<int64_t> processingEndTime;
  /// Why the batch failed, if it did.
  std::optional<std::string> failureReason;

  std::optional<int64_t> schedulingDelay() const {
    if (!processingStartTime) return std::nullopt;
    return *processingStartTime - submissionTime;
  }
  std::optional<int64_t> processingDelay() const {
    if (!processingStartTime || !processingEndTime) return std::nullopt;
    return *processingEndTime - *processingStartTime;
  }
  std::optional<int64_t> totalDelay() const {
    if (!processingEndTime) return std::nullopt;
    return *processingEndTime - submissionTime;
  }
  int64_t numRecords() const {
    int64_t sum = 0;
    for (const auto& [id, info] : streamIdToInputInfo) sum += info.numRecords;
    return sum;
  }
};

/// A receiver as listeners see it. Spark's ReceiverInfo.
struct ReceiverInfo {
  int streamId = 0;
  std::string name;
  bool active = false;
  std::string lastErrorMessage;
  std::string lastError;
  int64_t lastErrorTime = -1;
};

/// Told of what happens in a StreamingContext. Spark's StreamingListener; override what you need.
///
/// Errors: an exception is logged and does not disturb the stream.
/// Threads: one call at a time; receivers' events come from other threads than batches'.
class StreamingListener {
 public:
  virtual ~StreamingListener() = default;
  virtual void onStreamingStarted(Time) {}
  virtual void onReceiverStarted(const ReceiverInfo&) {}
  virtual void onReceiverError(const ReceiverInfo&) {}
  virtual void onReceiverStopped(const ReceiverInfo&) {}
  virtual void onBatchSubmitted(const BatchInfo&) {}
  virtual void onBatchStarted(const BatchInfo&) {}
  virtual void onBatchCompleted(const BatchInfo&) {}
};

}  // namespace spate
