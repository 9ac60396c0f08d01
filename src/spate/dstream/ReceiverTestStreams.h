#pragma once

// For tests: an application on a manual clock, a receiver that is moved by hand, recorders.

#include <gmock/gmock.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/Logging.h"
#include "spate/dstream/StreamingContext.h"

namespace spate {

/// A receiver whose store() the test calls.
class HandReceiver final : public Receiver<std::string> {
 public:
  explicit HandReceiver(StorageLevel level = StorageLevel::MEMORY_AND_DISK_SER)
      : Receiver<std::string>(level) {}

  void onStart() override {
    std::lock_guard lock(mutex_);
    ++starts_;
    if (body_) startReceiving(body_);
    changed_.notify_all();
  }
  void onStop() override {
    std::lock_guard lock(mutex_);
    ++stops_;
    changed_.notify_all();
  }
  /// What a thread of the receiver shall do.
  void onThread(std::function<void()> body) { body_ = std::move(body); }

  void awaitStarts(int n) { await(starts_, n); }
  void awaitStops(int n) { await(stops_, n); }
  int starts() const { return read(starts_); }
  int stops() const { return read(stops_); }

 private:
  void await(const int& count, int n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count >= n; });
  }
  int read(const int& count) const {
    std::lock_guard lock(mutex_);
    return count;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int starts_ = 0;
  int stops_ = 0;
  std::function<void()> body_;
};

/// What a context's listeners hear.
class RecordedEvents final : public StreamingListener {
 public:
  void onReceiverStarted(const ReceiverInfo& info) override { add("started " + info.name); }
  void onReceiverError(const ReceiverInfo& info) override {
    add("error " + info.lastErrorMessage + ": " + info.lastError);
  }
  void onReceiverStopped(const ReceiverInfo& info) override {
    add("stopped " + info.lastErrorMessage);
  }
  void onBatchCompleted(const BatchInfo& batch) override {
    std::lock_guard lock(mutex_);
    counts_.push_back(batch.numRecords());
  }
  std::vector<std::string> receiverEvents() const {
    std::lock_guard lock(mutex_);
    return events_;
  }
  std::vector<int64_t> recordCounts() const {
    std::lock_guard lock(mutex_);
    return counts_;
  }
  /// Blocks until there are `n` events.
  void awaitEvents(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return events_.size() >= n; });
  }

 private:
  void add(std::string event) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  std::vector<int64_t> counts_;
};

/// The log lines of its lifetime, in place of standard error.
class RecordedLog {
 public:
  RecordedLog() {
    setLogObserver([this](LogLevel, std::string_view component, std::string_view message) {
      std::lock_guard lock(mutex_);
      lines_.push_back(std::string(component) + ": " + std::string(message));
      changed_.notify_all();
    });
  }
  ~RecordedLog() { setLogObserver({}); }
  bool contains(const std::string& part) const {
    std::lock_guard lock(mutex_);
    return has(part);
  }
  void await(const std::string& part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return has(part); });
  }

 private:
  bool has(const std::string& part) const {
    for (const auto& line : lines_)
      if (line.find(part) != std::string::npos) return true;
    return false;
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// A context with one-second batches on a clock that the test moves; files in memory.
class ReceiverApplication {
 public:
  /// `sharedDisk`: that of an application before, for a restart.
  explicit ReceiverApplication(SparkConf conf = {},
                               std::shared_ptr<InMemoryFileSystem> sharedDisk = nullptr,
                               Timestamp now = timestampOfMillis(1'000'000),
                               FaultPoints* faults = &FaultPoints::none())
      : clock(std::make_shared<ManualClock>(now)),
        disk(sharedDisk ? sharedDisk : std::make_shared<InMemoryFileSystem>(clock)),
        files(std::make_shared<FaultyFileSystem>(disk)),
        context(conf.setMaster("local[2]")
                    .setAppName("receivers")
                    .setIfMissing("spark.streaming.gracefulStopTimeout", "10000000s"),
                Seconds(1), StreamingEnvironment{clock, files, faults}) {}
  ~ReceiverApplication() { context.stop(); }

  void checkpoint() { context.checkpoint("/checkpoint"); }
  /// Goes on from what an application before left there; to be called before the start.
  void recover() {
    context = StreamingContext::getOrCreate("/checkpoint", [this] { return context; });
  }

  /// Gathers what each batch holds, by partition.
  void collect(const DStream<std::string>& stream) {
    stream.foreachRDD([this](const auto& rdd, Time) {
      const std::vector<std::string> records = rdd.collect();
      std::lock_guard lock(mutex_);
      batches_.push_back(records);
      changed_.notify_all();
    });
  }

  /// Moves the clock on; everything that is due has run when it returns.
  void advance(Micros by) {
    clock->waitUntilIdle(waiters);
    clock->advance(by);
    clock->waitUntilIdle(waiters);
  }
  /// To the next batch and through it: blocks end first.
  void nextBatch() {
    const auto now = clock->now().time_since_epoch();
    const Micros second = std::chrono::seconds(1);
    const Timestamp batch((now / second + 1) * second);
    if (batch - clock->now() > Millis(200)) advance(batch - Millis(200) - clock->now());
    advance(batch - clock->now());
  }
  void stopGracefully() {
    std::atomic<bool> stopped{false};
    std::thread moving([&] {
      while (!stopped) {
        // Not a divisor of the batch: the stop never falls on the very time of a batch, which may
        // have looked for data just before.
        clock->advance(Micros(99'991));
        std::this_thread::yield();
      }
    });
    context.stop(true, true);
    stopped = true;
    moving.join();
  }

  std::vector<std::vector<std::string>> batches() const {
    std::lock_guard lock(mutex_);
    return batches_;
  }
  std::vector<std::string> records() const {
    std::vector<std::string> all;
    for (const auto& batch : batches()) all.insert(all.end(), batch.begin(), batch.end());
    return all;
  }
  void awaitRecords(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      size_t count = 0;
      for (const auto& batch : batches_) count += batch.size();
      return count >= n;
    });
  }

  /// How many threads wait for a time when nothing is to be done: the loop and the generator.
  int waiters = 2;
  const std::shared_ptr<ManualClock> clock;
  const std::shared_ptr<InMemoryFileSystem> disk;
  const std::shared_ptr<FaultyFileSystem> files;
  StreamingContext context;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<std::string>> batches_;
};

}  // namespace spate
