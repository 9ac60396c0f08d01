#pragma once

#include <map>
#include <string>
#include <vector>

#include "spate/base/Status.h"

namespace spate::connect {

/// A Status in the terms in which Spark tells its clients about errors: google.rpc.ErrorInfo and
/// FetchErrorDetailsResponse are filled from it.
struct ErrorDetails {
  /// Java's names of the exception and of what it derives from; clients choose their exception by
  /// the first one that they know.
  std::vector<std::string> classes;
  /// "[CLASS] message SQLSTATE: 22012", or the bare message of an error without class.
  std::string message;
  std::string errorClass;
  std::string sqlState;
  std::map<std::string, std::string> parameters;
};

ErrorDetails describeError(const Status& status);

/// The classes of `details` and its parameters as JSON texts, which is how ErrorInfo carries them.
std::string jsonOf(const std::vector<std::string>& texts);
std::string jsonOf(const std::map<std::string, std::string>& texts);

// --- errors of the protocol itself
/// INVALID_HANDLE.<condition>, such as SESSION_NOT_FOUND or OPERATION_NOT_FOUND.
Status invalidHandle(const std::string& condition, const std::string& handle);
/// INVALID_CURSOR.<condition>, such as POSITION_NOT_FOUND.
Status invalidCursor(const std::string& condition, const std::string& responseId);
/// CONNECT_INVALID_PLAN: the message is none that a client would send.
Status invalidPlan(const std::string& what);
/// UNSUPPORTED_FEATURE: a message of Spark Connect that is understood and not served.
Status unsupportedFeature(const std::string& what);
/// OPERATION_CANCELED: somebody interrupted it.
Status operationCanceled();

}  // namespace spate::connect
