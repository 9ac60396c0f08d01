#pragma once

#include "spate/base/Status.h"

namespace spark::connect {
class AnalyzePlanRequest;
class AnalyzePlanResponse;
}  // namespace spark::connect

namespace spate::connect {

class ServedSession;

/// What this server says it is: the version of Spark whose behaviour it follows.
inline constexpr const char* kSparkVersion = "4.3.0";

/// Answers a question about a plan, without running it.
///
/// Errors Spark's
/// Threads any
Status analyze(ServedSession& session, const ::spark::connect::AnalyzePlanRequest& request,
               ::spark::connect::AnalyzePlanResponse* response);

}  // namespace spate::connect
