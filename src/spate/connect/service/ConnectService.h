#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "spate/connect/service/RequestParsing.h"

namespace grpc {
class Service;
}

namespace spate::connect {

class OperationThreads;
class SessionTable;

struct ServiceOptions {
  /// Empty: none is asked for.
  std::string token;
  /// A stream of answers ends after so long, and the client attaches another one: neither may take
  /// a connection for dead.
  std::chrono::milliseconds maxStreamTime{std::chrono::minutes(2)};
};

/// The gRPC service over the sessions of `sessions`; both must live longer.
std::unique_ptr<grpc::Service> makeConnectService(SessionTable& sessions, OperationThreads& threads,
                                                  ServiceOptions options);

}  // namespace spate::connect
