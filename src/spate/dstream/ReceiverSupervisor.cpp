#include "spate/dstream/ReceiverSupervisor.h"

#include <fmt/core.h>

#include <utility>

#include "spate/base/Logging.h"
#include "spate/dstream/Receiver.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

constexpr std::string_view kComponent = "ReceiverSupervisorImpl";

std::string withError(const std::string& message, const std::string& error) {
  return error.empty() ? message : message + ": " + error;
}

}  // namespace

ReceiverSupervisor::ReceiverSupervisor(std::shared_ptr<ReceiverBase> receiver, Options options)
    : receiver_(std::move(receiver)), options_(std::move(options)) {
  info_.streamId = options_.streamId;
  info_.name = receiver_->name() + "-" + std::to_string(options_.streamId);
}

ReceiverSupervisor::~ReceiverSupervisor() = default;

void ReceiverSupervisor::start() {
  // The thread keeps this object: a receiver that never comes back from onStop() is left behind.
  thread_ = std::thread([self = shared_from_this()] { self->run(); });
}

void ReceiverSupervisor::restart(const std::string& message, std::string error,
                                 std::optional<Millis> delay) {
  Request request{Action::kRestart, {}, std::move(error), delay.value_or(options_.restartDelay)};
  request.message =
      fmt::format("Restarting receiver with delay {} ms: {}", request.delay.count(), message);
  {
    std::lock_guard lock(mutex_);
    if (request_ || shuttingDown_ || state_ != State::kStarted) return;
    // No loop of the receiver shall go on from here.
    state_ = State::kStopped;
    logWarn(kComponent, withError(request.message, request.error));
    request_ = std::move(request);
  }
  wakeUp_.notify();
}

void ReceiverSupervisor::stop(const std::string& message, std::string error) {
  {
    std::lock_guard lock(mutex_);
    if (shuttingDown_) return;
    state_ = State::kStopped;
    if (error.empty())
      logInfo(kComponent, "Stopping receiver with message: " + message);
    else
      logError(kComponent, "Stopping receiver with message: " + withError(message, error));
    request_ = Request{Action::kStop, message, std::move(error), {}};
  }
  wakeUp_.notify();
}

void ReceiverSupervisor::reportError(const std::string& message, const std::string& error) {
  logWarn(kComponent, "Reported error " + withError(message, error));
  {
    std::lock_guard lock(mutex_);
    info_.lastErrorMessage = message;
    info_.lastError = error;
    info_.lastErrorTime = millisOf(options_.clock->now());
  }
  tell(Event::kError);
}

bool ReceiverSupervisor::isStarted() const {
  std::lock_guard lock(mutex_);
  return state_ == State::kStarted;
}

bool ReceiverSupervisor::isStopped() const {
  std::lock_guard lock(mutex_);
  return state_ == State::kStopped;
}

bool ReceiverSupervisor::hasError() const {
  std::lock_guard lock(mutex_);
  return info_.lastErrorTime >= 0;
}

bool ReceiverSupervisor::shutDown(std::optional<Timestamp> deadline) {
  bool wasActive = false;
  {
    std::lock_guard lock(mutex_);
    shuttingDown_ = true;
    wasActive = info_.active;
    // Events that come from now on are told by the caller, who may be inside a listener.
    silent_ = true;
  }
  wakeUp_.notify();
  const auto finished = [&] {
    std::lock_guard lock(mutex_);
    return finished_;
  };
  // A listener that is told of an event by the supervisor's own thread cannot wait for it.
  const bool own = std::this_thread::get_id() == thread_.get_id();
  while (!own && !finished()) {
    if (options_.clock->waitUntil(ended_, deadline)) break;
  }
  if (own) {
    thread_.detach();
    return true;
  }
  if (finished()) {
    thread_.join();
  } else {
    logWarn(kComponent, "Not all of the receivers have deregistered: " + info_.name +
                            " has not come back from onStop()");
    thread_.detach();
  }
  ReceiverInfo info;
  {
    std::lock_guard lock(mutex_);
    info = info_;
  }
  if (wasActive) options_.onEvent(Event::kStopped, info);
  return finished();
}

std::optional<ReceiverSupervisor::Request> ReceiverSupervisor::waitForRequest(
    std::optional<Timestamp> deadline) {
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (shuttingDown_) return Request{Action::kShutDown, "Stopped by driver", {}, {}};
      if (request_) return std::exchange(request_, std::nullopt);
    }
    if (options_.clock->waitUntil(wakeUp_, deadline)) return std::nullopt;
  }
}

void ReceiverSupervisor::run() {
  startReceiver();
  std::optional<Request> request = waitForRequest({});
  while (request->action == Action::kRestart) {
    stopReceiver(*request);
    request = waitForRequest(options_.clock->now() + request->delay);
    if (request) continue;
    startReceiver();
    request = waitForRequest({});
  }
  stopReceiver(*request);
  if (request->action == Action::kStop) tell(Event::kStopped);
  while (request->action != Action::kShutDown) request = waitForRequest({});
  std::lock_guard lock(mutex_);
  finished_ = true;
  ended_.notify();
}

void ReceiverSupervisor::startReceiver() {
  {
    std::lock_guard lock(mutex_);
    if (shuttingDown_) return;
    state_ = State::kStarted;
    running_ = true;
    info_.active = true;
  }
  tell(Event::kStarted);
  try {
    receiver_->onStart();
  } catch (...) {
    restart("Error starting receiver " + std::to_string(options_.streamId),
            statusOfCurrentException().message(), {});
  }
}

void ReceiverSupervisor::stopReceiver(const Request& request) {
  {
    std::lock_guard lock(mutex_);
    state_ = State::kStopped;
    if (!std::exchange(running_, false)) return;
    info_.active = false;
    info_.lastErrorMessage = request.message;
    info_.lastError = request.error;
    if (!request.error.empty()) info_.lastErrorTime = millisOf(options_.clock->now());
  }
  try {
    receiver_->onStop();
  } catch (...) {
    logError(kComponent, "Error stopping receiver " + std::to_string(options_.streamId) + ": " +
                             statusOfCurrentException().message());
  }
  receiver_->joinReceiving();
  if (request.action == Action::kRestart) tell(Event::kStopped);
}

void ReceiverSupervisor::tell(Event event) {
  ReceiverInfo info;
  {
    std::lock_guard lock(mutex_);
    if (silent_) return;
    info = info_;
  }
  options_.onEvent(event, info);
}

}  // namespace spate
