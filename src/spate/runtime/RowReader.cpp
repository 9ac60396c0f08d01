#include "spate/runtime/RowReader.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "spate/runtime/PlanExecutor.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

Status interrupted() { return Status::cancelled("the operation was interrupted"); }

/// What the threads of the last stage put in and the reader takes out.
class RowQueues {
 public:
  RowQueues(size_t partitions, size_t maxBytes) : queues_(partitions), maxBytes_(maxBytes) {}

  /// The partition to run next; none: all were begun, or the reader is gone.
  std::optional<size_t> begin() {
    const std::lock_guard lock(mutex_);
    if (ended_ || begun_ == queues_.size()) return std::nullopt;
    return begun_++;
  }

  Status put(size_t partition, RecordBatchPtr batch) {
    const auto bytes =
        static_cast<size_t>(std::max<int64_t>(arrow::util::TotalBufferSize(*batch), 0));
    std::unique_lock lock(mutex_);
    // The partition that is being read always goes on: the others may have filled the room.
    changed_.wait(lock, [&] {
      const bool hasRoom = bytes_ < maxBytes_;
      return ended_ || hasRoom || (partition == reading_ && queues_[partition].batches.empty());
    });
    if (ended_) return interrupted();
    bytes_ += bytes;
    queues_[partition].batches.push_back({std::move(batch), bytes});
    changed_.notify_all();
    return Status::OK();
  }

  void finish(size_t partition, Status outcome) {
    const std::lock_guard lock(mutex_);
    queues_[partition].isFinished = true;
    queues_[partition].outcome = std::move(outcome);
    changed_.notify_all();
  }

  /// The next batch; null at the end.
  Result<RecordBatchPtr> take() {
    std::unique_lock lock(mutex_);
    while (reading_ < queues_.size()) {
      Queue& queue = queues_[reading_];
      changed_.wait(lock, [&] { return ended_ || !queue.batches.empty() || queue.isFinished; });
      if (ended_) return failure(interrupted());
      if (!queue.batches.empty()) {
        Waiting next = std::move(queue.batches.front());
        queue.batches.pop_front();
        bytes_ -= next.bytes;
        changed_.notify_all();
        return std::move(next.batch);
      }
      if (!queue.outcome.ok()) {
        ended_ = true;
        changed_.notify_all();
        return failure(queue.outcome);
      }
      ++reading_;
      changed_.notify_all();
    }
    return RecordBatchPtr();
  }

  bool isEnded() const { return ended_; }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  struct Waiting {
    RecordBatchPtr batch;
    size_t bytes = 0;
  };
  struct Queue {
    std::deque<Waiting> batches;
    bool isFinished = false;
    Status outcome;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Queue> queues_;
  const size_t maxBytes_;
  size_t bytes_ = 0;
  size_t begun_ = 0;
  size_t reading_ = 0;
  std::atomic<bool> ended_{false};
};

class Queueing final : public Output {
 public:
  Queueing(RowQueues& queues, size_t partition) : queues_(queues), partition_(partition) {}
  Status push(RecordBatchPtr batch) override {
    if (batch->num_rows() == 0) return Status::OK();
    return queues_.put(partition_, std::move(batch));
  }
  /// Ends leaves whose rows are all filtered out, too.
  bool wantsMore() const override { return !queues_.isEnded(); }

 private:
  RowQueues& queues_;
  const size_t partition_;
};

class RowReader final : public arrow::RecordBatchReader {
 public:
  RowReader(std::unique_ptr<const ReadablePlan> plan, PlanExecutor::Partitions partitions,
            std::shared_ptr<arrow::Schema> schema, size_t maxBytesAhead, std::stop_token stop,
            size_t threads)
      : plan_(std::move(plan)),
        partitions_(std::move(partitions)),
        schema_(std::move(schema)),
        queues_(partitions_.size(), maxBytesAhead),
        whenStopped_(std::move(stop), Ending{queues_}) {
    for (size_t i = 0; i < std::min(threads, partitions_.size()); ++i)
      threads_.emplace_back([this] { work(); });
  }

  ~RowReader() override {
    queues_.end();
    for (std::thread& thread : threads_) thread.join();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(RecordBatchPtr* batch) override {
    auto next = queues_.take();
    if (!next) return toArrowStatus(next.error());
    *batch = *next == nullptr
                 ? nullptr
                 : arrow::RecordBatch::Make(schema_, (*next)->num_rows(), (*next)->columns());
    return arrow::Status::OK();
  }

 private:
  struct Ending {
    RowQueues& queues;
    void operator()() const { queues.end(); }
  };

  void work() {
    while (const auto partition = queues_.begin()) {
      TaskContext task(plan_->run, static_cast<int>(*partition),
                       static_cast<int>(partitions_.size()));
      Queueing output(queues_, *partition);
      queues_.finish(*partition, partitions_[*partition](task, output));
    }
  }

  const std::unique_ptr<const ReadablePlan> plan_;
  const PlanExecutor::Partitions partitions_;
  const std::shared_ptr<arrow::Schema> schema_;
  RowQueues queues_;
  const std::stop_callback<Ending> whenStopped_;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatchReader>> readRows(TaskPool& pool, ReadablePlan plan,
                                                           std::shared_ptr<arrow::Schema> schema,
                                                           std::stop_token stop,
                                                           size_t maxBytesAhead) {
  // The tasks point into it.
  auto kept = std::make_unique<const ReadablePlan>(std::move(plan));
  PlanExecutor executor(pool);
  PlanExecutor::Partitions partitions;
  {
    const std::stop_callback cancel(stop, [&] { executor.cancel(); });
    SPATE_ASSIGN_OR_FAIL(partitions, executor.lastStage(*kept->root, kept->run));
  }
  return std::make_shared<RowReader>(std::move(kept), std::move(partitions), std::move(schema),
                                     maxBytesAhead, std::move(stop),
                                     static_cast<size_t>(pool.slots()));
}

}  // namespace spate
