#include "spate/connect/SessionTable.h"

#include <algorithm>

#include "spate/connect/Uuid.h"

namespace spate::connect {
namespace {

std::string lowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Status invalidClone(const std::string& condition, const std::string& why) {
  return Status::invalidArgument("Invalid session clone request. " + why)
      .withErrorClass("INVALID_CLONE_SESSION_REQUEST." + condition, "42K04");
}

}  // namespace

SessionTable::Key SessionTable::keyOf(const SessionIdentity& identity) {
  return {identity.userId, lowerCase(identity.sessionId)};
}

/// Under the lock. Null: there is none.
Result<std::shared_ptr<ServedSession>> SessionTable::find(const Key& key,
                                                          const std::string& observed) const {
  if (!isUuid(key.second)) return failure(invalidHandle("FORMAT", key.second));
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) {
    if (std::find(closed_.begin(), closed_.end(), key) != closed_.end()) {
      return failure(invalidHandle("SESSION_CLOSED", key.second));
    }
    // The session that the client has seen was one of a server before this one.
    if (!observed.empty()) return failure(invalidHandle("SESSION_CHANGED", key.second));
    return nullptr;
  }
  if (!observed.empty() && observed != found->second->serverSideId()) {
    return failure(invalidHandle("SESSION_CHANGED", key.second));
  }
  found->second->touch();
  return found->second;
}

Result<std::shared_ptr<ServedSession>> SessionTable::getOrMake(const SessionIdentity& identity,
                                                               const std::string& observed) {
  const Key key = keyOf(identity);
  const std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_FAIL(std::shared_ptr<ServedSession> served, find(key, observed));
  if (served != nullptr) return served;
  SPATE_ASSIGN_OR_FAIL(std::shared_ptr<Session> session, factory_.makeSession(identity));
  served = std::make_shared<ServedSession>(identity, randomUuid(), std::move(session));
  sessions_[key] = served;
  return served;
}

Result<std::shared_ptr<ServedSession>> SessionTable::get(const SessionIdentity& identity,
                                                         const std::string& observed) {
  const std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_FAIL(std::shared_ptr<ServedSession> served, find(keyOf(identity), observed));
  if (served == nullptr) {
    return failure(invalidHandle("SESSION_NOT_FOUND", identity.sessionId));
  }
  return served;
}

Result<std::shared_ptr<ServedSession>> SessionTable::clone(
    const SessionIdentity& identity, const std::string& observed,
    const std::optional<std::string>& newId) {
  SPATE_ASSIGN_OR_FAIL(const std::shared_ptr<ServedSession> parent, get(identity, observed));
  const SessionIdentity copy{identity.userId, newId.value_or(randomUuid())};
  const Key key = keyOf(copy);
  if (!isUuid(copy.sessionId)) {
    return failure(invalidClone("TARGET_SESSION_ID_FORMAT",
                                "Target session ID " + copy.sessionId +
                                    " for clone operation must be an UUID string of the format "
                                    "'00112233-4455-6677-8899-aabbccddeeff'."));
  }
  const std::lock_guard lock(mutex_);
  const bool wasClosed = std::find(closed_.begin(), closed_.end(), key) != closed_.end();
  if (wasClosed || sessions_.contains(key)) {
    return failure(invalidClone(
        wasClosed ? "TARGET_SESSION_ID_ALREADY_CLOSED" : "TARGET_SESSION_ID_ALREADY_EXISTS",
        "Cannot clone session to target session ID " + copy.sessionId + " because " +
            (wasClosed ? "the session with this ID was previously closed."
                       : "a session with this ID already exists.")));
  }
  SPATE_ASSIGN_OR_FAIL(std::shared_ptr<Session> session, parent->engine().clone(copy));
  auto served = std::make_shared<ServedSession>(copy, randomUuid(), std::move(session));
  sessions_[key] = served;
  return served;
}

void SessionTable::noteClosed(const Key& key) {
  closed_.push_back(key);
  if (closed_.size() > kMaxClosed) closed_.pop_front();
}

Result<std::string> SessionTable::release(const SessionIdentity& identity, bool mayReconnect) {
  const Key key = keyOf(identity);
  if (!isUuid(key.second)) return failure(invalidHandle("FORMAT", identity.sessionId));
  std::shared_ptr<ServedSession> served;
  {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) return std::string();
    served = std::move(found->second);
    sessions_.erase(found);
    if (!mayReconnect) noteClosed(key);
  }
  served->close();
  return served->serverSideId();
}

std::vector<std::shared_ptr<ServedSession>> SessionTable::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<ServedSession>> sessions;
  for (const auto& [key, served] : sessions_) sessions.push_back(served);
  return sessions;
}

void SessionTable::releaseIdle(std::chrono::steady_clock::duration idle,
                               std::chrono::steady_clock::duration abandoned) {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& served : all()) {
    served->releaseAbandoned(now, abandoned);
    if (now - served->lastUse() < idle || served->isBusy()) continue;
    // The client did not say goodbye; it is told so if it comes back.
    static_cast<void>(release(served->identity(), false));
  }
}

void SessionTable::closeAll() {
  std::map<Key, std::shared_ptr<ServedSession>> sessions;
  {
    const std::lock_guard lock(mutex_);
    sessions.swap(sessions_);
    for (const auto& [key, served] : sessions) noteClosed(key);
  }
  for (const auto& [key, served] : sessions) served->close();
}

}  // namespace spate::connect
