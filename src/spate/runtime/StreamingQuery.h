#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

/// query.status.
struct StreamingQueryStatus {
  std::string message;
  bool isDataAvailable = false;
  bool isTriggerActive = false;
};

/// A streaming query that was started: it lives on, readable, after its end.
///
/// Threads all functions from any thread
class StreamingQuery {
 public:
  virtual ~StreamingQuery() = default;

  /// The same for all runs from one checkpoint; a UUID.
  virtual std::string id() const = 0;
  /// Of this run; a UUID.
  virtual std::string runId() const = 0;
  /// Empty: none.
  virtual std::string name() const = 0;

  virtual bool isActive() const = 0;
  virtual StreamingQueryStatus status() const = 0;
  /// Spark's StreamingQueryProgress as JSON, oldest first; the last is lastProgress.
  virtual std::vector<std::string> recentProgress() const = 0;
  virtual Result<std::string> explain(bool isExtended) const = 0;
  /// Why it ended: STREAM_FAILED. None while it runs, and after stop().
  virtual std::optional<Status> exception() const = 0;

  /// Ends it and waits for the end; nothing happens when it has ended.
  virtual Status stop() = 0;
  /// Returns when what is in the sources now is in the sink.
  ///
  /// Errors the query's own, when it fails meanwhile; kCancelled after `stop`
  virtual Status processAllAvailable(std::stop_token stop) = 0;
  /// True when the query has ended, false when the time is over before. Without a timeout only its
  /// end is waited for.
  ///
  /// Errors the query's own, when it failed; kCancelled after `stop`
  virtual Result<bool> awaitTermination(std::optional<std::chrono::milliseconds> timeout,
                                        std::stop_token stop) = 0;
};

enum class StreamingQueryEventType { kStarted, kProgress, kIdle, kTerminated };

/// What happened to a query, in the JSON of Spark's StreamingQueryListener:
///   kStarted     {"id":..,"runId":..,"name":..,"timestamp":..,"jobTags":[]}
///   kProgress    {"progress":{..}}
///   kIdle        {"id":..,"runId":..,"timestamp":..}
///   kTerminated  {"id":..,"runId":..,"exception":..,"errorClassOnException":..}
struct StreamingQueryEvent {
  StreamingQueryEventType type = StreamingQueryEventType::kProgress;
  std::string id;
  std::string runId;
  std::string json;
};

/// Called one event at a time, in the order of the events of a query. kStarted comes from inside
/// start(), before that returns. Must not block.
class StreamingQueryListener {
 public:
  virtual ~StreamingQueryListener() = default;
  virtual void onEvent(const StreamingQueryEvent& event) = 0;
};

/// spark.streams: the queries of one session.
///
/// Threads all functions from any thread
class StreamingQueryManager {
 public:
  virtual ~StreamingQueryManager() = default;

  virtual std::vector<std::shared_ptr<StreamingQuery>> active() const = 0;
  /// The active query of that id; null when there is none.
  virtual std::shared_ptr<StreamingQuery> get(const std::string& id) const = 0;
  /// True when a query has ended since the last resetTerminated(), false when the time is over
  /// before.
  ///
  /// Errors that of the query that failed; kCancelled after `stop`
  virtual Result<bool> awaitAnyTermination(std::optional<std::chrono::milliseconds> timeout,
                                           std::stop_token stop) = 0;
  virtual void resetTerminated() = 0;

  virtual void addListener(std::shared_ptr<StreamingQueryListener> listener) = 0;
  /// After it returns, the listener is not called any more.
  virtual void removeListener(const std::shared_ptr<StreamingQueryListener>& listener) = 0;
};

}  // namespace spate
