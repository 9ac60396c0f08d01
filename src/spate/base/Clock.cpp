#include "spate/base/Clock.h"

#include <utility>

namespace spate {

void WakeUp::notify() {
  // Notified under the mutex: once the waiter has returned it may destroy this object.
  std::lock_guard lock(mutex_);
  raised_ = true;
  changed_.notify_all();
}

std::shared_ptr<Clock> Clock::system() {
  static const std::shared_ptr<Clock> clock = std::make_shared<SystemClock>();
  return clock;
}

Timestamp SystemClock::now() const {
  return std::chrono::floor<Micros>(std::chrono::system_clock::now());
}

bool SystemClock::waitUntil(WakeUp& wakeUp, std::optional<Timestamp> deadline) {
  std::unique_lock lock(wakeUp.mutex_);
  const auto raised = [&] { return wakeUp.raised_; };
  if (!deadline) {
    wakeUp.changed_.wait(lock, raised);
  } else if (!wakeUp.changed_.wait_until(lock, *deadline, raised)) {
    return true;
  }
  wakeUp.raised_ = false;
  return false;
}

Timestamp ManualClock::now() const { return now_.load(); }

bool ManualClock::waitUntil(WakeUp& wakeUp, std::optional<Timestamp> deadline) {
  {
    std::lock_guard lock(mutex_);
    waiters_.push_back({&wakeUp, deadline});
  }
  waitersChanged_.notify_all();
  {
    std::unique_lock lock(wakeUp.mutex_);
    wakeUp.changed_.wait(lock,
                         [&] { return wakeUp.raised_ || (deadline && now_.load() >= *deadline); });
  }
  // The flag is lowered in one step with leaving the list, so that waitUntilIdle() never takes a
  // thread that was woken for one that waits.
  bool raised = false;
  {
    std::lock_guard lock(mutex_);
    std::lock_guard flag(wakeUp.mutex_);
    raised = std::exchange(wakeUp.raised_, false);
    std::erase_if(waiters_, [&](const Waiter& w) { return w.wakeUp == &wakeUp; });
  }
  waitersChanged_.notify_all();
  return !raised;
}

void ManualClock::setTime(Timestamp t) {
  // The list's mutex is held to the end: a waiter leaves the list, and may be destroyed, only
  // under it. Taking each waiter's own mutex before notifying means none can miss the change.
  std::lock_guard lock(mutex_);
  if (t > now_.load()) now_.store(t);
  for (const Waiter& waiter : waiters_) {
    {
      std::lock_guard waiting(waiter.wakeUp->mutex_);
    }
    waiter.wakeUp->changed_.notify_all();
  }
}

void ManualClock::advance(Micros by) { setTime(now() + by); }

Timestamp ManualClock::waitUntilIdle(int waiters) {
  std::unique_lock lock(mutex_);
  std::optional<Timestamp> next;
  waitersChanged_.wait(lock, [&] {
    int waiting = 0;
    next.reset();
    for (const Waiter& waiter : waiters_) {
      {
        std::lock_guard flag(waiter.wakeUp->mutex_);
        if (waiter.wakeUp->raised_) return false;
      }
      if (!waiter.deadline) continue;
      if (*waiter.deadline <= now_.load()) return false;
      ++waiting;
      if (!next || *waiter.deadline < *next) next = waiter.deadline;
    }
    return waiting >= waiters;
  });
  return *next;
}

}  // namespace spate
