#include "spate/python/WorkerPool.h"

#include <utility>

namespace spate::python {

Result<WorkerPool::Daemon*> WorkerPool::daemonOf(const std::string& configured) {
  const auto known = daemons_.find(configured);
  if (known != daemons_.end()) return &known->second;
  SPATE_ASSIGN_OR_FAIL(Interpreter interpreter, Interpreter::find(configured));
  return &daemons_.emplace(configured, Daemon{std::move(interpreter), nullptr, {}}).first->second;
}

Result<Interpreter> WorkerPool::interpreter(const std::string& configured) {
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_FAIL(const Daemon* daemon, daemonOf(configured));
  return daemon->interpreter;
}

Result<FunctionWorker> WorkerPool::take(const std::string& configured,
                                        const std::stop_token& stop) {
  std::shared_ptr<WorkerDaemon> process;
  {
    // Whoever comes while the daemon starts needs it as well.
    std::lock_guard lock(mutex_);
    SPATE_ASSIGN_OR_FAIL(Daemon * daemon, daemonOf(configured));
    if (!daemon->idle.empty()) {
      FunctionWorker worker = std::move(daemon->idle.back());
      daemon->idle.pop_back();
      return worker;
    }
    if (!daemon->process) {
      SPATE_ASSIGN_OR_FAIL(daemon->process, WorkerDaemon::start(daemon->interpreter, {}));
    }
    process = daemon->process;
  }
  auto worker = FunctionWorker::make(process, stop);
  if (worker || stop.stop_requested()) return worker;
  // The daemon itself is gone: the next one gets a new one.
  std::lock_guard lock(mutex_);
  Daemon& daemon = daemons_.at(configured);
  if (daemon.process == process) {
    daemon.process.reset();
    daemon.idle.clear();
  }
  return worker;
}

void WorkerPool::giveBack(FunctionWorker worker) {
  std::lock_guard lock(mutex_);
  for (auto& [configured, daemon] : daemons_) {
    if (daemon.process != worker.daemon() || daemon.idle.size() >= idle_) continue;
    daemon.idle.push_back(std::move(worker));
    return;
  }
}

}  // namespace spate::python
