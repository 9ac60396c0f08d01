#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spate/dstream/BatchEvents.h"
#include "spate/dstream/StreamGraph.h"
#include "spate/dstream/StreamProgram.h"
#include "spate/dstream/StreamingContext.h"
#include "spate/dstream/StreamingListenerBus.h"
#include "spate/runtime/MicroBatchLoop.h"
#include "spate/state/StateMaintenance.h"

namespace spate {

/// The inside of a StreamingContext: the graph, the loop that runs it, and the states it goes
/// through. There is at most one active in a process.
///
/// Threads: as StreamingContext.
class StreamingApplication : public std::enable_shared_from_this<StreamingApplication> {
 public:
  StreamingApplication(SparkContext sparkContext, Duration batchDuration,
                       StreamingEnvironment environment);
  ~StreamingApplication();

  const SparkContext& sparkContext() const { return sparkContext_; }
  const std::shared_ptr<StreamGraph>& graph() const { return graph_; }
  StreamingContextState state() const;
  StreamingListenerBus& listeners() { return listeners_; }
  const StreamingEnvironment& environment() const { return environment_; }

  void setCheckpointDirectory(const std::string& directory);
  /// The next start goes on from what is in the checkpoint directory. Throws when the graph is not
  /// the one that wrote it.
  void recoverFrom(const std::string& directory);

  void start();
  void stop(bool stopSparkContext, bool stopGracefully);
  /// Empty timeout: for ever. Throws what failed.
  bool await(std::optional<Micros> timeout);

  static std::shared_ptr<StreamingApplication> active();

 private:
  void startLoop();
  void prepareCheckpoint(Time zeroTime);
  void loopEnded(const Status& status);

  SparkContext sparkContext_;
  StreamingEnvironment environment_;
  std::shared_ptr<StreamGraph> graph_;
  StreamingListenerBus listeners_;
  std::optional<Time> recoveredZeroTime_;
  std::unique_ptr<StateMaintenance> maintenance_;
  std::unique_ptr<StreamProgram> program_;
  std::unique_ptr<BatchEvents> batchEvents_;
  std::unique_ptr<MicroBatchLoop> loop_;
  mutable std::mutex mutex_;
  std::condition_variable stateChanged_;
  StreamingContextState state_ = StreamingContextState::INITIALIZED;
};

}  // namespace spate
