#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spate/plan/Command.h"
#include "spate/runtime/StreamingQuery.h"

namespace spate {

class FakeStreams;

/// A query without rows. It makes progress once per processAllAvailable(), and fails at once when
/// its options have `fail`.
class FakeQuery : public StreamingQuery {
 public:
  FakeQuery(FakeStreams& streams, std::string name);

  std::string id() const override { return id_; }
  std::string runId() const override { return runId_; }
  std::string name() const override { return name_; }
  bool isActive() const override;
  StreamingQueryStatus status() const override;
  std::vector<std::string> recentProgress() const override;
  Result<std::string> explain(bool isExtended) const override;
  std::optional<Status> exception() const override;
  Status stop() override;
  Status processAllAvailable(std::stop_token stop) override;
  Result<bool> awaitTermination(std::optional<std::chrono::milliseconds> timeout,
                                std::stop_token stop) override;

  void end(std::optional<Status> exception);

 private:
  FakeStreams& streams_;
  const std::string id_;
  const std::string runId_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool isActive_ = true;
  std::vector<std::string> progress_;
  std::optional<Status> exception_;
};

class FakeStreams : public StreamingQueryManager {
 public:
  Result<std::shared_ptr<StreamingQuery>> start(const plan::WriteStreamCommand& command);
  void stopAll();

  std::vector<std::shared_ptr<StreamingQuery>> active() const override;
  std::shared_ptr<StreamingQuery> get(const std::string& id) const override;
  Result<bool> awaitAnyTermination(std::optional<std::chrono::milliseconds> timeout,
                                   std::stop_token stop) override;
  void resetTerminated() override;
  void addListener(std::shared_ptr<StreamingQueryListener> listener) override;
  void removeListener(const std::shared_ptr<StreamingQueryListener>& listener) override;

  void tell(const StreamingQueryEvent& event);
  void noteTerminated(std::optional<Status> exception);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::shared_ptr<FakeQuery>> queries_;
  std::vector<std::shared_ptr<StreamingQueryListener>> listeners_;
  bool hasTerminated_ = false;
  std::optional<Status> exception_;
};

}  // namespace spate
