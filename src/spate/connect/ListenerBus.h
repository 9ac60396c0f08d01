#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "spate/runtime/StreamingQuery.h"

namespace spate::connect {

/// The events of a session's queries on their way to a client that has listeners: those of a start
/// go with the answer to the start, the others with one long answer.
///
/// Threads all functions from any thread
class ListenerBus : public StreamingQueryListener {
 public:
  /// As Spark's listener bus: what comes on top of so many waiting events is dropped.
  static constexpr size_t kMaxWaiting = 10000;

  void onEvent(const StreamingQueryEvent& event) override;

  /// The event of the start of that run, once.
  std::optional<std::string> takeStarted(const std::string& runId);

  /// What has come since the last call, as soon as there is something; empty after close() or stop.
  std::vector<StreamingQueryEvent> wait(const std::stop_token& stop);

  void close();

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<StreamingQueryEvent> waiting_;
  std::map<std::string, std::string> started_;
  bool isClosed_ = false;
};

}  // namespace spate::connect
