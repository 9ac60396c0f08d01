#include "spate/dstream/SocketConnection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace spate {
namespace {

Status systemError(int error) { return Status::ioError(std::generic_category().message(error)); }

}  // namespace

SocketConnection::SocketConnection() : interrupt_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

SocketConnection::~SocketConnection() {
  if (socket_ >= 0) ::close(socket_);
  if (interrupt_ >= 0) ::close(interrupt_);
}

void SocketConnection::interrupt() {
  const uint64_t one = 1;
  // Fails only when it was raised 2^64 times already.
  static_cast<void>(!::write(interrupt_, &one, sizeof(one)));
}

Status SocketConnection::waitFor(short events) {
  pollfd waits[2] = {{socket_, events, 0}, {interrupt_, POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0) {
    if (errno != EINTR) return systemError(errno);
  }
  return waits[1].revents != 0 ? Status::cancelled("interrupted") : Status::OK();
}

Status SocketConnection::connectTo(const void* info) {
  const auto& address = *static_cast<const addrinfo*>(info);
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     address.ai_protocol);
  if (socket_ < 0) return systemError(errno);
  if (::connect(socket_, address.ai_addr, address.ai_addrlen) == 0) return Status::OK();
  if (errno != EINPROGRESS) return systemError(errno);
  SPATE_RETURN_IF_ERROR(waitFor(POLLOUT));
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return systemError(errno);
  return error == 0 ? Status::OK() : systemError(error);
}

Status SocketConnection::connect(const std::string& host, int port) {
  if (interrupt_ < 0) return Status::ioError("out of file descriptors");
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return Status::ioError(::gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  Status status = Status::ioError("the host has no address");
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    status = connectTo(at);
    if (status.ok() || status.code() == StatusCode::kCancelled) break;
  }
  return status;
}

Result<size_t> SocketConnection::read(char* buffer, size_t size) {
  while (true) {
    SPATE_FAIL_IF_ERROR(waitFor(POLLIN));
    const ssize_t got = ::read(socket_, buffer, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR && errno != EAGAIN) return failure(systemError(errno));
  }
}

}  // namespace spate
