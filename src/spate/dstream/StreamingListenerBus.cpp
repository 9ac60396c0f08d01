#include "spate/dstream/StreamingListenerBus.h"

#include <exception>
#include <string>

#include "spate/base/Logging.h"

namespace spate {

void StreamingListenerBus::add(std::shared_ptr<StreamingListener> listener) {
  std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void StreamingListenerBus::remove(const std::shared_ptr<StreamingListener>& listener) {
  std::lock_guard lock(mutex_);
  std::erase(listeners_, listener);
}

void StreamingListenerBus::post(const std::function<void(StreamingListener&)>& event) {
  std::vector<std::shared_ptr<StreamingListener>> listeners;
  {
    std::lock_guard lock(mutex_);
    listeners = listeners_;
  }
  // Recursive: a listener may stop a receiver, which is an event of its own.
  std::lock_guard one(posting_);
  for (const auto& listener : listeners) {
    try {
      event(*listener);
    } catch (const std::exception& e) {
      logError("StreamingListenerBus", std::string("Listener threw an exception: ") + e.what());
    }
  }
}

}  // namespace spate
