#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/connect/ServedSession.h"

namespace spate::connect {

/// The sessions of a server, by user and id.
///
/// Threads all functions from any thread
class SessionTable {
 public:
  /// `factory` must live longer.
  explicit SessionTable(SessionFactory& factory) : factory_(factory) {}

  /// The session, made with the first request that names it. `observed` is the server-side id that
  /// the client has seen; empty: none yet.
  ///
  /// Errors INVALID_HANDLE.FORMAT, .SESSION_CLOSED, .SESSION_CHANGED, and those of the factory
  Result<std::shared_ptr<ServedSession>> getOrMake(const SessionIdentity& identity,
                                                   const std::string& observed);

  /// Only one that is there.
  ///
  /// Errors as getOrMake(), and INVALID_HANDLE.SESSION_NOT_FOUND
  Result<std::shared_ptr<ServedSession>> get(const SessionIdentity& identity,
                                             const std::string& observed);

  /// A copy of a session, under an id of the client's choice or a new one.
  ///
  /// Errors as get(); INVALID_CLONE_SESSION_REQUEST when the new id is in use or none
  Result<std::shared_ptr<ServedSession>> clone(const SessionIdentity& identity,
                                               const std::string& observed,
                                               const std::optional<std::string>& newId);

  /// Closes the session; unless the client may come back under that id, later requests are told
  /// SESSION_CLOSED. The server-side id of the session, empty when there is none.
  Result<std::string> release(const SessionIdentity& identity, bool mayReconnect);

  /// Closes sessions that have been idle, and forgets operations that were left, for so long.
  void releaseIdle(std::chrono::steady_clock::duration idle,
                   std::chrono::steady_clock::duration abandoned);

  void closeAll();

 private:
  using Key = std::pair<std::string, std::string>;
  static constexpr size_t kMaxClosed = 10000;

  static Key keyOf(const SessionIdentity& identity);
  Result<std::shared_ptr<ServedSession>> find(const Key& key, const std::string& observed) const;
  void noteClosed(const Key& key);
  std::vector<std::shared_ptr<ServedSession>> all() const;

  SessionFactory& factory_;
  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<ServedSession>> sessions_;
  std::deque<Key> closed_;
};

}  // namespace spate::connect
