#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/base/FaultPoints.h"
#include "spate/base/FileSystem.h"
#include "spate/dstream/StreamNode.h"
#include "spate/sources/OffsetSource.h"

namespace spate {

class StateMaintenance;

/// What is behind an input stream: its positions for the loop, which the graph asks for by batch.
class InputStream {
 public:
  virtual ~InputStream() = default;
  /// The control side. Lives as long as the input stream.
  virtual OffsetSource& source() = 0;
  /// Called once before the first batch: everything up to `end` was given to batches before; empty
  /// when nothing was.
  virtual Status recover(const std::optional<Offset>& end) {
    static_cast<void>(end);
    return Status::OK();
  }
  /// Starts taking in; called once, after recovery and before the first batch.
  virtual void start() {}
  /// How many records a range has, where that is known without reading it.
  virtual std::optional<int64_t> numRecords(const OffsetRange& range) const {
    static_cast<void>(range);
    return std::nullopt;
  }
  /// Ends taking in. With `graceful`, what was taken in is kept for the batches that drain it.
  virtual void stop(bool graceful) { static_cast<void>(graceful); }
};

/// An output: run once per batch at valid times.
class OutputStream {
 public:
  virtual ~OutputStream() = default;
  /// Builds the RDDs of `time` and runs the output operation on them. Exceptions fail the batch.
  virtual void runBatch(Time time) = 0;
};

/// Where the graph's state is kept, and how.
struct StateEnvironment {
  std::shared_ptr<FileSystem> files = FileSystem::local();
  FaultPoints* faultPoints = &FaultPoints::none();
  StateMaintenance* maintenance = nullptr;
};

/// The streams of an application and what they share. Spark's DStreamGraph.
///
/// Threads: as StreamNodeBase.
class StreamGraph : public std::enable_shared_from_this<StreamGraph> {
 public:
  StreamGraph(std::shared_ptr<RddContext> rddContext, Duration batchDuration,
              std::shared_ptr<Clock> clock);
  ~StreamGraph();

  const std::shared_ptr<RddContext>& rddContext() const { return rddContext_; }
  const std::shared_ptr<Clock>& clock() const { return clock_; }
  Duration batchDuration() const { return batchDuration_; }

  /// Empty until StreamingContext.checkpoint(dir).
  const std::string& checkpointDirectory() const { return checkpointDirectory_; }
  void setCheckpointDirectory(std::string directory);
  const StateEnvironment& stateEnvironment() const { return stateEnvironment_; }
  void setStateEnvironment(StateEnvironment environment) { stateEnvironment_ = environment; }

  /// Refuses any change once started: "Adding new inputs, transformations, and output operations
  /// after starting a context is not supported".
  int nextStreamId();
  /// Adds an input; returns its place among the sources.
  size_t addInput(std::shared_ptr<StreamNodeBase> node, InputStream& input);
  void addOutput(std::shared_ptr<StreamNodeBase> node, OutputStream& output);
  bool hasOutputs() const { return !outputs_.empty(); }
  const std::vector<InputStream*>& inputs() const { return inputs_; }
  const std::vector<std::shared_ptr<StreamNodeBase>>& inputNodes() const { return inputNodes_; }

  void remember(Duration duration);

  /// Spark's checks before a start, in its words.
  void validate() const;
  /// Sets times and remember durations. `zeroTime` is one batch before the first.
  void start(Time zeroTime);
  bool started() const { return started_; }
  Time zeroTime() const { return zeroTime_; }
  /// Whether a stream of the started graph writes RDDs to the checkpoint directory.
  bool checkpointsRdds() const;
  /// How far back any stream must remember.
  Duration maxRememberDuration() const;

  /// All streams that an output or the loop reaches, by id.
  std::vector<std::shared_ptr<StreamNodeBase>> streams() const;
  std::vector<StreamDescription> describe() const;

  /// The input ranges of the batches still remembered, as logged.
  void setRanges(Time time, std::vector<OffsetRange> ranges);
  /// Empty range for a time that is not (any more) known.
  OffsetRange rangeAt(Time time, size_t input) const;
  /// Whether the batch of this time is known: running, or remembered.
  bool knows(Time time) const { return ranges_.contains(time); }

  Status openState(int64_t committedBatches);
  /// Runs the outputs, and brings state forward that none of them asked for.
  void runOutputs(Time time);
  Status commitState(Time time);
  Status abortBatch(Time time, int64_t committedBatches);
  void clearOld(Time time);

  /// Lets go of all streams. The handles of the user keep theirs.
  void clear();

 private:
  const std::shared_ptr<RddContext> rddContext_;
  const std::shared_ptr<Clock> clock_;
  const Duration batchDuration_;
  std::string checkpointDirectory_;
  StateEnvironment stateEnvironment_;
  int nextId_ = 0;
  bool started_ = false;
  Time zeroTime_;
  std::optional<Duration> rememberDuration_;
  std::vector<std::shared_ptr<StreamNodeBase>> inputNodes_;
  std::vector<InputStream*> inputs_;
  std::vector<std::shared_ptr<StreamNodeBase>> outputNodes_;
  std::vector<OutputStream*> outputs_;
  std::vector<std::shared_ptr<StreamNodeBase>> startedStreams_;
  std::map<Time, std::vector<OffsetRange>> ranges_;
};

}  // namespace spate
