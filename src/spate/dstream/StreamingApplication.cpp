#include "spate/dstream/StreamingApplication.h"

#include <algorithm>
#include <random>

#include "spate/base/Logging.h"
#include "spate/checkpoint/StreamMetadata.h"
#include "spate/dstream/BatchEvents.h"
#include "spate/dstream/GraphFile.h"

namespace spate {
namespace {

/// All that a DStream checkpoint has in its directory; the graph last, since it makes the rest
/// valid.
constexpr const char* kCheckpointEntries[] = {"offsets", "commits",      "state",
                                              "sources", "receivedData", "metadata"};

struct Active {
  std::mutex mutex;
  std::weak_ptr<StreamingApplication> application;
};

Active& activeSlot() {
  static Active a;
  return a;
}

}  // namespace

StreamingApplication::StreamingApplication(SparkContext sparkContext, Duration batchDuration,
                                           StreamingEnvironment environment)
    : sparkContext_(std::move(sparkContext)),
      environment_(std::move(environment)),
      graph_(std::make_shared<StreamGraph>(sparkContext_.context(), batchDuration,
                                           environment_.clock)) {
  if (batchDuration.milliseconds() <= 0)
    throw IllegalArgumentException("requirement failed: batch duration must be positive, not " +
                                   batchDuration.toString());
  if (sparkContext_.getConf().get("spark.master", "local[*]") == "local")
    logWarn("StreamingContext",
            "spark.master should be set as local[n], n > 1 in local mode if you have receivers to "
            "get data, otherwise Spark jobs will not get resources to process the received data. "
            "(Receivers have threads of their own here, so this program runs all the same.)");
  const std::string directory =
      sparkContext_.getConf().get("spark.streaming.checkpoint.directory", "");
  if (!directory.empty()) setCheckpointDirectory(directory);
}

StreamingApplication::~StreamingApplication() {
  if (loop_) {
    for (InputStream* input : graph_->inputs()) input->stop(false);
    loop_.reset();
  }
  if (maintenance_) maintenance_->stop();
  graph_->clear();
}

StreamingContextState StreamingApplication::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

std::shared_ptr<StreamingApplication> StreamingApplication::active() {
  std::lock_guard lock(activeSlot().mutex);
  auto application = activeSlot().application.lock();
  return application && application->state() == StreamingContextState::ACTIVE ? application
                                                                              : nullptr;
}

void StreamingApplication::setCheckpointDirectory(const std::string& directory) {
  graph_->setCheckpointDirectory(directory);
}

void StreamingApplication::recoverFrom(const std::string& directory) {
  const std::string& own = graph_->checkpointDirectory();
  if (!own.empty() && own != directory)
    throw IllegalArgumentException("the context was created with checkpoint(\"" + own +
                                   "\"), but is to be recovered from \"" + directory +
                                   "\": use one directory");
  setCheckpointDirectory(directory);
  const auto written = valueOrThrow(GraphFile::read(*environment_.files, directory));
  if (!written) return;
  const GraphFile current{graph_->batchDuration(), written->zeroTime, graph_->describe()};
  const std::string difference = written->differenceTo(current);
  if (!difference.empty())
    throw SparkException("The checkpoint in " + directory +
                         " was written by another program, and its state does not fit this one. "
                         "Go on with the program that wrote it, or begin anew in an empty "
                         "directory. (- as written, + as it is now)" +
                         difference);
  recoveredZeroTime_ = written->zeroTime;
}

void StreamingApplication::start() {
  std::unique_lock lock(mutex_);
  if (state_ == StreamingContextState::ACTIVE) {
    logWarn("StreamingContext", "StreamingContext has already been started");
    return;
  }
  if (state_ == StreamingContextState::STOPPED)
    throw IllegalStateException("StreamingContext has already been stopped");
  {
    std::lock_guard activeLock(activeSlot().mutex);
    const auto other = activeSlot().application.lock();
    if (other && other.get() != this && other->state() == StreamingContextState::ACTIVE)
      throw IllegalStateException(
          "Only one StreamingContext may be started in this process. Stop the running one first.");
    activeSlot().application = weak_from_this();
  }
  try {
    graph_->validate();
    const Time now(environment_.clock->now());
    const Time zeroTime = recoveredZeroTime_.value_or(now.floor(graph_->batchDuration()));
    graph_->start(zeroTime);
    prepareCheckpoint(zeroTime);
    startLoop();
  } catch (...) {
    state_ = StreamingContextState::STOPPED;
    throw;
  }
  state_ = StreamingContextState::ACTIVE;
  lock.unlock();
  stateChanged_.notify_all();
  const Time started(environment_.clock->now());
  listeners_.post([&](StreamingListener& listener) { listener.onStreamingStarted(started); });
}

void StreamingApplication::prepareCheckpoint(Time zeroTime) {
  const std::string& directory = graph_->checkpointDirectory();
  if (directory.empty()) return;
  FileSystem& files = *environment_.files;
  // RDDs are written for the running process only: after a restart they are computed again.
  const std::string rdds = joinPath(directory, "rdds");
  okOrThrow(files.removeAll(rdds));
  if (graph_->checkpointsRdds()) sparkContext_.setCheckpointDir(rdds);
  if (recoveredZeroTime_) return;
  const std::string graphPath = joinPath(directory, "graph");
  if (files.exists(graphPath)) {
    logWarn("StreamingContext", "The checkpoint of an earlier run in " + directory +
                                    " is replaced. To go on from it, make the context with "
                                    "StreamingContext::getOrCreate.");
    okOrThrow(files.removeAll(graphPath));
  }
  for (const char* entry : kCheckpointEntries)
    okOrThrow(files.removeAll(joinPath(directory, entry)));
  std::random_device random;
  const auto bits = [&] { return (static_cast<uint64_t>(random()) << 32) | random(); };
  valueOrThrow(StreamMetadata::readOrCreate(files, joinPath(directory, "metadata"), bits));
  okOrThrow(
      GraphFile{graph_->batchDuration(), zeroTime, graph_->describe()}.write(files, directory));
}

void StreamingApplication::startLoop() {
  if (!graph_->checkpointDirectory().empty())
    maintenance_ = std::make_unique<StateMaintenance>(StateMaintenance::Mode::kOwnThread,
                                                      *environment_.faultPoints);
  graph_->setStateEnvironment({environment_.files, environment_.faultPoints, maintenance_.get()});
  program_ = std::make_unique<StreamProgram>(graph_);
  batchEvents_ = std::make_unique<BatchEvents>(*graph_, listeners_);
  MicroBatchLoopOptions options;
  options.name = sparkContext_.appName();
  options.checkpointDirectory = graph_->checkpointDirectory();
  options.files = environment_.files;
  options.clock = environment_.clock;
  options.faultPoints = environment_.faultPoints;
  const Time first = graph_->zeroTime() + graph_->batchDuration();
  options.trigger =
      valueOrThrow(AlignedTrigger::make(graph_->batchDuration().toMillis(), first.toTimestamp()));
  options.listeners.push_back(batchEvents_.get());
  loop_ = valueOrThrow(MicroBatchLoop::make(std::move(options), *program_));
  batchEvents_->onTermination([this](const Status& status) { loopEnded(status); });
  okOrThrow(loop_->start());
}

void StreamingApplication::loopEnded(const Status& status) {
  // Nobody will process what comes in from now on.
  for (InputStream* input : graph_->inputs()) input->stop(false);
  if (!status.ok()) logError("StreamingContext", "the stream has failed: " + status.message());
}

void StreamingApplication::stop(bool stopSparkContext, bool stopGracefully) {
  {
    std::lock_guard lock(mutex_);
    if (state_ == StreamingContextState::INITIALIZED)
      logWarn("StreamingContext", "StreamingContext has not been started yet");
    else if (state_ == StreamingContextState::STOPPED)
      logWarn("StreamingContext", "StreamingContext has already been stopped");
  }
  if (loop_ && state() == StreamingContextState::ACTIVE) {
    if (stopGracefully) {
      for (InputStream* input : graph_->inputs()) input->stop(true);
    }
    loop_->stop(stopGracefully ? StopMode::kDrain : StopMode::kAfterCurrentBatch);
    // From inside a batch the loop cannot be waited for: it ends when that batch has.
    if (!batchEvents_->onLoopThread()) static_cast<void>(loop_->awaitTermination());
  }
  {
    std::lock_guard lock(mutex_);
    state_ = StreamingContextState::STOPPED;
  }
  stateChanged_.notify_all();
  // A batch that is running still needs it.
  if (stopSparkContext && !(batchEvents_ && batchEvents_->onLoopThread())) sparkContext_.stop();
}

bool StreamingApplication::await(std::optional<Micros> timeout) {
  const auto begin = std::chrono::steady_clock::now();
  {
    std::unique_lock lock(mutex_);
    const auto begun = [&] { return state_ != StreamingContextState::INITIALIZED; };
    if (!timeout)
      stateChanged_.wait(lock, begun);
    else if (!stateChanged_.wait_for(lock, *timeout, begun))
      return false;
    if (!loop_) return true;
  }
  if (timeout) {
    const auto waited =
        std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - begin);
    timeout = std::max(Micros(0), *timeout - waited);
  }
  return valueOrThrow(loop_->awaitTermination(timeout));
}

}  // namespace spate
