#include "spate/base/Clock.h"

namespace spate {

void WakeUp::notify() {
  {
    std::lock_guard lock(mutex_);
    raised_ = true;
  }
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
  bool timeCame = false;
  {
    std::unique_lock lock(wakeUp.mutex_);
    wakeUp.changed_.wait(lock, [&] {
      timeCame = deadline && now_.load() >= *deadline;
      return wakeUp.raised_ || timeCame;
    });
    if (wakeUp.raised_) {
      wakeUp.raised_ = false;
      timeCame = false;
    }
  }
  std::lock_guard lock(mutex_);
  std::erase_if(waiters_, [&](const Waiter& w) { return w.wakeUp == &wakeUp; });
  return timeCame;
}

void ManualClock::setTime(Timestamp t) {
  // The list's mutex is held to the end: a waiter leaves the list, and may be destroyed, only
  // under it. Taking each waiter's own mutex before notifying means none can miss the change.
  std::lock_guard lock(mutex_);
  if (t > now_.load()) now_.store(t);
  for (const Waiter& waiter : waiters_) {
    { std::lock_guard waiting(waiter.wakeUp->mutex_); }
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
