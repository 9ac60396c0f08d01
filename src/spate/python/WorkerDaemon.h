#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "spate/base/Status.h"
#include "spate/python/ChildProcess.h"
#include "spate/python/Interpreter.h"
#include "spate/python/SessionFiles.h"
#include "spate/python/WorkerChannel.h"

namespace spate::python {

/// Spark's daemon of Python workers: it imports what all of them need, once, and forks one for each
/// connection. All of them end with this object.
///
/// Threads connect() from any thread
class WorkerDaemon {
 public:
  /// Takes a third of a second. The workers start in the directory of `files`, if not null, and
  /// import from it.
  ///
  /// Errors PYTHON_EXCEPTION: it did not start, or does not answer within a minute; kCancelled
  static Result<std::shared_ptr<WorkerDaemon>> start(const Interpreter& interpreter,
                                                     std::shared_ptr<const SessionFiles> files,
                                                     const std::stop_token& stop);
  ~WorkerDaemon();
  WorkerDaemon(const WorkerDaemon&) = delete;
  WorkerDaemon& operator=(const WorkerDaemon&) = delete;

  const Interpreter& interpreter() const { return interpreter_; }
  const std::shared_ptr<const SessionFiles>& files() const { return files_; }
  struct Connection {
    WorkerChannel channel;
    int pid;
  };
  /// A new worker, that waits for its first task.
  Result<Connection> connect(const std::stop_token& stop) const;
  /// What Python wrote when a signal ended the worker; empty when it ended otherwise.
  std::string crashOf(int pid) const;

 private:
  WorkerDaemon(Interpreter interpreter, std::shared_ptr<const SessionFiles> files,
               ChildProcess process, std::string folder, std::string path);

  const Interpreter interpreter_;
  const std::shared_ptr<const SessionFiles> files_;
  ChildProcess process_;
  const std::string folder_;
  const std::string path_;
};

}  // namespace spate::python
