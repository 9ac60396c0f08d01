#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spate/runtime/MicroBatchLoop.h"
#include "spate/runtime/StreamProgram.h"
#include "spate/runtime/StreamingQuery.h"

namespace spate {

/// What a query is started with.
struct StreamingQueryDefinition {
  std::string id;
  std::string runId;
  std::string name;
  StreamProgramOptions program;
  /// Spark's names of the stateful operators, by their id.
  std::vector<std::string> statefulOperators;
  int shufflePartitions = 1;
  std::vector<std::string> sourceDescriptions;
  std::string sinkDescription;
  std::unique_ptr<Trigger> trigger;
  std::string checkpointDirectory;
  /// Remove the checkpoint at the end: it was a temporary one.
  bool removesCheckpoint = false;
  std::map<std::string, std::string> conf;
  size_t recentProgress = 100;
  /// spark.sql.streaming.noDataProgressEventInterval: after so long without a batch, listeners hear
  /// that the query is idle.
  Micros idleInterval = std::chrono::seconds(10);
  /// For explain.
  std::string parsedPlan;
  std::string analyzedPlan;
  std::string physicalPlan;
  FaultPoints* faultPoints = &FaultPoints::none();
};

class StreamExecution;

/// The streaming queries of a session.
class StreamingQueries final : public StreamingQueryManager {
 public:
  /// `faultPoints` are for those who start a query, to give them to it and to its logs.
  explicit StreamingQueries(FaultPoints& faultPoints = FaultPoints::none());
  ~StreamingQueries() override;

  /// Starts a query. `pool` must outlive it.
  /// Errors  kAlreadyExists: an active query has the name or the id; those of the logs
  Result<std::shared_ptr<StreamingQuery>> start(StreamingQueryDefinition definition,
                                                std::shared_ptr<TaskPool> pool);
  FaultPoints& faultPoints() const { return faultPoints_; }
  /// Stops all and waits for their end.
  void stopAll();

  std::vector<std::shared_ptr<StreamingQuery>> active() const override;
  std::shared_ptr<StreamingQuery> get(const std::string& id) const override;
  Result<bool> awaitAnyTermination(std::optional<std::chrono::milliseconds> timeout,
                                   std::stop_token stop) override;
  void resetTerminated() override;
  void addListener(std::shared_ptr<StreamingQueryListener> listener) override;
  void removeListener(const std::shared_ptr<StreamingQueryListener>& listener) override;

 private:
  friend class StreamExecution;
  void tell(const StreamingQueryEvent& event);
  void terminated(const std::shared_ptr<StreamExecution>& query, const Status& status);

  FaultPoints& faultPoints_;
  mutable std::mutex mutex_;
  std::condition_variable_any ended_;
  std::map<std::string, std::shared_ptr<StreamExecution>> queries_;
  /// Those that have ended since the last start: their own threads cannot destroy them.
  std::vector<std::shared_ptr<StreamExecution>> gone_;
  bool anyTerminated_ = false;
  std::optional<Status> failure_;
  std::mutex listenersMutex_;
  std::vector<std::shared_ptr<StreamingQueryListener>> listeners_;
};

}  // namespace spate
