#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "spate/base/Clock.h"

namespace spate {

/// A stop that any number of threads can wait beside: raised once, it ends all their waits.
///
/// Threads: all functions from any thread.
class StopSignal {
 public:
  void raise();
  bool raised() const;
  /// Blocks until `deadline` (empty: for ever) or the stop; true when it was the deadline.
  bool waitUntil(Clock& clock, std::optional<Timestamp> deadline);

 private:
  mutable std::mutex mutex_;
  bool raised_ = false;
  std::vector<WakeUp*> waiting_;
};

}  // namespace spate
