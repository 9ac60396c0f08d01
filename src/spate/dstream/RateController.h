#pragma once

#include <functional>
#include <utility>

#include "spate/dstream/PIDRateEstimator.h"
#include "spate/dstream/StreamingListener.h"

namespace spate {

/// Back-pressure of one input stream (spark.streaming.backpressure.enabled): after each batch that
/// was processed, publishes the rate at which the stream should take in. Spark's RateController.
///
/// Threads: as StreamingListener; `publish` is called from there.
class RateController final : public StreamingListener {
 public:
  RateController(int streamId, PIDRateEstimator estimator, std::function<void(int64_t)> publish)
      : streamId_(streamId), estimator_(std::move(estimator)), publish_(std::move(publish)) {}

  void onBatchCompleted(const BatchInfo& batch) override;

 private:
  const int streamId_;
  PIDRateEstimator estimator_;
  const std::function<void(int64_t)> publish_;
};

}  // namespace spate
