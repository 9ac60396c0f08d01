#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "spate/base/Status.h"

namespace spate::python {

/// A process that is started with pipes for its standard input and output, and ends with this
/// object, or with this process, whatever it is doing. Its standard error is that of this process.
///
/// Threads one at a time
class ChildProcess {
 public:
  /// `environment` comes on top of this process's own. With `keepsOutput` its standard output is to
  /// be read from output(), else it goes to standard error.
  ///
  /// Errors kIoError
  static Result<ChildProcess> start(const std::vector<std::string>& command,
                                    const std::map<std::string, std::string>& environment,
                                    bool keepsOutput);

  /// What a short command prints.
  ///
  /// Errors kIoError; kInvalidArgument: it failed
  static Result<std::string> outputOf(const std::vector<std::string>& command);

  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  int output() const { return output_; }
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
