#include "spate/dstream/BlockGenerator.h"

#include <fmt/core.h>

#include <utility>

#include "spate/base/Logging.h"

namespace spate {

BlockGenerator::BlockGenerator(Options options) : options_(std::move(options)) {}

BlockGenerator::~BlockGenerator() { stop(); }

Timestamp BlockGenerator::endAfter(Timestamp now) const {
  const Micros sinceEpoch = now.time_since_epoch();
  return Timestamp((sinceEpoch / options_.interval + 1) * options_.interval);
}

void BlockGenerator::start() {
  std::lock_guard lock(mutex_);
  if (active_ || stopping_) return;
  active_ = true;
  intervalEnd_ = endAfter(options_.clock->now());
  thread_ = std::thread([this] { run(); });
}

void BlockGenerator::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    active_ = false;
  }
  roomMade_.notify_all();
  wakeUp_.notify();
  if (thread_.joinable()) thread_.join();
}

Status BlockGenerator::admit(std::unique_lock<std::mutex>& lock) {
  while (active_) {
    if (endInterval(options_.clock->now())) {
      if (current_.bytes.size() < options_.maxBlockBytes) return Status::OK();
      if (queue_.size() < options_.queueSize) {
        seal(options_.clock->now());
        wakeUp_.notify();
        return Status::OK();
      }
    }
    roomMade_.wait(lock);
  }
  return Status::cancelled(
      "Cannot add data as BlockGenerator has not been started or has been stopped");
}

bool BlockGenerator::endInterval(Timestamp now) {
  if (now < intervalEnd_) return true;
  if (current_.count > 0) {
    if (queue_.size() >= options_.queueSize) return false;
    seal(intervalEnd_);
  }
  intervalEnd_ = endAfter(now);
  return true;
}

void BlockGenerator::seal(Timestamp time) { queue_.push_back({std::exchange(current_, {}), time}); }

void BlockGenerator::run() {
  std::unique_lock lock(mutex_);
  bool cancelled = false;
  while (true) {
    if (!queue_.empty()) {
      Sealed next = std::move(queue_.front());
      lock.unlock();
      const size_t count = next.buffer.count;
      if (!cancelled)
        cancelled =
            options_.push(std::move(next.buffer), next.time).code() == StatusCode::kCancelled;
      if (cancelled)
        logError("BlockGenerator", fmt::format("{} received records are not stored", count));
      lock.lock();
      queue_.pop_front();
      endInterval(options_.clock->now());
      roomMade_.notify_all();
      continue;
    }
    if (stopping_) {
      if (current_.count == 0) return;
      seal(options_.clock->now());
      continue;
    }
    const Timestamp end = intervalEnd_;
    lock.unlock();
    options_.clock->waitUntil(wakeUp_, end);
    lock.lock();
    endInterval(options_.clock->now());
  }
}

}  // namespace spate
