#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace spate::connect {

/// A thread for each operation that runs: some of them last for hours and all of them may block, so
/// a pool would have to be as large.
///
/// Threads start() and wait() from any thread; the destructor waits for all
class OperationThreads {
 public:
  OperationThreads() = default;
  ~OperationThreads() { wait(); }
  OperationThreads(const OperationThreads&) = delete;
  OperationThreads& operator=(const OperationThreads&) = delete;

  void start(std::function<void()> work);

  /// Returns when nothing runs any more.
  void wait();

 private:
  void joinEnded();

  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t nextId_ = 0;
  std::map<uint64_t, std::thread> running_;
  std::vector<std::thread> ended_;
};

}  // namespace spate::connect
