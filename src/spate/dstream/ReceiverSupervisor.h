#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "spate/base/Clock.h"
#include "spate/dstream/StreamingListener.h"

namespace spate {

class ReceiverBase;

/// Starts, restarts and stops one receiver, on a thread of its own. Spark's ReceiverSupervisor.
///
/// In      requests of the receiver, from its own threads, and of the stream
/// Out     calls of onStart() and onStop(), one at a time and in turns; events for listeners
/// Errors  an exception of onStart() is an error like any other: the receiver is started again
///         after the delay. (In Spark the tracker starts it again, at once.)
/// Threads all functions from any thread; start and shutDown once
class ReceiverSupervisor : public std::enable_shared_from_this<ReceiverSupervisor> {
 public:
  enum class Event { kStarted, kError, kStopped };
  struct Options {
    int streamId = 0;
    Millis restartDelay{2000};
    std::shared_ptr<Clock> clock;
    /// Not called any more once shutDown() has returned.
    std::function<void(Event, const ReceiverInfo&)> onEvent;
  };
  ReceiverSupervisor(std::shared_ptr<ReceiverBase> receiver, Options options);
  ~ReceiverSupervisor();

  void start();
  /// onStop(), the delay, onStart(), in the background. While one restart is under way, further
  /// ones are dropped.
  void restart(const std::string& message, std::string error, std::optional<Millis> delay);
  /// For good.
  void stop(const std::string& message, std::string error);
  void reportError(const std::string& message, const std::string& error);

  bool isStarted() const;
  bool isStopped() const;
  bool hasError() const;

  /// onStop() for the last time; waits until it has returned, but not longer than until
  /// `deadline`. False: it did not.
  bool shutDown(std::optional<Timestamp> deadline);

 private:
  enum class State { kInitialized, kStarted, kStopped };
  enum class Action { kRestart, kStop, kShutDown };
  struct Request {
    Action action;
    std::string message;
    std::string error;
    Millis delay;
  };

  void run();
  /// Empty: the deadline came first.
  std::optional<Request> waitForRequest(std::optional<Timestamp> deadline);
  void startReceiver();
  void stopReceiver(const Request& request);
  void tell(Event event);

  const std::shared_ptr<ReceiverBase> receiver_;
  const Options options_;
  WakeUp wakeUp_;
  WakeUp ended_;
  mutable std::mutex mutex_;
  State state_ = State::kInitialized;
  std::optional<Request> request_;
  /// onStart() was called, and onStop() not since.
  bool running_ = false;
  bool shuttingDown_ = false;
  bool silent_ = false;
  bool finished_ = false;
  ReceiverInfo info_;
  std::thread thread_;
};

}  // namespace spate
