#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/StreamGraph.h"
#include "spate/rdd/RDD.h"
#include "spate/state/StateStore.h"

namespace spate {

/// The kept state of one stream: a StateStore per partition, all at the same version.
///
/// Threads: open, commit, abort by the batch loop; a partition's store by one task at a time.
template <class K, class S>
class KeyedState {
 public:
  using Store = StateStore<K, S>;

  /// `name` distinguishes several states of one stream.
  KeyedState(const StreamGraph& graph, int streamId, int partitions, std::string name = {})
      : graph_(graph), streamId_(streamId), partitions_(partitions), name_(std::move(name)) {}

  int partitions() const { return partitions_; }

  /// Before open(): how many of the last versions can be read.
  void keepVersions(int64_t versions) { versionsToKeep_ = versions; }

  Status open(int64_t version) {
    stores_.clear();
    for (int partition = 0; partition < partitions_; ++partition) {
      SPATE_ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                             Store::open(options(partition), version));
      stores_.push_back(std::move(store));
    }
    version_ = version;
    return Status::OK();
  }

  Store& store(int partition) { return *stores_[static_cast<size_t>(partition)]; }
  bool isOpen() const { return !stores_.empty(); }
  /// The version last committed.
  int64_t version() const { return version_; }
  /// Whether what is in memory is what version `v` holds or, uncommitted, will hold.
  bool holds(int64_t v) const { return v == current_; }
  /// The version that the changes of the running batch will be.
  int64_t beginChanges() { return current_ = version_ + 1; }

  Status commit(TaskPool& pool) {
    std::vector<Status> results(stores_.size());
    const std::function<void(size_t)> commitOne = [&](size_t i) {
      auto committed = stores_[i]->commit();
      if (!committed) results[i] = std::move(committed).error();
    };
    // Each partition waits for its own device sync: let them wait together.
    if (stores_.size() == 1)
      commitOne(0);
    else
      pool.runAll(stores_.size(), commitOne);
    for (const Status& result : results) SPATE_RETURN_IF_ERROR(result);
    current_ = ++version_;
    return Status::OK();
  }

  /// Back to `version`: drops changes that were not committed, and commits of a batch that did not
  /// get to its end.
  Status rollBackTo(int64_t version) {
    for (int partition = 0; partition < static_cast<int>(stores_.size()); ++partition) {
      auto& store = stores_[static_cast<size_t>(partition)];
      store->abort();
      if (store->version() == version) continue;
      SPATE_ASSIGN_OR_RETURN(store, Store::open(options(partition), version));
    }
    version_ = current_ = version;
    return Status::OK();
  }

  /// An older version, from the files.
  Result<std::unique_ptr<Store>> openOld(int partition, int64_t version) const {
    return Store::openReadOnly(options(partition), version);
  }

 private:
  StateStoreOptions options(int partition) const {
    const StateEnvironment& environment = graph_.stateEnvironment();
    StateStoreOptions options;
    options.files = environment.files;
    options.faults = environment.faultPoints;
    options.maintenance = environment.maintenance;
    options.conf.minVersionsToRetain =
        static_cast<int>(std::max<int64_t>(options.conf.minVersionsToRetain, versionsToKeep_));
    if (!graph_.checkpointDirectory().empty()) {
      options.directory =
          joinPath(graph_.checkpointDirectory(),
                   "state/" + std::to_string(streamId_) + "/" + std::to_string(partition));
      if (!name_.empty()) options.directory = joinPath(options.directory, name_);
    }
    return options;
  }

  const StreamGraph& graph_;
  int streamId_;
  int partitions_;
  std::string name_;
  std::vector<std::unique_ptr<Store>> stores_;
  int64_t version_ = 0;
  int64_t current_ = 0;
  int64_t versionsToKeep_ = 0;
};

/// Stands for all that the tasks of a state update read, so that the scheduler makes their
/// shuffles first. Has no elements itself.
class StateInputs final : public NodeBase {
 public:
  StateInputs(std::shared_ptr<RddContext> context, std::string operation, int partitions,
              const std::vector<std::shared_ptr<NodeBase>>& inputs)
      : NodeBase(std::move(context), std::move(operation), "StateInputs", readsFromAll(inputs)),
        partitions_(partitions) {}

  int numPartitions() const override { return partitions_; }

 private:
  int partitions_;
};

/// The state as an RDD: reads the live stores as long as they hold `version`, the files after
/// that. So the RDD of a batch stays what it was, as an RDD must, and costs nothing while it is
/// the newest.
template <class K, class S>
class StateViewNode final : public Node<std::pair<K, S>> {
 public:
  using T = std::pair<K, S>;

  StateViewNode(std::shared_ptr<RddContext> context, std::shared_ptr<KeyedState<K, S>> state,
                int64_t version, std::shared_ptr<const Partitioner<K>> partitioner,
                std::string operation)
      : Node<T>(std::move(context), std::move(operation), "StateRDD"),
        state_(std::move(state)),
        version_(version),
        partitioner_(std::move(partitioner)) {}

  int numPartitions() const override { return state_->partitions(); }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    if (state_->holds(version_)) return scan(state_->store(split), sink);
    return scan(*valueOrThrow(state_->openOld(split, version_)), sink);
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  template <class Store, class Sink>
  static bool scan(Store& store, Sink& sink) {
    bool more = true;
    store.scan([&](const K& key, const S& value) {
      if (more) more = sink(T(key, value));
    });
    return more;
  }

  std::shared_ptr<KeyedState<K, S>> state_;
  int64_t version_;
  std::shared_ptr<const Partitioner<K>> partitioner_;
};

}  // namespace spate
