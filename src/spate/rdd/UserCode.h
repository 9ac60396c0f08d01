#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "spate/types/Exceptions.h"

namespace spate {

/// A function of the user threw; carries the operation it was given to. what() is
/// "OPERATION: MESSAGE". A full disk stays a full disk (StatusCode::kDiskFull): a batch can wait
/// for space, whoever noticed.
class UserCodeError : public SparkException {
 public:
  UserCodeError(std::string operation, const Status& cause)
      : SparkException(Status(cause.code(), cause.message())
                           .withErrorClass(cause.errorClass(), cause.sqlState(), cause.parameters())
                           .withContext(operation)),
        operation_(std::move(operation)) {}
  const std::string& operation() const { return operation_; }

 private:
  std::string operation_;
};

/// Call in a catch (...) block: throws the current exception on as a UserCodeError of
/// `operation`, unless it is one already (of an inner operation).
[[noreturn]] void rethrowAsUserCode(const std::string& operation);

/// Calls a user's function. Costs nothing unless it throws (exception tables, no branch).
/// `node` is any object with `std::string operationName() const`.
template <class NodeLike, class F, class... Args>
inline decltype(auto) callUser(const NodeLike& node, F&& f, Args&&... args) {
  try {
    return std::forward<F>(f)(std::forward<Args>(args)...);
  } catch (...) {
    rethrowAsUserCode(node.operationName());
  }
}

}  // namespace spate
