#include "spate/dstream/StopSignal.h"

namespace spate {

void StopSignal::raise() {
  // Notified under the mutex: a waiter leaves the list, and may be destroyed, only under it.
  std::lock_guard lock(mutex_);
  raised_ = true;
  for (WakeUp* waiter : waiting_) waiter->notify();
}

bool StopSignal::raised() const {
  std::lock_guard lock(mutex_);
  return raised_;
}

bool StopSignal::waitUntil(Clock& clock, std::optional<Timestamp> deadline) {
  WakeUp wakeUp;
  {
    std::lock_guard lock(mutex_);
    if (raised_) return false;
    waiting_.push_back(&wakeUp);
  }
  const bool came = clock.waitUntil(wakeUp, deadline);
  std::lock_guard lock(mutex_);
  std::erase(waiting_, &wakeUp);
  return came;
}

}  // namespace spate
