#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "spate/dstream/StreamingListener.h"

namespace spate {

/// Passes events to the listeners of a context.
///
/// Threads: any; one event at a time.
class StreamingListenerBus {
 public:
  void add(std::shared_ptr<StreamingListener> listener);
  void remove(const std::shared_ptr<StreamingListener>& listener);
  /// Calls event(listener) for each; what one throws is logged.
  void post(const std::function<void(StreamingListener&)>& event);

 private:
  std::mutex mutex_;
  std::recursive_mutex posting_;
  std::vector<std::shared_ptr<StreamingListener>> listeners_;
};

}  // namespace spate
