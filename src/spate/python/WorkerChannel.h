#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "spate/base/Status.h"
#include "spate/python/WaitForFile.h"

namespace spate::python {

/// A Unix socket with Spark's way of writing numbers and texts on it.
///
/// Errors kIoError: the other side is gone; kCancelled: `stop`, or `timeout` is over
/// Threads one reads while another writes; else one
class WorkerChannel {
 public:
  /// Owns the socket.
  explicit WorkerChannel(int socket) : socket_(socket) {}
  WorkerChannel(WorkerChannel&& other) noexcept;
  WorkerChannel& operator=(WorkerChannel&& other) noexcept;
  WorkerChannel(const WorkerChannel&) = delete;
  WorkerChannel& operator=(const WorkerChannel&) = delete;
  ~WorkerChannel();

  static Result<WorkerChannel> connect(const std::string& path);

  // --- writing is kept together until flush()
  void writeInt(int32_t value);
  void writeLong(int64_t value);
  void writeBool(bool value);
  /// With its length in front.
  void writeText(std::string_view text);
  void writeBytes(std::string_view bytes) { unsent_.append(bytes); }
  /// Gives away what is not sent, instead of sending it.
  std::string takeUnsent() { return std::exchange(unsent_, {}); }
  Status flush(const std::stop_token& stop);

  Result<int32_t> readInt(const std::stop_token& stop, Deadline deadline = Deadline::max());
  Result<int64_t> readLong(const std::stop_token& stop);
  /// Errors kCorrupt: a length that no text has
  Result<std::string> readText(const std::stop_token& stop);
  /// Up to `size` bytes, as soon as there are some; 0 at the end.
  Result<size_t> readSome(char* bytes, size_t size, const std::stop_token& stop,
                          Deadline deadline = Deadline::max());
  Status readExactly(char* bytes, size_t size, const std::stop_token& stop,
                     Deadline deadline = Deadline::max());

  /// The other side is there, and says nothing.
  bool isQuiet() const;
  /// Says that nothing more is written.
  void close();

 private:
  int socket_ = -1;
  std::string unsent_;
};

/// Listens on a Unix socket in a directory of its own, which is gone with this object.
class WorkerListener {
 public:
  static Result<WorkerListener> make();
  WorkerListener(WorkerListener&& other) noexcept;
  WorkerListener& operator=(WorkerListener&& other) = delete;
  WorkerListener(const WorkerListener&) = delete;
  WorkerListener& operator=(const WorkerListener&) = delete;
  ~WorkerListener();

  const std::string& path() const { return path_; }
  const std::string& folder() const { return folder_; }
  Result<WorkerChannel> accept(const std::stop_token& stop, Deadline deadline);

 private:
  WorkerListener() = default;
  std::string folder_;
  std::string path_;
  int socket_ = -1;
};

}  // namespace spate::python
