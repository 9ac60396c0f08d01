#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "spate/base/Time.h"

namespace spate {

/// A flag that one thread waits for and any thread raises: how an event (data, a stop) wakes a
/// loop that otherwise waits for a time.
///
/// Threads: notify() from any; one waiter at a time, through Clock::waitUntil.
class WakeUp {
 public:
  /// Raises the flag. The next (or current) wait returns at once and lowers it.
  void notify();

 private:
  friend class SystemClock;
  friend class ManualClock;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

/// The time, and the only way to wait for it. Everything that depends on time gets a Clock, so
/// that a test can move it by hand.
///
/// Threads: all functions from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual Timestamp now() const = 0;

  /// Blocks until `deadline` has come (returns true) or `wakeUp` was raised (returns false; the
  /// flag is lowered). Without a deadline only the flag ends it.
  virtual bool waitUntil(WakeUp& wakeUp, std::optional<Timestamp> deadline) = 0;

  /// The machine's clock; one shared object.
  static std::shared_ptr<Clock> system();
};

/// The machine's wall clock.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  bool waitUntil(WakeUp& wakeUp, std::optional<Timestamp> deadline) override;
};

/// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp{}) : now_(start) {}

  Timestamp now() const override;
  bool waitUntil(WakeUp& wakeUp, std::optional<Timestamp> deadline) override;

  /// Moves the time (never back) and wakes whoever waited for it.
  void setTime(Timestamp t);
  void advance(Micros by);

  /// Blocks until `waiters` threads (at least 1) wait for times later than now(), none for an
  /// earlier one, and no waiting thread has been woken: all that was due has run. Returns the
  /// earliest of those times. Threads that wait without a deadline do not count.
  Timestamp waitUntilIdle(int waiters = 1);

 private:
  struct Waiter {
    WakeUp* wakeUp;
    std::optional<Timestamp> deadline;
  };

  std::mutex mutex_;
  std::condition_variable waitersChanged_;
  // Atomic, not under mutex_: a waiter reads it while it holds its WakeUp's mutex.
  std::atomic<Timestamp> now_;
  std::vector<Waiter> waiters_;
};

}  // namespace spate
