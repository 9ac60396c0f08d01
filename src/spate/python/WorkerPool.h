#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/python/FunctionWorker.h"
#include "spate/python/SessionFiles.h"

namespace spate::python {

/// The workers of a server, or of a session with files of its own: a daemon starts with the first
/// one that is asked for, and what a task is done with serves the next one. All of them end with
/// this object.
///
/// Errors  those of starting Python; kCancelled: `stop`
/// Threads any; who waits for a Python to start does not hold up those who want another one
class WorkerPool {
 public:
  /// At most `idle` workers wait for work.
  explicit WorkerPool(size_t idle, std::shared_ptr<const SessionFiles> files = nullptr)
      : idle_(idle), files_(std::move(files)) {}

  /// The interpreter that `configured` (see Interpreter::find) means; asked for once.
  Result<Interpreter> interpreter(const std::string& configured, const std::stop_token& stop);
  /// A worker that waits for a task.
  Result<FunctionWorker> take(const std::string& configured, const std::stop_token& stop);
  /// After a task that went well.
  void giveBack(FunctionWorker worker);
  /// Null: none.
  const std::shared_ptr<const SessionFiles>& files() const { return files_; }

 private:
  /// What is there of one `configured`.
  struct Python {
    /// Somebody asks for the interpreter, or starts the daemon; the others wait.
    bool isStarting = false;
    std::optional<Interpreter> interpreter;
    std::shared_ptr<WorkerDaemon> daemon;
    std::vector<FunctionWorker> idle;
  };
  class Starting;

  Result<std::shared_ptr<WorkerDaemon>> daemonOf(const std::string& configured,
                                                 const std::stop_token& stop);
  std::optional<FunctionWorker> takeIdle(const std::string& configured);
  /// The next one who asks gets another daemon.
  void forget(const std::string& configured, const std::shared_ptr<WorkerDaemon>& daemon);

  const size_t idle_;
  const std::shared_ptr<const SessionFiles> files_;
  std::mutex mutex_;
  std::condition_variable_any started_;
  std::map<std::string, Python> pythons_;
};

}  // namespace spate::python
