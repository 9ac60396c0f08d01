#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/StreamTest.h"

namespace spate::testing {

/// A program on a StreamWorld that is ended and started again on the same checkpoint, and what it
/// put out for each batch time. A batch that runs again must put out the same.
template <class T, class Operation>
class RestartingProgram {
 public:
  using Stream = std::invoke_result_t<Operation&, DStream<T>>;
  using Output = std::vector<OutputOf<Stream>>;

  RestartingProgram(StreamWorld& world, Batches<T> input, Operation operation, int partitions = 2)
      : world_(world),
        input_(std::move(input)),
        operation_(std::move(operation)),
        partitions_(partitions) {}
  ~RestartingProgram() { stop(); }

  /// Goes on from the checkpoint, or starts anew when there is none.
  StreamingContext& start() {
    context_.emplace(StreamingContext::getOrCreate(world_.checkpoint(), [&] {
      StreamingContext context = world_.context();
      operation_(inputStream(world_, context, input_, partitions_))
          .foreachRDD([this](const auto& rdd, Time time) {
            Output output = rdd.collect();
            std::sort(output.begin(), output.end());
            const auto [before, isNew] = outputs_.emplace(time.milliseconds() / 1000, output);
            if (!isNew) {
              EXPECT_EQ(before->second, output) << "again, at " << time.toString();
            }
          });
      return context;
    }));
    context_->start();
    return *context_;
  }
  void stop() {
    if (context_) context_->stop(false);
    context_.reset();
  }
  StreamingContext& context() { return *context_; }

  /// Runs `batches` more; when one fails, starts again.
  void run(int batches) {
    if (!context_) start();
    const int64_t end = millisOf(world_.clock->now()) / 1000 + batches;
    while (millisOf(world_.clock->now()) / 1000 < end) {
      try {
        world_.runBatches(*context_);
      } catch (const SparkException&) {
        ++failures_;
        restart();
      }
    }
    world_.clock->waitUntilIdle();
  }
  void restart() {
    stop();
    start();
    world_.clock->waitUntilIdle();
  }

  /// Sorted, by the number of the batch, from 1.
  const std::map<int64_t, Output>& outputs() const { return outputs_; }
  int failures() const { return failures_; }

 private:
  StreamWorld& world_;
  const Batches<T> input_;
  Operation operation_;
  const int partitions_;
  std::optional<StreamingContext> context_;
  std::map<int64_t, Output> outputs_;
  int failures_ = 0;
};

}  // namespace spate::testing
