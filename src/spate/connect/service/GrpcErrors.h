#pragma once

#include <grpcpp/impl/codegen/status.h>

#include <string>

#include "spate/base/Status.h"

namespace spark::connect {
class FetchErrorDetailsResponse;
}

namespace spate::connect {

class ServedSession;

/// A status as gRPC carries it to Spark's clients, with google.rpc.ErrorInfo. With a session its
/// details are kept there, for the client to fetch.
grpc::Status toGrpcStatus(const Status& status, ServedSession* session);

/// What was kept under that id; an empty answer when there is nothing.
void writeErrorDetails(const ServedSession& session, const std::string& errorId,
                       ::spark::connect::FetchErrorDetailsResponse* message);

}  // namespace spate::connect
