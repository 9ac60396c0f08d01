#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "spate/base/Status.h"
#include "spate/python/ChildProcess.h"
#include "spate/python/Interpreter.h"
#include "spate/python/WorkerChannel.h"

namespace spate::python {

/// Spark's daemon of Python workers: it imports what all of them need, once, and forks one for each
/// connection. All of them end with this object.
///
/// Threads connect() from any thread
class WorkerDaemon {
 public:
  /// Takes a third of a second. `folders` are in front of the workers' search path.
  ///
  /// Errors PYTHON_EXCEPTION: it did not start
  static Result<std::shared_ptr<WorkerDaemon>> start(const Interpreter& interpreter,
                                                     const std::vector<std::string>& folders);
  ~WorkerDaemon();
  WorkerDaemon(const WorkerDaemon&) = delete;
  WorkerDaemon& operator=(const WorkerDaemon&) = delete;

  const Interpreter& interpreter() const { return interpreter_; }
  struct Connection {
    WorkerChannel channel;
    int pid;
  };
  /// A new worker, that waits for its first task.
  Result<Connection> connect(const std::stop_token& stop) const;
  /// What Python wrote when a signal ended the worker; empty when it ended otherwise.
  std::string crashOf(int pid) const;

 private:
  WorkerDaemon(Interpreter interpreter, ChildProcess process, std::string folder, std::string path);

  const Interpreter interpreter_;
  ChildProcess process_;
  const std::string folder_;
  const std::string path_;
};

}  // namespace spate::python
