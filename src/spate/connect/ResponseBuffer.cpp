#include "spate/connect/ResponseBuffer.h"

#include <algorithm>
#include <utility>

#include "spate/connect/ErrorDetails.h"

namespace spate::connect {

bool ResponseBuffer::add(std::string id, std::shared_ptr<const Response> response) {
  const size_t bytes = response->byteSize();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return isClosed_ || unsentBytes_ < maxUnsentBytes_; });
  if (isClosed_) return false;
  entries_.push_back({std::move(id), std::move(response), bytes});
  unsentBytes_ += bytes;
  changed_.notify_all();
  return true;
}

void ResponseBuffer::finish(Status outcome) {
  const std::lock_guard lock(mutex_);
  if (!outcome_) outcome_ = std::move(outcome);
  changed_.notify_all();
}

void ResponseBuffer::close() {
  const std::lock_guard lock(mutex_);
  isClosed_ = true;
  changed_.notify_all();
}

Result<uint64_t> ResponseBuffer::attach(const std::optional<std::string>& lastId) {
  const std::lock_guard lock(mutex_);
  uint64_t next = firstIndex_;
  // A client releases what it has read; the release may be here before the new stream.
  if (lastId && (lastReleased_.empty() || *lastId != lastReleased_)) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.id == *lastId; });
    if (found == entries_.end()) return failure(invalidCursor("POSITION_NOT_FOUND", *lastId));
    next = firstIndex_ + static_cast<uint64_t>(found - entries_.begin()) + 1;
  }
  nextIndex_ = next;
  isAttached_ = true;
  ++stream_;
  changed_.notify_all();
  return stream_;
}

ResponseBuffer::Taken ResponseBuffer::take(uint64_t stream, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto hasNext = [&] { return nextIndex_ < firstIndex_ + entries_.size(); };
  const bool isReady = changed_.wait_until(
      lock, deadline, [&] { return stream != stream_ || isClosed_ || hasNext() || outcome_; });
  Taken taken;
  if (stream != stream_ || isClosed_) {
    taken.kind = Taken::Kind::kDisconnected;
  } else if (!isReady) {
    taken.kind = Taken::Kind::kTimeout;
  } else if (hasNext()) {
    const Entry& entry = entries_[nextIndex_ - firstIndex_];
    taken = {Taken::Kind::kResponse, entry.response, entry.id, {}};
    if (nextIndex_ >= sentIndex_) {
      unsentBytes_ -= entry.bytes;
      sentIndex_ = nextIndex_ + 1;
      changed_.notify_all();
    }
    ++nextIndex_;
  } else {
    taken = {Taken::Kind::kEnd, nullptr, {}, *outcome_};
  }
  return taken;
}

void ResponseBuffer::detach(uint64_t stream) {
  const std::lock_guard lock(mutex_);
  if (stream != stream_) return;
  isAttached_ = false;
  detachedSince_ = Clock::now();
}

void ResponseBuffer::releaseUntil(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.id == id; });
  if (found == entries_.end()) return;
  const auto count = static_cast<uint64_t>(found - entries_.begin()) + 1;
  for (uint64_t i = 0; i < count; ++i) {
    lastReleased_ = entries_.front().id;
    if (firstIndex_ >= sentIndex_) unsentBytes_ -= entries_.front().bytes;
    entries_.pop_front();
    ++firstIndex_;
  }
  sentIndex_ = std::max(sentIndex_, firstIndex_);
  nextIndex_ = std::max(nextIndex_, firstIndex_);
  changed_.notify_all();
}

bool ResponseBuffer::isFinished() const {
  const std::lock_guard lock(mutex_);
  return outcome_.has_value();
}

bool ResponseBuffer::hasFailed() const {
  const std::lock_guard lock(mutex_);
  return outcome_.has_value() && !outcome_->ok();
}

std::optional<ResponseBuffer::Clock::time_point> ResponseBuffer::detachedSince() const {
  const std::lock_guard lock(mutex_);
  if (isAttached_) return std::nullopt;
  return detachedSince_;
}

}  // namespace spate::connect
