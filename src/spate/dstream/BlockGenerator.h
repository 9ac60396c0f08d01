#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "spate/base/Clock.h"
#include "spate/base/Status.h"

namespace spate {

/// Records that were not yet stored, in one of two forms.
struct RecordBuffer {
  /// A std::vector<T>.
  std::shared_ptr<void> elements;
  /// The records by Codec<T>, one behind the other.
  std::string bytes;
  size_t count = 0;
};

/// Cuts the records that a receiver stores one by one into blocks, one per block interval. Spark's
/// BlockGenerator.
///
/// In      records, appended to a buffer
/// Out     blocks, through `push`, in order, from a thread of its own; a block's time is when its
///         interval ended. A buffer that grows very large becomes a block before its time
/// Kept    at most queueSize blocks that wait for push(); then append() waits, too
/// Errors  append: kCancelled once stopped. What push() returns is its own affair: it is not asked
///         to try again, except that after kCancelled nothing more is pushed
/// Threads append from any; start and stop from one
class BlockGenerator {
 public:
  struct Options {
    Micros interval = Millis(200);
    size_t queueSize = 10;
    size_t maxBlockBytes = size_t{64} << 20;
    std::shared_ptr<Clock> clock;
    std::function<Status(RecordBuffer, Timestamp)> push;
  };
  explicit BlockGenerator(Options options);
  ~BlockGenerator();

  void start();
  /// Takes no more records, pushes those it has, and returns when that is done.
  void stop();

  /// Calls write(RecordBuffer&) on the buffer of the current interval, with no other writer in it.
  template <class Write>
  Status append(Write&& write) {
    std::unique_lock lock(mutex_);
    Status admitted = admit(lock);
    if (admitted.ok()) write(current_);
    return admitted;
  }

 private:
  struct Sealed {
    RecordBuffer buffer;
    Timestamp time;
  };

  Status admit(std::unique_lock<std::mutex>& lock);
  void seal(Timestamp time);
  /// Ends the interval if it is time; false when there is no room for its block.
  bool endInterval(Timestamp now);
  Timestamp endAfter(Timestamp now) const;
  void run();

  const Options options_;
  WakeUp wakeUp_;
  std::mutex mutex_;
  std::condition_variable roomMade_;
  RecordBuffer current_;
  std::deque<Sealed> queue_;
  Timestamp intervalEnd_{};
  bool active_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace spate
