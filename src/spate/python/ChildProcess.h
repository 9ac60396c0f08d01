#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "spate/base/Status.h"
#include "spate/python/WaitForFile.h"

namespace spate::python {

/// A process that is started with pipes for its standard input and output, and ends with this
/// object, or with this process, whatever it is doing. Its standard error is that of this process.
///
/// Threads one at a time
class ChildProcess {
 public:
  /// `environment` comes on top of this process's own. With `keepsOutput` its standard output is to
  /// be read by readSome(), else it goes to standard error. It starts in `folder`, unless that is
  /// empty: a relative path of the command counts from there.
  ///
  /// Errors kIoError
  static Result<ChildProcess> start(const std::vector<std::string>& command,
                                    const std::map<std::string, std::string>& environment,
                                    bool keepsOutput, const std::string& folder = "");

  /// What a short command prints; it is killed when `stop` is requested or the time is over.
  ///
  /// Errors kIoError; kInvalidArgument: it failed; kCancelled
  static Result<std::string> outputOf(const std::vector<std::string>& command,
                                      const std::string& folder = "",
                                      const std::stop_token& stop = {},
                                      Deadline deadline = Deadline::max());

  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Of its output: up to `size` bytes, as soon as there are some; 0 at the end.
  ///
  /// Errors kIoError; kCancelled: `stop`, or the deadline is over
  Result<size_t> readSome(char* bytes, size_t size, const std::stop_token& stop, Deadline deadline);
  /// False once it has ended.
  bool isRunning();
  /// Waits for its end; the exit status, -1 after a signal.
  int wait();
  /// Kills it, and all of its group, and waits.
  void kill();

 private:
  pid_t pid_ = 0;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace spate::python
