#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spate/runtime/StreamingQueries.h"

namespace spate {

/// One run of a streaming query: a loop, its program, and what is known of them.
class StreamExecution final : public StreamingQuery,
                              public BatchListener,
                              public std::enable_shared_from_this<StreamExecution> {
 public:
  StreamExecution(StreamingQueryDefinition definition, std::shared_ptr<TaskPool> pool,
                  StreamingQueries& queries);
  ~StreamExecution() override;

  Status begin();

  // StreamingQuery.
  std::string id() const override { return definition_.id; }
  std::string runId() const override { return definition_.runId; }
  std::string name() const override { return definition_.name; }
  bool isActive() const override;
  StreamingQueryStatus status() const override;
  std::vector<std::string> recentProgress() const override;
  Result<std::string> explain(bool isExtended) const override;
  std::optional<Status> exception() const override;
  Status stop() override;
  Status processAllAvailable(std::stop_token stop) override;
  Result<bool> awaitTermination(std::optional<std::chrono::milliseconds> timeout,
                                std::stop_token stop) override;

  // BatchListener.
  void batchCompleted(const BatchProgress& progress) override;
  void nothingNew() override;
  void loopTerminated(const Status& status) override;

 private:
  std::string progressJson(const BatchProgress& progress) const;
  StreamingQueryEvent event(StreamingQueryEventType type, std::string json) const;

  StreamingQueryDefinition definition_;
  const std::shared_ptr<TaskPool> pool_;
  StreamingQueries& queries_;
  std::unique_ptr<StreamProgram> program_;
  std::unique_ptr<MicroBatchLoop> loop_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::string> progress_;
  /// Counts the looks that found nothing.
  int64_t emptyLooks_ = 0;
  bool hasEnded_ = false;
  std::optional<Status> exception_;
  std::optional<Timestamp> lastStart_;
  /// When listeners were last told anything of a batch, or of its absence.
  std::optional<Timestamp> lastEvent_;
};

}  // namespace spate
