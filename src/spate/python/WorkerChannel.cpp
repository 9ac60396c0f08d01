#include "spate/python/WorkerChannel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "spate/python/WaitForFile.h"

namespace spate::python {
namespace {

constexpr int32_t kMaxText = 1 << 30;

Status errorOf(const std::string& what) {
  return Status::ioError(what + ": " + std::strerror(errno));
}

template <class Number>
void append(std::string* bytes, Number value) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
    bytes->push_back(static_cast<char>(value >> shift));
  }
}

template <class Number>
Number decode(const unsigned char* bytes) {
  Number value = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) {
    value = static_cast<Number>((static_cast<uint64_t>(value) << 8) | bytes[i]);
  }
  return value;
}

}  // namespace

WorkerChannel::WorkerChannel(WorkerChannel&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), unsent_(std::move(other.unsent_)) {}

WorkerChannel& WorkerChannel::operator=(WorkerChannel&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(unsent_, other.unsent_);
  return *this;
}

WorkerChannel::~WorkerChannel() { close(); }

void WorkerChannel::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

Result<WorkerChannel> WorkerChannel::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return failure(Status::ioError("The path of a socket is too long: " + path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  WorkerChannel channel(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(channel.socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
      0) {
    return failure(errorOf("Cannot connect to " + path));
  }
  return channel;
}

bool WorkerChannel::isQuiet() const {
  char byte = 0;
  const ssize_t count = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void WorkerChannel::writeInt(int32_t value) { append(&unsent_, value); }
void WorkerChannel::writeLong(int64_t value) { append(&unsent_, value); }
void WorkerChannel::writeBool(bool value) { unsent_.push_back(value ? 1 : 0); }

void WorkerChannel::writeText(std::string_view text) {
  writeInt(static_cast<int32_t>(text.size()));
  unsent_.append(text);
}

Status WorkerChannel::flush(const std::stop_token& stop) {
  std::string_view left = unsent_;
  while (!left.empty()) {
    const ssize_t count = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      left.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      SPATE_RETURN_IF_ERROR(waitForFile(socket_, POLLOUT, stop, Deadline::max()));
    } else if (errno != EINTR) {
      return errorOf("A Python worker is gone");
    }
  }
  unsent_.clear();
  return Status::OK();
}

Result<size_t> WorkerChannel::readSome(char* bytes, size_t size, const std::stop_token& stop,
                                       Deadline deadline) {
  while (true) {
    const ssize_t count = ::recv(socket_, bytes, size, MSG_DONTWAIT);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      SPATE_FAIL_IF_ERROR(waitForFile(socket_, POLLIN, stop, deadline));
    } else if (errno != EINTR) {
      return failure(errorOf("A Python worker is gone"));
    }
  }
}

Status WorkerChannel::readExactly(char* bytes, size_t size, const std::stop_token& stop,
                                  Deadline deadline) {
  while (size > 0) {
    SPATE_ASSIGN_OR_RETURN(const size_t count, readSome(bytes, size, stop, deadline));
    if (count == 0) return Status::ioError("A Python worker ended without an answer");
    bytes += count;
    size -= count;
  }
  return Status::OK();
}

Result<int32_t> WorkerChannel::readInt(const std::stop_token& stop, Deadline deadline) {
  unsigned char bytes[4];
  SPATE_FAIL_IF_ERROR(readExactly(reinterpret_cast<char*>(bytes), sizeof(bytes), stop, deadline));
  return decode<int32_t>(bytes);
}

Result<int64_t> WorkerChannel::readLong(const std::stop_token& stop) {
  unsigned char bytes[8];
  SPATE_FAIL_IF_ERROR(readExactly(reinterpret_cast<char*>(bytes), sizeof(bytes), stop));
  return decode<int64_t>(bytes);
}

Result<std::string> WorkerChannel::readText(const std::stop_token& stop) {
  SPATE_ASSIGN_OR_FAIL(const int32_t size, readInt(stop));
  if (size < 0 || size > kMaxText) {
    return failure(
        Status::corrupt("A Python worker sends a text of " + std::to_string(size) + " bytes"));
  }
  std::string text(static_cast<size_t>(size), '\0');
  SPATE_FAIL_IF_ERROR(readExactly(text.data(), text.size(), stop));
  return text;
}

WorkerListener::WorkerListener(WorkerListener&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      path_(std::move(other.path_)),
      socket_(std::exchange(other.socket_, -1)) {}

WorkerListener::~WorkerListener() {
  if (socket_ >= 0) ::close(socket_);
  if (folder_.empty()) return;
  ::unlink(path_.c_str());
  ::rmdir(folder_.c_str());
}

Result<WorkerListener> WorkerListener::make() {
  const char* temporary = std::getenv("TMPDIR");
  std::string folder = temporary == nullptr ? "/tmp" : temporary;
  // The path of a socket has room for 107 bytes.
  if (folder.size() > 60) folder = "/tmp";
  folder += "/spate-python-XXXXXX";
  WorkerListener listener;
  if (::mkdtemp(folder.data()) == nullptr) return failure(errorOf("Cannot make " + folder));
  listener.folder_ = folder;
  listener.path_ = folder + "/worker";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, listener.path_.data(), listener.path_.size());
  listener.socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener.socket_ < 0 ||
      ::bind(listener.socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener.socket_, 16) != 0) {
    return failure(errorOf("Cannot listen on " + listener.path_));
  }
  return listener;
}

Result<WorkerChannel> WorkerListener::accept(const std::stop_token& stop, Deadline deadline) {
  SPATE_FAIL_IF_ERROR(waitForFile(socket_, POLLIN, stop, deadline));
  const int accepted = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) return failure(errorOf("Cannot accept a Python worker"));
  return WorkerChannel(accepted);
}

}  // namespace spate::python
