#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/base/Time.h"
#include "spate/dstream/BlockGenerator.h"
#include "spate/dstream/ReceivedBlock.h"
#include "spate/rdd/StorageLevel.h"
#include "spate/state/HeapBytes.h"
#include "spate/types/Codec.h"

namespace spate {

class ReceiverTracker;
class SparkConf;

/// The part of Receiver<T> that does not depend on T.
class ReceiverBase {
 public:
  explicit ReceiverBase(StorageLevel storageLevel) : storageLevel_(storageLevel) {}
  virtual ~ReceiverBase();
  ReceiverBase(const ReceiverBase&) = delete;
  ReceiverBase& operator=(const ReceiverBase&) = delete;

  /// Begins to receive, in the background: must return soon. Called again by a restart.
  virtual void onStart() = 0;
  /// Makes what onStart() began come to its end. Called once for each onStart().
  virtual void onStop() = 0;
  /// For log lines and events: the class without its namespace.
  virtual std::string name() const;

  StorageLevel storageLevel() const { return storageLevel_; }
  /// The id of the stream this receiver feeds.
  int streamId() const;

  /// onStop(), a delay, onStart(), in the background; so the caller's own loop should end.
  void restart(const std::string& message);
  void restart(const std::string& message, const std::exception& error);
  void restart(const std::string& message, const std::exception& error, Millis delay);
  void restart(const std::string& message, const std::string& error,
               std::optional<Millis> delay = std::nullopt);
  /// Ends the receiver for good; the program goes on without it.
  void stop(const std::string& message);
  void stop(const std::string& message, const std::exception& error);
  /// Tells the log and the listeners; the receiver goes on.
  void reportError(const std::string& message, const std::exception& error);
  void reportError(const std::string& message, const std::string& error);

  bool isStarted() const;
  /// The receiver has been told to stop: a loop that receives should look here. True also while a
  /// restart waits.
  bool isStopped() const;
  /// An error was reported, or stopped or restarted the receiver.
  bool hasError() const;

  /// What store(records, metadata) was given with the newest block that is stored. With the
  /// write-ahead log on it is known after a crash too, so a receiver that reads a replayable source
  /// and hands its position over as metadata goes on exactly where the stored records end.
  std::optional<std::string> lastStoredMetadata() const;

  /// The settings of the application. Only once the receiver belongs to a stream.
  const SparkConf& conf() const;

  // For the tracker and the supervisor.
  void attach(ReceiverTracker* tracker);
  void joinReceiving();

 protected:
  /// Runs `body` on a thread of its own, which has ended before the next onStart(). What body
  /// throws restarts the receiver ("Error receiving data"); once the receiver is being stopped it
  /// just ends the thread. A thread that a receiver starts itself must catch what store() throws.
  void startReceiving(std::function<void()> body);

  ReceiverTracker& tracker() const;
  void storeBlock(BlockContent content, int64_t count, std::optional<std::string> metadata);
  size_t acquire(size_t wanted) const;
  BlockGenerator& generator() const;

 private:
  const StorageLevel storageLevel_;
  std::atomic<ReceiverTracker*> tracker_{nullptr};
  std::mutex mutex_;
  std::vector<std::thread> receiving_;
};

/// A receiver of records from the outside world: Spark's Receiver. Derive, give onStart() and
/// onStop(), call store() from the thread that receives, and pass the receiver to
/// StreamingContext::receiverStream. docs/howto/receivers.md has an example.
///
/// In      records, through store(): one by one, gathered into a block per block interval
///         (unreliable: a crash loses what is not yet stored), or a block at a time (reliable: when
///         store() returns the block is stored, with the write-ahead log on for good, so the source
///         may be told)
/// Errors  store: SparkException when the receiver's stream has ended, or the block cannot be
///         stored. A full disk or a full queue makes it wait
/// Threads onStart and onStop one at a time on the supervisor's; all else from any
template <class T>
class Receiver : public ReceiverBase {
 public:
  using Element = T;
  using ReceiverBase::ReceiverBase;

  /// One record.
  void store(T record) { storeEach(std::span<T>(&record, 1)); }

  /// A whole block, reliably.
  void store(std::vector<T> records) { storeVector(std::move(records), std::nullopt); }
  void store(std::vector<T> records, std::string metadata) {
    storeVector(std::move(records), std::move(metadata));
  }

  /// Records as by store(record), many at a time; U is T, or for strings a view. They are moved
  /// away.
  template <class U>
  void storeEach(std::span<U> records) {
    while (!records.empty()) {
      const std::span<U> admitted = records.first(acquire(records.size()));
      okOrThrow(generator().append([&](RecordBuffer& buffer) { write(admitted, buffer); }));
      records = records.subspan(admitted.size());
    }
  }
  void storeEach(std::vector<T> records) { storeEach(std::span<T>(records)); }

  /// Whether blocks are kept as bytes: serialised levels, for a T that has a Codec.
  bool keepsBytes() const { return Encodable<T> && !storageLevel().deserialized; }

  static std::string toBytes(const BlockContent& content) {
    std::string bytes;
    if constexpr (Encodable<T>) {
      for (const T& record : *static_cast<const std::vector<T>*>(content.elements.get()))
        Codec<T>::encode(record, bytes);
    }
    return bytes;
  }

  static int64_t memoryBytes(const BlockContent& content) {
    if (content.bytes) return static_cast<int64_t>(content.bytes->capacity());
    return static_cast<int64_t>(
        heapBytes(*static_cast<const std::vector<T>*>(content.elements.get())));
  }

 private:
  template <class U>
  void write(std::span<U> records, RecordBuffer& buffer) const {
    buffer.count += records.size();
    if constexpr (Encodable<T>) {
      if (keepsBytes()) {
        for (const auto& record : records)
          Codec<std::remove_const_t<U>>::encode(record, buffer.bytes);
        return;
      }
    }
    if (!buffer.elements) buffer.elements = std::make_shared<std::vector<T>>();
    auto& elements = *static_cast<std::vector<T>*>(buffer.elements.get());
    for (auto& record : records) elements.emplace_back(std::move(record));
  }

  void storeVector(std::vector<T> records, std::optional<std::string> metadata) {
    const auto count = static_cast<int64_t>(records.size());
    BlockContent content{std::make_shared<const std::vector<T>>(std::move(records)), nullptr};
    if (keepsBytes()) content = {nullptr, std::make_shared<const std::string>(toBytes(content))};
    storeBlock(std::move(content), count, std::move(metadata));
  }
};

}  // namespace spate
