#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "spate/base/Status.h"
#include "spate/python/FunctionWorker.h"

namespace spate::python {

/// The workers of a server: the daemon starts with the first one that is asked for, and what a task
/// is done with serves the next one. All of them end with this object.
///
/// Threads any
class WorkerPool {
 public:
  /// At most `idle` workers wait for work.
  explicit WorkerPool(size_t idle) : idle_(idle) {}

  /// The interpreter that `configured` (see Interpreter::find) means; asked for once.
  Result<Interpreter> interpreter(const std::string& configured);
  /// A worker that waits for a task.
  Result<FunctionWorker> take(const std::string& configured, const std::stop_token& stop);
  /// After a task that went well.
  void giveBack(FunctionWorker worker);

 private:
  struct Daemon {
    Interpreter interpreter;
    std::shared_ptr<WorkerDaemon> process;
    std::vector<FunctionWorker> idle;
  };

  Result<Daemon*> daemonOf(const std::string& configured);

  const size_t idle_;
  std::mutex mutex_;
  std::map<std::string, Daemon> daemons_;
};

}  // namespace spate::python
