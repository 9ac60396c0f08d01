#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "spate/base/Status.h"

namespace spate {

/// A TCP connection that is only read from, and whose every wait another thread can end.
///
/// Errors  kIoError: no such host, refused, reset, with the system's words; kCancelled: interrupted
/// Threads interrupt() from any; the rest from one
class SocketConnection {
 public:
  SocketConnection();
  ~SocketConnection();
  SocketConnection(const SocketConnection&) = delete;
  SocketConnection& operator=(const SocketConnection&) = delete;

  /// Tries all addresses of the host, IPv4 and IPv6. A look-up of a name cannot be interrupted.
  Status connect(const std::string& host, int port);
  /// At least one byte, or 0 at the end of the stream.
  Result<size_t> read(char* buffer, size_t size);
  /// Every wait ends at once with kCancelled, now and later.
  void interrupt();

 private:
  Status waitFor(short events);
  Status connectTo(const void* address);

  int socket_ = -1;
  int interrupt_ = -1;
};

}  // namespace spate
