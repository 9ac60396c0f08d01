#include "spate/dstream/ReceiverTracker.h"

#include <algorithm>

#include "spate/base/Logging.h"
#include "spate/dstream/Receiver.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

Micros blockInterval(const SparkConf& conf) {
  const Millis interval = conf.getTimeAsMillis("spark.streaming.blockInterval", Millis(200));
  if (interval.count() <= 0)
    throw IllegalArgumentException(
        "requirement failed: 'spark.streaming.blockInterval' should be a positive value");
  return interval;
}

size_t blockQueueSize(const SparkConf& conf) {
  const int size = conf.getInt("spark.streaming.blockQueueSize", 10);
  if (size <= 0)
    throw IllegalArgumentException(
        "requirement failed: 'spark.streaming.blockQueueSize' should be a positive value");
  return static_cast<size_t>(size);
}

}  // namespace

ReceiverTracker::ReceiverTracker(const StreamGraph& graph, std::shared_ptr<ReceiverBase> receiver,
                                 StreamingListenerBus& listeners, Options options)
    : graph_(graph),
      listeners_(listeners),
      options_(std::move(options)),
      limiter_(conf(), graph.clock()),
      receiver_(std::move(receiver)) {
  blocks_ = std::make_shared<ReceivedBlocks>(
      ReceivedBlocks::Options{options_.streamId, options_.name, options_.storageLevel,
                              graph.rddContext(), graph.clock(), options_.toBytes});
  BlockGenerator::Options blocks;
  blocks.interval = blockInterval(conf());
  blocks.queueSize = blockQueueSize(conf());
  blocks.clock = graph.clock();
  blocks.push = [this](RecordBuffer buffer, Timestamp time) {
    return push(std::move(buffer), time);
  };
  generator_ = std::make_unique<BlockGenerator>(std::move(blocks));
  ReceiverSupervisor::Options supervisor;
  supervisor.streamId = options_.streamId;
  supervisor.restartDelay =
      conf().getTimeAsMillis("spark.streaming.receiverRestartDelay", Millis(2000));
  supervisor.clock = graph.clock();
  supervisor.onEvent = [this](ReceiverSupervisor::Event event, const ReceiverInfo& info) {
    tell(event, info);
  };
  supervisor_ = std::make_shared<ReceiverSupervisor>(receiver_, std::move(supervisor));
  if (conf().getBoolean("spark.streaming.backpressure.enabled", false))
    rateController_ = std::make_shared<RateController>(
        options_.streamId, PIDRateEstimator::fromConf(conf(), graph.batchDuration()),
        [this](int64_t rate) { limiter_.updateRate(rate); });
  receiver_->attach(this);
}

ReceiverTracker::~ReceiverTracker() {
  stop(false);
  receiver_->attach(nullptr);
}

Status ReceiverTracker::recover(const std::optional<Offset>& end) {
  const StateEnvironment& environment = graph_.stateEnvironment();
  return blocks_->open(end, graph_.checkpointDirectory(), environment.files,
                       *environment.faultPoints);
}

void ReceiverTracker::start() {
  std::lock_guard lock(stop_);
  if (started_ || stopped_) return;
  started_ = true;
  if (rateController_) listeners_.add(rateController_);
  generator_->start();
  supervisor_->start();
}

Timestamp ReceiverTracker::stopDeadline(bool graceful) const {
  // As Spark: ten batches for a graceful stop, ten seconds else.
  const Millis patience = graceful ? conf().getTimeAsMillis("spark.streaming.gracefulStopTimeout",
                                                            graph_.batchDuration().toMillis() * 10)
                                   : Millis(10'000);
  return clock()->now() + patience;
}

void ReceiverTracker::stop(bool graceful) {
  {
    // Not held any longer: a listener that hears of the stop may stop the context itself.
    std::lock_guard lock(stop_);
    if (!started_ || stopped_) return;
    stopped_ = true;
  }
  const Timestamp deadline = stopDeadline(graceful);
  limiter_.release();
  if (!graceful) blocks_->stopWaiting();
  supervisor_->shutDown(deadline);
  if (graceful) {
    // A disk that stays full must not hold the program for ever.
    StopSignal flushed;
    std::thread patience([&] {
      if (flushed.waitUntil(*clock(), deadline)) blocks_->stopWaiting();
    });
    generator_->stop();
    flushed.raise();
    patience.join();
  } else {
    generator_->stop();
  }
  stopping_.raise();
  if (rateController_) listeners_.remove(rateController_);
}

void ReceiverTracker::storeBlock(BlockContent content, int64_t count,
                                 std::optional<std::string> metadata) {
  okOrThrow(storeContent(std::move(content), count, std::move(metadata), clock()->now()));
}

Status ReceiverTracker::storeContent(BlockContent content, int64_t count,
                                     std::optional<std::string> metadata, Timestamp time) {
  const int64_t bytes = options_.memoryBytes(content);
  return blocks_->store({std::move(content), count, bytes, std::move(metadata), time});
}

Status ReceiverTracker::push(RecordBuffer buffer, Timestamp time) {
  BlockContent content{std::move(buffer.elements), nullptr};
  if (!content.elements) {
    buffer.bytes.shrink_to_fit();
    content.bytes = std::make_shared<const std::string>(std::move(buffer.bytes));
  }
  while (true) {
    Status status = storeContent(content, static_cast<int64_t>(buffer.count), {}, time);
    if (status.ok() || status.code() == StatusCode::kCancelled) return status;
    supervisor_->reportError("Error in block pushing thread", status.message());
    if (!stopping_.waitUntil(*clock(), clock()->now() + std::chrono::seconds(1)))
      return Status::cancelled(status.message());
  }
}

void ReceiverTracker::tell(ReceiverSupervisor::Event event, const ReceiverInfo& info) {
  listeners_.post([&](StreamingListener& listener) {
    switch (event) {
      case ReceiverSupervisor::Event::kStarted: return listener.onReceiverStarted(info);
      case ReceiverSupervisor::Event::kError: return listener.onReceiverError(info);
      case ReceiverSupervisor::Event::kStopped: return listener.onReceiverStopped(info);
    }
  });
}

}  // namespace spate
