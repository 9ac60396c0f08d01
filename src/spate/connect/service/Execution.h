#pragma once

#include "spate/connect/Operation.h"
#include "spate/connect/ServedSession.h"
#include "spate/connect/service/PlanReader.h"

namespace spark::connect {
class Command;
class ExecutePlanRequest;
}  // namespace spark::connect

namespace spate::connect {

class Answers;

/// Executes the plan of a request and puts all answers into the operation's buffer, but for what
/// says how it ended.
///
/// Errors Spark's; OPERATION_CANCELED after an interrupt
/// Threads the operation's own
Status execute(ServedSession& session, Operation& operation,
               const ::spark::connect::ExecutePlanRequest& request);

/// Reads plans with the artifacts of a session.
PlanReader readerFor(ServedSession& session);

/// The commands of streaming queries: start, query.*, spark.streams.*, the listener bus. False:
/// the command is another one.
Result<bool> runStreamingCommand(ServedSession& session, Operation& operation,
                                 const ::spark::connect::Command& command, Answers& answers);

}  // namespace spate::connect
