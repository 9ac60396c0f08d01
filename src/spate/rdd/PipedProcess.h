#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/rdd/FunctionRef.h"

namespace spate {

/// A child process that is fed lines and whose lines are read: one per partition of pipe().
///
/// Errors  kNotFound when the command cannot be started; kInternal with Spark's "Subprocess exited
///         with status N. Command ran: ..."
/// Threads one at a time. The destructor ends a process that still runs.
class PipedProcess {
 public:
  /// A line of output; false when no more are wanted.
  using OnLine = FunctionRef<bool(std::string_view)>;

  /// `environment` is added to this process's. Standard error is inherited.
  static Result<PipedProcess> start(const std::vector<std::string>& command,
                                    const std::map<std::string, std::string>& environment);
  PipedProcess(PipedProcess&& other) noexcept;
  PipedProcess& operator=(PipedProcess&&) = delete;
  ~PipedProcess();

  /// Sends a line; meanwhile hands on what comes back. False when onLine wants no more.
  Result<bool> send(std::string_view line, OnLine onLine);
  /// Closes the input, reads to the end and waits for the process.
  Result<bool> finish(OnLine onLine);

 private:
  PipedProcess() = default;
  Result<bool> pump(bool untilWritten, OnLine onLine);
  Result<bool> readSome(OnLine onLine);
  Status waitForEnd();

  std::string command_;
  int pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string toWrite_;
  std::string fromProcess_;
};

/// Splits a command at white space, as Spark's pipe(String) does.
std::vector<std::string> commandWords(std::string_view command);

}  // namespace spate
