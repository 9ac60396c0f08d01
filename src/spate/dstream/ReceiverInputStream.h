#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "spate/dstream/InputStreamNode.h"
#include "spate/dstream/ReceivedBlocksNode.h"
#include "spate/dstream/Receiver.h"
#include "spate/dstream/ReceiverTracker.h"

namespace spate {

/// An input stream that a receiver feeds. Spark's ReceiverInputDStream.
template <class T>
class ReceiverInputStream final : public InputStreamNode<T> {
 public:
  ReceiverInputStream(const std::shared_ptr<StreamGraph>& graph, std::string operation,
                      std::shared_ptr<Receiver<T>> receiver, StreamingListenerBus& listeners)
      : InputStreamNode<T>(graph, std::move(operation)),
        tracker_(*graph, receiver, listeners, optionsOf(*receiver)) {}

  OffsetSource& source() override { return tracker_.blocks(); }
  Status recover(const std::optional<Offset>& end) override { return tracker_.recover(end); }
  void start() override { tracker_.start(); }
  void stop(bool graceful) override { tracker_.stop(graceful); }
  std::optional<int64_t> numRecords(const OffsetRange& range) const override {
    return tracker_.blocks().numRecords(range);
  }

  RDD<T> rddFor(Time, const OffsetRange& range) override {
    return makeRdd<ReceivedBlocksNode<T>>(this->rddContext(), this->operation(),
                                          tracker_.blocks().blocksOf(range));
  }

  ReceiverTracker& tracker() { return tracker_; }

 private:
  ReceiverTracker::Options optionsOf(const Receiver<T>& receiver) const {
    ReceiverTracker::Options options;
    options.streamId = this->id();
    options.name = this->operation() + " " + std::to_string(this->id());
    options.storageLevel = receiver.storageLevel();
    if constexpr (Encodable<T>) options.toBytes = &Receiver<T>::toBytes;
    options.memoryBytes = &Receiver<T>::memoryBytes;
    return options;
  }

  mutable ReceiverTracker tracker_;
};

}  // namespace spate
