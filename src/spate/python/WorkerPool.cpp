#include "spate/python/WorkerPool.h"

namespace spate::python {

/// The turn to start something of a Python: what takes long happens without the lock.
class WorkerPool::Starting {
 public:
  /// With the lock held; waits until nobody else starts. False: `stop`.
  static bool wait(WorkerPool& pool, Python& python, std::unique_lock<std::mutex>& lock,
                   const std::stop_token& stop) {
    return pool.started_.wait(lock, stop, [&] { return !python.isStarting; });
  }

  /// Lets go of the lock.
  Starting(WorkerPool& pool, Python& python, std::unique_lock<std::mutex>& lock)
      : pool_(pool), python_(python), lock_(lock) {
    python_.isStarting = true;
    lock_.unlock();
  }
  /// Takes it again.
  ~Starting() {
    lock_.lock();
    python_.isStarting = false;
    pool_.started_.notify_all();
  }
  Starting(const Starting&) = delete;
  Starting& operator=(const Starting&) = delete;

 private:
  WorkerPool& pool_;
  Python& python_;
  std::unique_lock<std::mutex>& lock_;
};

namespace {

Status stopped() { return Status::cancelled("The start of a Python worker was stopped"); }

}  // namespace

Result<Interpreter> WorkerPool::interpreter(const std::string& configured,
                                            const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Python& python = pythons_[configured];
  if (!Starting::wait(*this, python, lock, stop)) return failure(stopped());
  if (!python.interpreter) {
    Result<Interpreter> found = failure(Status());
    {
      const Starting starting(*this, python, lock);
      found = Interpreter::find(configured, files_ ? files_->folder() : "", stop);
    }
    if (!found) return found;
    python.interpreter = *std::move(found);
  }
  return *python.interpreter;
}

Result<std::shared_ptr<WorkerDaemon>> WorkerPool::daemonOf(const std::string& configured,
                                                           const std::stop_token& stop) {
  SPATE_ASSIGN_OR_FAIL(const Interpreter interpreter, this->interpreter(configured, stop));
  std::unique_lock lock(mutex_);
  Python& python = pythons_[configured];
  // Whoever comes while the daemon starts needs it as well.
  if (!Starting::wait(*this, python, lock, stop)) return failure(stopped());
  if (!python.daemon) {
    Result<std::shared_ptr<WorkerDaemon>> made = failure(Status());
    {
      const Starting starting(*this, python, lock);
      made = WorkerDaemon::start(interpreter, files_, stop);
    }
    if (!made) return made;
    python.daemon = *std::move(made);
  }
  return python.daemon;
}

std::optional<FunctionWorker> WorkerPool::takeIdle(const std::string& configured) {
  std::lock_guard lock(mutex_);
  Python& python = pythons_[configured];
  while (!python.idle.empty()) {
    FunctionWorker worker = std::move(python.idle.back());
    python.idle.pop_back();
    // One that something has ended meanwhile is of no use.
    if (worker.isIdle()) return worker;
  }
  return std::nullopt;
}

Result<FunctionWorker> WorkerPool::take(const std::string& configured,
                                        const std::stop_token& stop) {
  if (auto idle = takeIdle(configured)) return *std::move(idle);
  SPATE_ASSIGN_OR_FAIL(const auto daemon, daemonOf(configured, stop));
  auto worker = FunctionWorker::make(daemon, stop);
  if (worker || stop.stop_requested()) return worker;
  // The daemon itself is gone.
  forget(configured, daemon);
  SPATE_ASSIGN_OR_FAIL(const auto another, daemonOf(configured, stop));
  auto second = FunctionWorker::make(another, stop);
  if (!second) forget(configured, another);
  return second;
}

void WorkerPool::forget(const std::string& configured,
                        const std::shared_ptr<WorkerDaemon>& daemon) {
  std::lock_guard lock(mutex_);
  Python& python = pythons_[configured];
  if (python.daemon != daemon) return;
  python.daemon.reset();
  python.idle.clear();
}

void WorkerPool::giveBack(FunctionWorker worker) {
  std::lock_guard lock(mutex_);
  for (auto& [configured, python] : pythons_) {
    if (python.daemon != worker.daemon() || python.idle.size() >= idle_) continue;
    python.idle.push_back(std::move(worker));
    return;
  }
}

}  // namespace spate::python
