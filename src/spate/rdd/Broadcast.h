#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "spate/types/Exceptions.h"

namespace spate {

/// A value that tasks read: one copy for all of them. Capture it by value in their functions.
///
/// Errors: any use after destroy() throws SparkException with Spark's message.
/// Threads: any; the value is const.
template <class T>
class Broadcast {
 public:
  Broadcast(int64_t id, T value)
      : state_(std::make_shared<State>(id, std::make_shared<const T>(std::move(value)))) {}

  int64_t id() const { return state_->id; }
  /// Valid as long as a copy of this Broadcast is there and destroy() was not called.
  const T& value() const { return *use(); }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }

  /// Spark drops the copies on the executors here; there are none, so nothing is given up.
  void unpersist(bool blocking = false) const {
    static_cast<void>(blocking);
    use();
  }
  /// Frees the value. Tasks that run must not use it any more.
  void destroy() const {
    use();
    std::lock_guard lock(state_->mutex);
    state_->value = nullptr;
  }
  std::string toString() const { return "Broadcast(" + std::to_string(state_->id) + ")"; }

 private:
  struct State {
    State(int64_t i, std::shared_ptr<const T> v) : id(i), value(std::move(v)) {}
    const int64_t id;
    std::mutex mutex;
    std::shared_ptr<const T> value;
  };

  const T* use() const {
    std::lock_guard lock(state_->mutex);
    if (!state_->value)
      throw SparkException("Attempted to use " + toString() + " after it was destroyed (destroy)");
    return state_->value.get();
  }

  std::shared_ptr<State> state_;
};

}  // namespace spate
