#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/ListenerBus.h"
#include "spate/connect/Operation.h"
#include "spate/connect/Session.h"
#include "spate/runtime/StreamingQuery.h"

namespace spate::connect {

/// A session of the engine with what the protocol keeps beside it: its operations, the errors that
/// the client may ask details of, its queries (also those that have ended), its listener bus.
///
/// Threads all functions from any thread
class ServedSession {
 public:
  using Clock = std::chrono::steady_clock;

  ServedSession(SessionIdentity identity, std::string serverSideId,
                std::shared_ptr<Session> session);

  const SessionIdentity& identity() const { return identity_; }
  /// Made by the server; another one tells the client that its session is lost.
  const std::string& serverSideId() const { return serverSideId_; }
  Session& engine() { return *session_; }

  // --- operations
  /// Errors INVALID_HANDLE.OPERATION_ALREADY_EXISTS, .SESSION_CLOSED
  Result<std::shared_ptr<Operation>> begin(const std::string& id, std::set<std::string> tags,
                                           bool isReattachable);
  /// Errors INVALID_HANDLE.OPERATION_NOT_FOUND, .OPERATION_ABANDONED
  Result<std::shared_ptr<Operation>> operation(const std::string& id) const;
  /// Null when there is none.
  std::shared_ptr<Operation> findOperation(const std::string& id) const;
  /// It is stopped if it runs, and its answers are gone.
  void release(const std::string& id);
  /// Interrupts all, or those with a tag; the ids of them.
  std::vector<std::string> interrupt(const std::optional<std::string>& tag);
  /// Releases operations whose client has been away for so long.
  void releaseAbandoned(Clock::time_point now, Clock::duration patience);

  // --- errors
  /// Keeps the details for a while, under the id that comes back.
  std::string keepError(ErrorDetails details);
  std::optional<ErrorDetails> error(const std::string& id) const;

  // --- streaming queries
  void keepQuery(std::shared_ptr<StreamingQuery> query);
  /// The same for one that an operation has started: it can be interrupted by its tags later on.
  void keepStarted(const Operation& operation, const std::shared_ptr<StreamingQuery>& query);
  /// Those that run, or those of them with a tag, with the id of the operation that started each.
  std::vector<std::pair<std::string, std::shared_ptr<StreamingQuery>>> started(
      const std::optional<std::string>& tag) const;
  /// Errors kInvalidArgument: not known
  Result<std::shared_ptr<StreamingQuery>> query(const std::string& id, const std::string& runId);

  /// A new bus in the place of the one before: a client that lost its stream opens another one.
  std::shared_ptr<ListenerBus> openListenerBus();
  /// Null while it is not open.
  std::shared_ptr<ListenerBus> listenerBus() const;
  void closeListenerBus();
  /// Only if it is still this one.
  void closeListenerBus(const std::shared_ptr<ListenerBus>& bus);

  // --- df.persist: a hint that is kept, so that df.storageLevel tells it
  /// `plan` and `level` are texts of the caller's choice; no level: not persisted.
  void setPersisted(const std::string& plan, std::optional<std::string> level);
  std::optional<std::string> persisted(const std::string& plan) const;

  // --- idle sessions
  void touch() { lastUse_ = Clock::now(); }
  Clock::time_point lastUse() const { return lastUse_; }
  /// An operation or a streaming query is running.
  bool isBusy() const;

  /// Stops all that runs, and the session of the engine. Once; later calls do nothing.
  void close();

 private:
  static constexpr size_t kMaxErrors = 256;
  static constexpr size_t kMaxReleased = 1024;
  static constexpr size_t kMaxQueries = 1024;

  const SessionIdentity identity_;
  const std::string serverSideId_;
  const std::shared_ptr<Session> session_;
  std::atomic<Clock::time_point> lastUse_ = Clock::now();

  mutable std::mutex mutex_;
  bool isClosed_ = false;
  std::map<std::string, std::shared_ptr<Operation>> operations_;
  std::deque<std::string> abandoned_;
  std::map<std::string, ErrorDetails> errors_;
  std::deque<std::string> errorIds_;
  std::map<std::string, std::shared_ptr<StreamingQuery>> queries_;  ///< by run id
  struct Origin {
    std::string operationId;
    std::set<std::string> tags;
  };
  std::map<std::string, Origin> origins_;  ///< of queries, by run id
  std::deque<std::string> runIds_;
  std::shared_ptr<ListenerBus> listenerBus_;
  std::map<std::string, std::string> persisted_;
};

}  // namespace spate::connect
