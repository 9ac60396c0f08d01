#include "spate/dstream/Receiver.h"

#include "spate/dstream/ReceiverTracker.h"
#include "spate/dstream/StreamNode.h"

namespace spate {

ReceiverBase::~ReceiverBase() { joinReceiving(); }

void ReceiverBase::attach(ReceiverTracker* tracker) {
  if (tracker != nullptr && tracker_.load() != nullptr)
    throw IllegalStateException("this receiver belongs to a stream already");
  tracker_ = tracker;
}

ReceiverTracker& ReceiverBase::tracker() const {
  ReceiverTracker* tracker = tracker_.load();
  if (tracker == nullptr)
    throw IllegalStateException(
        "The ReceiverSupervisor has not been attached to the receiver yet. Maybe you are starting "
        "some computation in the receiver before the Receiver.onStart() has been called.");
  return *tracker;
}

std::string ReceiverBase::name() const {
  std::string name = typeNameWithoutCodec(typeid(*this));
  name = name.substr(0, name.find('<'));
  const size_t scope = name.rfind("::");
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

int ReceiverBase::streamId() const { return tracker().streamId(); }

const SparkConf& ReceiverBase::conf() const { return tracker().conf(); }

void ReceiverBase::restart(const std::string& message) {
  tracker().supervisor().restart(message, {}, {});
}
void ReceiverBase::restart(const std::string& message, const std::exception& error) {
  tracker().supervisor().restart(message, error.what(), {});
}
void ReceiverBase::restart(const std::string& message, const std::exception& error, Millis delay) {
  tracker().supervisor().restart(message, error.what(), delay);
}
void ReceiverBase::restart(const std::string& message, const std::string& error,
                           std::optional<Millis> delay) {
  tracker().supervisor().restart(message, error, delay);
}

void ReceiverBase::stop(const std::string& message) { tracker().supervisor().stop(message, {}); }
void ReceiverBase::stop(const std::string& message, const std::exception& error) {
  tracker().supervisor().stop(message, error.what());
}

void ReceiverBase::reportError(const std::string& message, const std::exception& error) {
  tracker().supervisor().reportError(message, error.what());
}
void ReceiverBase::reportError(const std::string& message, const std::string& error) {
  tracker().supervisor().reportError(message, error);
}

bool ReceiverBase::isStarted() const { return tracker().supervisor().isStarted(); }
bool ReceiverBase::isStopped() const { return tracker().supervisor().isStopped(); }
bool ReceiverBase::hasError() const { return tracker().supervisor().hasError(); }

std::optional<std::string> ReceiverBase::lastStoredMetadata() const {
  return tracker().blocks().lastMetadata();
}

void ReceiverBase::startReceiving(std::function<void()> body) {
  std::lock_guard lock(mutex_);
  receiving_.emplace_back([this, body = std::move(body)] {
    try {
      body();
    } catch (...) {
      // Does nothing when the receiver is being stopped.
      restart("Error receiving data", statusOfCurrentException().message());
    }
  });
}

void ReceiverBase::joinReceiving() {
  std::vector<std::thread> ended;
  {
    std::lock_guard lock(mutex_);
    ended.swap(receiving_);
  }
  for (std::thread& thread : ended) thread.join();
}

void ReceiverBase::storeBlock(BlockContent content, int64_t count,
                              std::optional<std::string> metadata) {
  tracker().storeBlock(std::move(content), count, std::move(metadata));
}

size_t ReceiverBase::acquire(size_t wanted) const { return tracker().acquire(wanted); }

BlockGenerator& ReceiverBase::generator() const { return tracker().generator(); }

}  // namespace spate
