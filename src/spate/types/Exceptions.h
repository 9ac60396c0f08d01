#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "spate/base/Status.h"

namespace spate {

/// What the public fluent APIs (`rdd`, `dstream`, `client`) throw, where a chain cannot carry a
/// Result. Each exception has Spark's error class, SQLSTATE and message parameters where Spark has
/// them, and empty ones otherwise.
///
/// what()  "[CLASS] message SQLSTATE: 22018" with an error class, else the bare message
/// Threads: a value; copies are independent.
class SparkException : public std::runtime_error {
 public:
  explicit SparkException(Status status);
  explicit SparkException(std::string message)
      : SparkException(Status(StatusCode::kInternal, std::move(message))) {}

  const std::string& errorClass() const { return status_.errorClass(); }
  const std::string& sqlState() const { return status_.sqlState(); }
  const std::map<std::string, std::string>& parameters() const { return status_.parameters(); }

  /// The same error for the inner doors; throwStatus() of it throws an equal exception.
  const Status& status() const { return status_; }

 private:
  Status status_;
};

/// An argument that can never be right: a window that is no multiple of the batch duration.
class IllegalArgumentException : public SparkException {
 public:
  using SparkException::SparkException;
  explicit IllegalArgumentException(std::string message)
      : SparkException(Status::invalidArgument(std::move(message))) {}
};

/// A call at the wrong time: adding an output to a context that has been started.
class IllegalStateException : public SparkException {
 public:
  using SparkException::SparkException;
};

/// A query that does not resolve or is refused before it runs.
class AnalysisException : public SparkException {
 public:
  using SparkException::SparkException;
};

/// Text that does not parse: SQL, DDL.
class ParseException : public AnalysisException {
 public:
  using AnalysisException::AnalysisException;
};

/// Something that Spark or we do not do.
class SparkUnsupportedOperationException : public SparkException {
 public:
  using SparkException::SparkException;
  explicit SparkUnsupportedOperationException(std::string message)
      : SparkException(Status::unsupported(std::move(message))) {}
};

/// A streaming query that ended with an error.
class StreamingQueryException : public SparkException {
 public:
  using SparkException::SparkException;
};

/// A job that ended because a task failed, mostly because a function given by the user threw:
/// "Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, ...". Spark throws a bare
/// SparkException here, which is what a portable program catches.
class SparkTaskException : public SparkException {
 public:
  using SparkException::SparkException;
  explicit SparkTaskException(std::string message)
      : SparkException(Status::userCode(std::move(message))) {}
};

/// Spark's text for a job whose task failed for the last time.
///
/// failures  how often the task was tried; cause  the message of the last failure
std::string stageFailureMessage(int stageId, int taskIndex, int failures, const std::string& cause);

/// Throws the exception that stands for a status that is not ok.
///
/// By error class and SQLSTATE first (STREAM_FAILED, PARSE_*, 42xxx), then by code:
/// kInvalidArgument, kUnsupported and kUserCode have exceptions of their own, every other code is
/// a plain SparkException. An ok status is a bug of the caller and throws one as well.
[[noreturn]] void throwStatus(Status status);

inline void okOrThrow(Status status) {
  if (!status.ok()) throwStatus(std::move(status));
}

template <class T>
T valueOrThrow(Result<T> result) {
  if (!result) throwStatus(std::move(result).error());
  return *std::move(result);
}

/// The way back, for the catch block around a user's function: the status of a SparkException,
/// else kUserCode with the message of a std::exception, or "unknown exception".
///
/// Only to be called while an exception is being handled.
Status statusOfCurrentException();

}  // namespace spate
