#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spate/dstream/StreamingContext.h"

namespace spate::bench {

struct Settings {
  std::string text;       ///< the works of Shakespeare
  std::string directory;  ///< for checkpoints; emptied by each part
  bool quick = false;     ///< small sizes, to see that it runs
};

/// One line of the report.
void report(const std::string& name, const std::string& value, const std::string& bound = {});
std::string milliseconds(double ms);
std::string ratio(double r);

/// Prints what is wrong and makes the program end with 1.
void fail(const std::string& message);
bool anyFailed();

double median(std::vector<double> values);

using Stopwatch = std::chrono::steady_clock;
inline double millisSince(Stopwatch::time_point begin) {
  return std::chrono::duration<double, std::milli>(Stopwatch::now() - begin).count();
}

/// The local file system, with a clock on what is written and synced.
class TimedFileSystem final : public FileSystem {
 public:
  Result<std::string> readFile(const std::string& path) override { return inner_->readFile(path); }
  Result<FileInfo> stat(const std::string& path) override { return inner_->stat(path); }
  Result<std::vector<FileInfo>> list(const std::string& d) override { return inner_->list(d); }
  Status writeAtomically(const std::string& path, std::string_view bytes) override {
    const auto begin = Stopwatch::now();
    Status status = inner_->writeAtomically(path, bytes);
    add(millisSince(begin));
    return status;
  }
  Result<std::unique_ptr<AppendFile>> openAppend(const std::string& path) override {
    return inner_->openAppend(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return inner_->rename(from, to);
  }
  Status createDirectories(const std::string& path) override {
    return inner_->createDirectories(path);
  }
  Status removeAll(const std::string& path) override {
    const auto begin = Stopwatch::now();
    Status status = inner_->removeAll(path);
    add(millisSince(begin));
    return status;
  }

  /// Milliseconds in file operations that change something, since the last call.
  double takeMillis() {
    std::lock_guard lock(mutex_);
    return std::exchange(millis_, 0);
  }

 private:
  void add(double millis) {
    std::lock_guard lock(mutex_);
    millis_ += millis;
  }

  std::shared_ptr<FileSystem> inner_ = FileSystem::local();
  std::mutex mutex_;
  double millis_ = 0;
};

/// What one batch took, in milliseconds.
struct BatchTime {
  double total = 0;  ///< from the tick to the end, as an observer outside sees it
  double files = 0;  ///< of that, in writes and syncs (may overlap with each other)
};

/// A streaming application whose clock is moved by hand, so that batches come one after another
/// as fast as they are done.
class Application {
 public:
  Application(const std::string& master, const std::string& checkpointDirectory);
  ~Application();

  StreamingContext& context() { return *context_; }
  SparkContext sparkContext() { return context_->sparkContext(); }
  void start() { context_->start(); }
  /// Moves the clock by one batch and waits until it is done.
  BatchTime runBatch();
  const TimedFileSystem& files() const { return *files_; }

 private:
  class Completed;

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(Timestamp(Millis(1000)));
  std::shared_ptr<TimedFileSystem> files_ = std::make_shared<TimedFileSystem>();
  std::shared_ptr<Completed> completed_;
  std::optional<StreamingContext> context_;
};

void benchWordCount(const Settings& settings);
void benchLatency(const Settings& settings);
void benchState(const Settings& settings);
void benchWindow(const Settings& settings);

}  // namespace spate::bench
