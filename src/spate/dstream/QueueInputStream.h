#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/InputStreamNode.h"

namespace spate {

/// A queue of RDDs that feeds a queueStream; may be added to while the stream runs.
///
/// Threads: any.
template <class T>
class RddQueue {
 public:
  RddQueue() = default;
  explicit RddQueue(const std::vector<RDD<T>>& rdds) : rdds_(rdds.begin(), rdds.end()) {}

  void push(const RDD<T>& rdd) {
    std::lock_guard lock(mutex_);
    rdds_.push_back(rdd);
  }
  /// How many have ever been pushed.
  int64_t pushed() const {
    std::lock_guard lock(mutex_);
    return first_ + static_cast<int64_t>(rdds_.size());
  }
  /// The RDDs number `from` (not included) to `to` (included), counted from 1.
  std::vector<RDD<T>> range(int64_t from, int64_t to) const {
    std::lock_guard lock(mutex_);
    std::vector<RDD<T>> rdds;
    for (int64_t i = std::max(from, first_);
         i < to && i - first_ < static_cast<int64_t>(rdds_.size()); ++i)
      rdds.push_back(rdds_[static_cast<size_t>(i - first_)]);
    return rdds;
  }
  /// Forgets those up to number `n`.
  void forget(int64_t n) {
    std::lock_guard lock(mutex_);
    while (first_ < n && !rdds_.empty()) {
      rdds_.pop_front();
      ++first_;
    }
  }

 private:
  mutable std::mutex mutex_;
  std::deque<RDD<T>> rdds_;
  int64_t first_ = 0;
};

/// How far a queue has been read: the number of RDDs.
class QueueSource : public OffsetSource {
 public:
  explicit QueueSource(bool oneAtATime) : oneAtATime_(oneAtATime) {}
  std::string name() const override { return "queueStream"; }
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;

  static int64_t positionOf(const std::optional<Offset>& offset);

 protected:
  virtual int64_t pushed() const = 0;

 private:
  bool oneAtATime_;
};

/// queueStream. Spark refuses to checkpoint one, since its RDDs cannot be written; here a
/// restarted program fills the queue again and the part that was processed is skipped.
template <class T>
class QueueInputStream final : public InputStreamNode<T> {
 public:
  QueueInputStream(std::shared_ptr<StreamGraph> graph, std::shared_ptr<RddQueue<T>> queue,
                   bool oneAtATime, std::optional<RDD<T>> defaultRdd)
      : InputStreamNode<T>(std::move(graph), "queueStream"),
        source_(queue, oneAtATime),
        queue_(std::move(queue)),
        default_(std::move(defaultRdd)),
        oneAtATime_(oneAtATime) {}

  OffsetSource& source() override { return source_; }
  std::string details() const override { return oneAtATime_ ? "oneAtATime" : "all"; }

  RDD<T> rddFor(Time, const OffsetRange& range) override {
    auto rdds =
        queue_->range(QueueSource::positionOf(range.from), QueueSource::positionOf(range.to));
    if (rdds.size() == 1) return rdds.front();
    if (!rdds.empty()) {
      std::vector<std::shared_ptr<Node<T>>> nodes;
      for (const auto& rdd : rdds) nodes.push_back(rdd.node());
      return makeRdd<UnionNode<T>>(std::move(nodes));
    }
    if (default_) return *default_;
    return makeRdd<PartitionsNode<T>>(this->rddContext(),
                                      std::vector<typename PartitionsNode<T>::Partition>{},
                                      "queueStream", "EmptyRDD");
  }

 private:
  class Source final : public QueueSource {
   public:
    Source(std::shared_ptr<RddQueue<T>> queue, bool oneAtATime)
        : QueueSource(oneAtATime), queue_(std::move(queue)) {}
    Status commit(const Offset& end) override {
      queue_->forget(positionOf(end));
      return Status::OK();
    }

   protected:
    int64_t pushed() const override { return queue_->pushed(); }

   private:
    std::shared_ptr<RddQueue<T>> queue_;
  };

  Source source_;
  std::shared_ptr<RddQueue<T>> queue_;
  std::optional<RDD<T>> default_;
  bool oneAtATime_;
};

}  // namespace spate
