#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace spate {

/// A function of the user threw; carries the operation it was given to. what() is
/// "OPERATION: MESSAGE".
class UserCodeError : public std::runtime_error {
 public:
  UserCodeError(const std::string& operation, const std::string& message)
      : std::runtime_error(operation + ": " + message), operation_(operation) {}
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
