#pragma once

#include <atomic>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "spate/connect/ResponseBuffer.h"

namespace spate::connect {

/// One execution that a client asked for: its answers, and the means to stop it.
///
/// Threads all functions from any thread
class Operation {
 public:
  Operation(std::string id, std::set<std::string> tags, bool isReattachable)
      : id_(std::move(id)), tags_(std::move(tags)), isReattachable_(isReattachable) {}

  const std::string& id() const { return id_; }
  const std::set<std::string>& tags() const { return tags_; }
  bool isReattachable() const { return isReattachable_; }

  ResponseBuffer& responses() { return responses_; }
  const ResponseBuffer& responses() const { return responses_; }

  std::stop_token stopToken() const { return stop_.get_token(); }
  /// Asks it to end; the client is told OPERATION_CANCELED.
  void interrupt() { stop_.request_stop(); }
  /// A user's interrupt passes it by: it goes on for listeners.
  void refuseInterrupts() { isInterruptible_ = false; }
  bool isInterruptible() const { return isInterruptible_; }

 private:
  const std::string id_;
  const std::set<std::string> tags_;
  const bool isReattachable_;
  std::atomic<bool> isInterruptible_{true};
  ResponseBuffer responses_;
  std::stop_source stop_;
};

}  // namespace spate::connect
