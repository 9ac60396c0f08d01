#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "spate/base/Status.h"

namespace spate::connect {

/// One answer of an operation, in the form of the protocol; only `service` knows which.
class Response {
 public:
  virtual ~Response() = default;
  virtual size_t byteSize() const = 0;
};

/// The answers of one operation: its thread adds them, the stream that is attached takes them one
/// after the other, and a stream that takes its place may take again what was not released.
///
/// The thread that adds waits while more than `maxUnsentBytes` were never taken: a client that
/// reads slowly slows the operation down.
///
/// Threads add, finish, take, release and close from any thread
class ResponseBuffer {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kMaxUnsentBytes = size_t{32} << 20;

  explicit ResponseBuffer(size_t maxUnsentBytes = kMaxUnsentBytes)
      : maxUnsentBytes_(maxUnsentBytes) {}

  /// False: the buffer was closed and nobody will read this or anything else.
  bool add(std::string id, std::shared_ptr<const Response> response);

  /// No answer follows: all went well, or the error that follows the last answer.
  void finish(Status outcome);

  /// Nobody reads any more; who waits comes back.
  void close();

  /// A new stream: earlier ones are told so by take(). Continues behind the answer with that id, or
  /// from the first that is left.
  ///
  /// Errors INVALID_CURSOR.POSITION_NOT_FOUND (never was one, or one behind it is released)
  Result<uint64_t> attach(const std::optional<std::string>& lastId);

  struct Taken {
    enum class Kind : uint8_t {
      kResponse,
      kEnd,           ///< all answers were taken; `outcome` is that of finish()
      kTimeout,       ///< nothing came until the deadline
      kDisconnected,  ///< another stream was attached, or the buffer closed
    };
    Kind kind = Kind::kTimeout;
    std::shared_ptr<const Response> response;
    std::string id;
    Status outcome;
  };
  /// The next answer for the stream that attach() gave `stream` to.
  Taken take(uint64_t stream, Clock::time_point deadline);

  /// A stream went away, with or without the end.
  void detach(uint64_t stream);

  /// Forgets the answers up to and with that id. An id that is not there (released before) is fine.
  void releaseUntil(const std::string& id);

  bool isFinished() const;
  /// Finished, and not well.
  bool hasFailed() const;
  /// Since when no stream is attached; none while one is.
  std::optional<Clock::time_point> detachedSince() const;

 private:
  struct Entry {
    std::string id;
    std::shared_ptr<const Response> response;
    size_t bytes = 0;
  };

  const size_t maxUnsentBytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  std::string lastReleased_;
  uint64_t firstIndex_ = 0;  ///< of entries_.front(), counted over the life of the operation
  uint64_t nextIndex_ = 0;   ///< what the attached stream takes next
  uint64_t sentIndex_ = 0;   ///< up to here answers were taken at least once
  size_t unsentBytes_ = 0;
  uint64_t stream_ = 0;
  bool isAttached_ = false;
  Clock::time_point detachedSince_ = Clock::now();
  bool isClosed_ = false;
  std::optional<Status> outcome_;
};

}  // namespace spate::connect
