#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "spate/dstream/Duration.h"
#include "spate/rdd/RDD.h"
#include "spate/types/Codec.h"

namespace spate {

class StreamGraph;

/// What identifies a stream of the graph between two runs of a program: a line of the fingerprint.
struct StreamDescription {
  int id;
  std::string operation;
  std::string elementType;
  std::vector<int> parents;
  /// Durations, partition counts and the like: "window=30000 ms slide=10000 ms".
  std::string details;

  bool operator==(const StreamDescription&) const = default;
  std::string toString() const;
};

/// The untyped part of a stream in the graph: times, remembering, state commits. Spark's DStream
/// class without its element type.
///
/// Threads: built by the driver; after start() used by the batch loop's thread only.
class StreamNodeBase : public std::enable_shared_from_this<StreamNodeBase> {
 public:
  StreamNodeBase(std::shared_ptr<StreamGraph> graph, std::string operation);
  virtual ~StreamNodeBase();
  StreamNodeBase(const StreamNodeBase&) = delete;
  StreamNodeBase& operator=(const StreamNodeBase&) = delete;

  int id() const { return id_; }
  const std::string& operation() const { return operation_; }
  const std::shared_ptr<StreamGraph>& graph() const { return graph_; }
  const std::shared_ptr<RddContext>& rddContext() const;

  virtual std::vector<std::shared_ptr<StreamNodeBase>> parents() const { return {}; }
  virtual Duration slideDuration() const;
  virtual std::string elementType() const = 0;
  virtual std::string details() const { return {}; }
  StreamDescription description() const;

  /// How far back this stream's parents must remember their RDDs for it.
  virtual Duration parentRememberDuration() const { return rememberDuration_; }
  /// State streams need a checkpoint directory.
  virtual bool mustCheckpoint() const { return false; }
  /// The checkpoint interval of a stream that must checkpoint and was given none: about ten
  /// seconds, in whole slides.
  virtual Duration defaultCheckpointDuration() const;
  virtual bool isInput() const { return false; }

  // Set-up, by the graph at start().
  void initialize(Time zeroTime);
  void remember(Duration duration);
  /// Throws IllegalArgumentException with Spark's messages.
  virtual void validateAtStart() const;
  /// Opens kept state at the version that batch `committedBatches` left; 0 for a new program.
  virtual Status openState(int64_t committedBatches) {
    static_cast<void>(committedBatches);
    return Status::OK();
  }

  // One batch.
  /// Computes what every batch must compute, whoever asks for it and when: kept state.
  virtual void advanceState(Time time) { static_cast<void>(time); }
  /// Makes what the batch changed in kept state durable. Called once per batch for every stream,
  /// whether or not the stream computes at that time.
  virtual Status commitState(Time time) {
    static_cast<void>(time);
    return Status::OK();
  }
  /// Forgets what the batch changed and made; kept state goes back to what `committedBatches`
  /// batches left.
  virtual Status abortBatch(Time time, int64_t committedBatches) = 0;
  /// Forgets RDDs that are older than the remember duration.
  virtual void clearOld(Time time) = 0;

  Time zeroTime() const { return zeroTime_.value_or(Time()); }
  Duration rememberDuration() const { return rememberDuration_; }
  StorageLevel storageLevel() const { return storageLevel_; }
  Duration checkpointDuration() const { return checkpointDuration_; }

  /// Whether the stream has an RDD at `time`: later than zero and a multiple of the slide.
  bool isTimeValid(Time time) const;

  // Set by the user before start(); refused after with Spark's message.
  void persist(StorageLevel level);
  void checkpoint(Duration interval);

 protected:
  /// Whether the RDD of `time` is to be written to the checkpoint directory. Streams with kept
  /// state write that instead.
  bool checkpointsRddAt(Time time) const;
  /// Removes the files of an RDD that is not remembered any more; logs when it cannot.
  void removeCheckpoint(const std::string& directory) const;

 private:
  const std::shared_ptr<StreamGraph> graph_;
  const int id_;
  const std::string operation_;
  std::optional<Time> zeroTime_;
  Duration rememberDuration_;
  StorageLevel storageLevel_ = StorageLevel::NONE;
  Duration checkpointDuration_;
};

/// The C++ name of a type that has no Codec.
std::string typeNameWithoutCodec(const std::type_info& type);

/// A name for T in the fingerprint of a graph: its Codec's, which is the same in every build.
template <class T>
std::string elementTypeName() {
  if constexpr (requires { Codec<Owned<T>>::typeName(); })
    return Codec<Owned<T>>::typeName();
  else
    return typeNameWithoutCodec(typeid(T));
}

/// A stream of T, without the class of its RDDs' nodes: what DStream<T> holds.
template <class T>
class StreamNode : public StreamNodeBase {
 public:
  using Element = T;
  using RddNode = Node<T>;
  using StreamNodeBase::StreamNodeBase;

  std::string elementType() const override { return elementTypeName<T>(); }
  /// The RDD of `time`; none when the stream has none then.
  virtual std::optional<RDD<T>> getOrComputeErased(Time time) = 0;
  std::optional<RDD<T>> getOrCompute(Time time) { return getOrComputeErased(time); }
};

/// A stream whose RDDs have nodes of class N, so that chains over several streams still compile
/// into one loop. Derive and give compute().
template <class N>
class TypedStreamNode : public StreamNode<typename N::Element> {
 public:
  using T = typename N::Element;
  using RddNode = N;
  using StreamNode<T>::StreamNode;

  /// Makes the RDD of a valid time.
  virtual std::optional<TypedRDD<N>> compute(Time time) = 0;

  std::optional<TypedRDD<N>> getOrCompute(Time time) {
    const auto found = generated_.find(time);
    if (found != generated_.end()) return found->second;
    if (!this->isTimeValid(time)) return std::nullopt;
    std::optional<TypedRDD<N>> rdd = compute(time);
    if (!rdd) return std::nullopt;
    if (this->storageLevel() != StorageLevel::NONE) rdd->persist(this->storageLevel());
    if (this->checkpointsRddAt(time)) rdd->checkpoint();
    generated_.emplace(time, *rdd);
    return rdd;
  }
  std::optional<RDD<T>> getOrComputeErased(Time time) final {
    std::optional<TypedRDD<N>> rdd = getOrCompute(time);
    if (!rdd) return std::nullopt;
    return RDD<T>(*rdd);
  }

  Status abortBatch(Time time, int64_t) override {
    generated_.erase(time);
    return Status::OK();
  }
  void clearOld(Time time) override {
    const auto kept = generated_.upper_bound(time - this->rememberDuration());
    for (auto old = generated_.begin(); old != kept; old = generated_.erase(old)) {
      if (const auto directory = old->second.getCheckpointFile())
        this->removeCheckpoint(*directory);
    }
  }

 protected:
  std::map<Time, TypedRDD<N>>& generated() { return generated_; }

 private:
  std::map<Time, TypedRDD<N>> generated_;
};

}  // namespace spate
