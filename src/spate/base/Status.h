#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace spate {

/// What kind of thing went wrong; the part a caller may act on.
enum class StatusCode {
  kOk,
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kIoError,
  /// No space or quota left. The one I/O error that a batch waits out instead of failing for good.
  kDiskFull,
  /// A checksum or a format did not hold: bytes on disk are not what was written.
  kCorrupt,
  kUnsupported,
  kCancelled,
  /// A function given by the user threw.
  kUserCode,
  kInternal,
};

/// The name of a code as it stands in messages: "IoError".
std::string_view toString(StatusCode code);

/// The outcome of a fallible call: ok, or a code with a message for a person and, where Spark has
/// one, Spark's error class, SQLSTATE and message parameters.
///
/// Threads: a value; copies are independent.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status OK() { return {}; }
  static Status invalidArgument(std::string m) {
    return {StatusCode::kInvalidArgument, std::move(m)};
  }
  static Status notFound(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
  static Status alreadyExists(std::string m) { return {StatusCode::kAlreadyExists, std::move(m)}; }
  static Status ioError(std::string m) { return {StatusCode::kIoError, std::move(m)}; }
  static Status diskFull(std::string m) { return {StatusCode::kDiskFull, std::move(m)}; }
  static Status corrupt(std::string m) { return {StatusCode::kCorrupt, std::move(m)}; }
  static Status unsupported(std::string m) { return {StatusCode::kUnsupported, std::move(m)}; }
  static Status cancelled(std::string m) { return {StatusCode::kCancelled, std::move(m)}; }
  static Status userCode(std::string m) { return {StatusCode::kUserCode, std::move(m)}; }
  static Status internal(std::string m) { return {StatusCode::kInternal, std::move(m)}; }

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// Spark's error condition ("STREAM_FAILED"), or empty where Spark has none.
  const std::string& errorClass() const { return errorClass_; }
  const std::string& sqlState() const { return sqlState_; }
  const std::map<std::string, std::string>& parameters() const { return parameters_; }

  Status& withErrorClass(std::string errorClass, std::string sqlState = {},
                         std::map<std::string, std::string> parameters = {}) {
    errorClass_ = std::move(errorClass);
    sqlState_ = std::move(sqlState);
    parameters_ = std::move(parameters);
    return *this;
  }

  /// The same status with "context: " in front of its message; ok stays ok.
  Status withContext(std::string_view context) const;

  /// "IoError: message", or "OK".
  std::string toString() const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
  std::string errorClass_;
  std::string sqlState_;
  std::map<std::string, std::string> parameters_;
};

/// A value, or the Status that says why there is none.
template <class T>
using Result = tl::expected<T, Status>;

/// For `return failure(status)` out of a function that returns a Result.
inline tl::unexpected<Status> failure(Status status) {
  return tl::unexpected<Status>(std::move(status));
}

}  // namespace spate

#define SPATE_CONCAT_INNER(a, b) a##b
#define SPATE_CONCAT(a, b) SPATE_CONCAT_INNER(a, b)

#define SPATE_RETURN_IF_ERROR_INNER(name, expr) \
  do {                                          \
    ::spate::Status name = (expr);              \
    if (!name.ok()) return name;                \
  } while (false)
#define SPATE_FAIL_IF_ERROR_INNER(name, expr)                 \
  do {                                                        \
    ::spate::Status name = (expr);                            \
    if (!name.ok()) return ::spate::failure(std::move(name)); \
  } while (false)

/// Returns from a Status function when `expr` is not ok. `expr` may contain a lambda that uses
/// these macros itself, hence the counted name.
#define SPATE_RETURN_IF_ERROR(expr) \
  SPATE_RETURN_IF_ERROR_INNER(SPATE_CONCAT(spateStatus_, __COUNTER__), expr)

/// Returns from a Result function when `expr` (a Status) is not ok.
#define SPATE_FAIL_IF_ERROR(expr) \
  SPATE_FAIL_IF_ERROR_INNER(SPATE_CONCAT(spateStatus_, __COUNTER__), expr)

/// In a Status function: declares `lhs` from a Result, or returns its error.
#define SPATE_ASSIGN_OR_RETURN(lhs, expr)                           \
  auto SPATE_CONCAT(spateResult_, __LINE__) = (expr);               \
  if (!SPATE_CONCAT(spateResult_, __LINE__))                        \
    return std::move(SPATE_CONCAT(spateResult_, __LINE__)).error(); \
  lhs = std::move(*SPATE_CONCAT(spateResult_, __LINE__))

/// In a Result function: declares `lhs` from a Result, or returns its error.
#define SPATE_ASSIGN_OR_FAIL(lhs, expr)                                               \
  auto SPATE_CONCAT(spateResult_, __LINE__) = (expr);                                 \
  if (!SPATE_CONCAT(spateResult_, __LINE__))                                          \
    return ::spate::failure(std::move(SPATE_CONCAT(spateResult_, __LINE__)).error()); \
  lhs = std::move(*SPATE_CONCAT(spateResult_, __LINE__))
