#pragma once

#include "spate/connect/Operation.h"
#include "spate/connect/ServedSession.h"

namespace spark::connect {
class ExecutePlanResponse;
}

namespace spate::connect {

/// Puts the answers of an operation into its buffer.
///
/// Threads the operation's own
class Answers {
 public:
  Answers(ServedSession& session, Operation& operation)
      : session_(session), operation_(operation) {}

  /// A message with the ids that every one must have; the response id is new.
  ::spark::connect::ExecutePlanResponse make() const;

  /// Errors kCancelled: the operation was interrupted, or nobody reads any more
  Status send(::spark::connect::ExecutePlanResponse answer);

 private:
  ServedSession& session_;
  Operation& operation_;
};

/// The message in an answer that Answers sent.
const ::spark::connect::ExecutePlanResponse& messageOf(const Response& response);

}  // namespace spate::connect
