#include "spate/connect/ListenerBus.h"

#include <iterator>
#include <utility>

namespace spate::connect {

void ListenerBus::onEvent(const StreamingQueryEvent& event) {
  const std::lock_guard lock(mutex_);
  if (isClosed_) return;
  if (event.type == StreamingQueryEventType::kStarted) {
    started_[event.runId] = event.json;
    return;
  }
  if (waiting_.size() >= kMaxWaiting) return;
  waiting_.push_back(event);
  changed_.notify_all();
}

std::optional<std::string> ListenerBus::takeStarted(const std::string& runId) {
  const std::lock_guard lock(mutex_);
  const auto found = started_.find(runId);
  if (found == started_.end()) return std::nullopt;
  std::optional<std::string> json = std::move(found->second);
  started_.erase(found);
  return json;
}

std::vector<StreamingQueryEvent> ListenerBus::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return isClosed_ || !waiting_.empty(); });
  if (stop.stop_requested()) return {};
  // What came before the close is still given out.
  std::vector<StreamingQueryEvent> events(std::make_move_iterator(waiting_.begin()),
                                          std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  return events;
}

void ListenerBus::close() {
  const std::lock_guard lock(mutex_);
  isClosed_ = true;
  changed_.notify_all();
}

}  // namespace spate::connect
