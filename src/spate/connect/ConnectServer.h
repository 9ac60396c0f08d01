#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "spate/base/Status.h"
#include "spate/connect/Session.h"

namespace spate::connect {

struct ServerOptions {
  std::string host = "127.0.0.1";
  /// 0: a free one is chosen.
  int port = 15002;
  /// Empty: none is asked for, which only a loopback address may do.
  std::string token;
  /// PEM texts; both or none.
  std::string tlsCertificate;
  std::string tlsKey;
  int maxMessageBytes = 128 << 20;
  /// Sessions that no request came for are closed.
  std::chrono::milliseconds sessionTimeout{std::chrono::hours(1)};
  /// Operations whose client has gone away are stopped.
  std::chrono::milliseconds abandonedTimeout{std::chrono::minutes(5)};
  std::chrono::milliseconds maxStreamTime{std::chrono::minutes(2)};
};

/// True for 127.0.0.0/8, ::1 and localhost.
bool isLoopback(const std::string& host);

/// Serves Spark Connect over gRPC until it is stopped.
///
/// Threads stop() from any thread; it has its own for everything else
class ConnectServer {
 public:
  /// `factory` must live longer.
  ///
  /// Errors kInvalidArgument: an address that is not loopback without a token, half a TLS key pair;
  ///        kIoError: the address cannot be bound
  static Result<std::unique_ptr<ConnectServer>> start(const ServerOptions& options,
                                                      SessionFactory& factory);
  virtual ~ConnectServer() = default;

  virtual int port() const = 0;
  /// Ends what runs, and returns when nothing does.
  virtual void stop() = 0;
};

}  // namespace spate::connect
