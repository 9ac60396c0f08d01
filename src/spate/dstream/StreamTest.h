#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/Logging.h"
#include "spate/dstream/StreamingContext.h"

namespace spate::testing {

/// The elements of each batch, or of each output.
template <class T>
using Batches = std::vector<std::vector<T>>;

/// As Spark's suites.
inline constexpr Duration kBatch{1000};

/// Counts the batches that have ended.
class BatchCounter final : public StreamingListener {
 public:
  void onBatchCompleted(const BatchInfo& info) override {
    std::lock_guard lock(mutex_);
    infos_.push_back(info);
    changed_.notify_all();
  }
  size_t count() const {
    std::lock_guard lock(mutex_);
    return infos_.size();
  }
  std::vector<BatchInfo> infos() const {
    std::lock_guard lock(mutex_);
    return infos_;
  }
  /// False when `count` batches have not ended by then.
  bool waitFor(size_t count, Millis atMost) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, std::chrono::system_clock::now() + atMost,
                               [&] { return infos_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<BatchInfo> infos_;
};

/// A machine with a clock that is moved by hand and a disk in memory, on which streaming programs
/// come and go; one at a time.
class StreamWorld {
 public:
  explicit StreamWorld(SparkConf conf = localConf(2)) : sc(std::move(conf)) {
    setLogLevel(LogLevel::kOff);
    char name[] = "/tmp/spate-stream-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw SparkException("no temporary directory");
    directory = name;
    newFaults();
  }
  ~StreamWorld() {
    sc.stop();
    setLogLevel(LogLevel::kWarn);
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  StreamWorld(const StreamWorld&) = delete;
  StreamWorld& operator=(const StreamWorld&) = delete;

  static SparkConf localConf(int slots) {
    SparkConf conf;
    conf.setMaster("local[" + std::to_string(slots) + "]").setAppName("test");
    return conf;
  }

  std::string checkpoint() const { return joinPath(directory, "checkpoint"); }

  /// The next program meets these.
  FaultPoints& newFaults() { return allFaults_.emplace_back(); }

  StreamingContext context(Duration batch = kBatch) {
    StreamingContext context(sc, batch, {clock, files, &allFaults_.back()});
    counter = std::make_shared<BatchCounter>();
    context.addStreamingListener(counter);
    return context;
  }

  /// Lets the next batches come due, one by one, and waits for the end of each. Throws what ended
  /// the stream.
  void runBatches(StreamingContext& context, int batches = 1) {
    for (int i = 0; i < batches; ++i) {
      const size_t before = counter->count();
      clock->advance(context.batchDuration().toMillis());
      while (!counter->waitFor(before + 1, Millis(100))) {
        if (context.awaitTerminationOrTimeout(Milliseconds(1))) return;
      }
      if (counter->infos().back().failureReason) {
        context.awaitTermination();
        return;
      }
      if (context.getState() == StreamingContextState::ACTIVE) clock->waitUntilIdle();
    }
  }

  const SparkContext sc;
  const std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  const std::shared_ptr<InMemoryFileSystem> disk = std::make_shared<InMemoryFileSystem>(clock);
  const std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>(disk);
  std::string directory;
  /// Of the newest context.
  std::shared_ptr<BatchCounter> counter;

 private:
  std::list<FaultPoints> allFaults_;
};

template <class Stream>
using OutputOf = Owned<typename Stream::Element>;

/// A stream of `input`, a batch of it per batch, in `partitions` slices.
template <class T>
DStream<T> inputStream(StreamWorld& world, StreamingContext& context, const Batches<T>& input,
                       int partitions = 2) {
  auto queue = std::make_shared<RddQueue<T>>();
  for (const auto& batch : input) queue->push(world.sc.parallelize(batch, partitions));
  return context.queueStream(queue);
}

/// What each batch puts out.
template <class Stream>
std::shared_ptr<Batches<OutputOf<Stream>>> collectOutput(const Stream& stream) {
  auto output = std::make_shared<Batches<OutputOf<Stream>>>();
  stream.foreachRDD([output](const auto& rdd) { output->push_back(rdd.collect()); });
  return output;
}

/// Spark's testOperation: runs `operation` over the input and returns what it put out.
/// `batches` 0: as many as there is input.
template <class T, class Operation>
auto run(const Batches<T>& input, Operation operation, int batches = 0) {
  StreamWorld world;
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  auto output = collectOutput(operation(inputStream(world, context, input)));
  context.start();
  world.runBatches(context, batches == 0 ? static_cast<int>(input.size()) : batches);
  context.stop(false);
  return *output;
}

template <class T, class U, class Operation>
auto run(const Batches<T>& left, const Batches<U>& right, Operation operation) {
  StreamWorld world;
  StreamingContext context = world.context();
  auto output = collectOutput(
      operation(inputStream(world, context, left), inputStream(world, context, right)));
  context.start();
  world.runBatches(context, static_cast<int>(left.size()));
  context.stop(false);
  return *output;
}

/// Each output sorted: for operations that promise no order.
template <class T>
Batches<T> sorted(Batches<T> batches) {
  for (auto& batch : batches) std::sort(batch.begin(), batch.end());
  return batches;
}

/// Numbers from `first` to `last`.
inline std::vector<int> numbers(int first, int last) {
  std::vector<int> all;
  for (int i = first; i <= last; ++i) all.push_back(i);
  return all;
}

/// What `call` throws, as its message; "" when it throws nothing.
template <class E = SparkException, class Call>
std::string messageOf(Call&& call) {
  try {
    call();
  } catch (const E& e) {
    return e.what();
  }
  return {};
}

}  // namespace spate::testing
