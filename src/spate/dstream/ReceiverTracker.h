#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "spate/dstream/BlockGenerator.h"
#include "spate/dstream/RateController.h"
#include "spate/dstream/RateLimiter.h"
#include "spate/dstream/ReceivedBlocks.h"
#include "spate/dstream/ReceiverSupervisor.h"
#include "spate/dstream/StreamGraph.h"
#include "spate/dstream/StreamingListenerBus.h"

namespace spate {

class ReceiverBase;

/// All that stands between a receiver and the batches of its stream: supervisor, rate limit, block
/// generator, blocks, back-pressure.
///
/// Errors  IllegalArgumentException in the constructor: a setting that does not fit
/// Threads the storing side from any thread; recover, start, stop as InputStream's
class ReceiverTracker {
 public:
  struct Options {
    int streamId = 0;
    std::string name;
    StorageLevel storageLevel;
    /// See ReceivedBlocks.
    std::function<std::string(const BlockContent&)> toBytes;
    /// What a buffer of records takes in memory.
    std::function<int64_t(const BlockContent&)> memoryBytes;
  };
  /// `listeners` must live until stop() was called.
  ReceiverTracker(const StreamGraph& graph, std::shared_ptr<ReceiverBase> receiver,
                  StreamingListenerBus& listeners, Options options);
  ~ReceiverTracker();

  ReceivedBlocks& blocks() { return *blocks_; }
  ReceiverSupervisor& supervisor() { return *supervisor_; }
  int streamId() const { return options_.streamId; }
  const SparkConf& conf() const { return graph_.rddContext()->conf(); }
  const std::shared_ptr<Clock>& clock() const { return graph_.clock(); }

  Status recover(const std::optional<Offset>& end);
  void start();
  /// Stops the receiver and makes blocks of what it has stored. With `graceful` it waits as long
  /// as spark.streaming.gracefulStopTimeout allows; else a disk that is full is not waited for.
  void stop(bool graceful);

  // The storing side.

  /// See RateLimiter::acquire.
  size_t acquire(size_t wanted) { return limiter_.acquire(wanted); }
  BlockGenerator& generator() { return *generator_; }
  /// Returns when the block is stored, and with the write-ahead log on synced there.
  /// Errors  throws SparkException
  void storeBlock(BlockContent content, int64_t count, std::optional<std::string> metadata);

  const RateLimiter& rateLimiter() const { return limiter_; }

 private:
  Status push(RecordBuffer buffer, Timestamp time);
  Status storeContent(BlockContent content, int64_t count, std::optional<std::string> metadata,
                      Timestamp time);
  Timestamp stopDeadline(bool graceful) const;
  void tell(ReceiverSupervisor::Event event, const ReceiverInfo& info);

  const StreamGraph& graph_;
  StreamingListenerBus& listeners_;
  const Options options_;
  RateLimiter limiter_;
  StopSignal stopping_;
  std::shared_ptr<ReceivedBlocks> blocks_;
  std::unique_ptr<BlockGenerator> generator_;
  std::shared_ptr<ReceiverBase> receiver_;
  std::shared_ptr<ReceiverSupervisor> supervisor_;
  std::shared_ptr<RateController> rateController_;
  std::mutex stop_;
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace spate
