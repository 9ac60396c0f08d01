#include "spate/connect/ServedSession.h"

#include <algorithm>

#include "spate/connect/Uuid.h"

namespace spate::connect {

ServedSession::ServedSession(SessionIdentity identity, std::string serverSideId,
                             std::shared_ptr<Session> session)
    : identity_(std::move(identity)),
      serverSideId_(std::move(serverSideId)),
      session_(std::move(session)) {}

Result<std::shared_ptr<Operation>> ServedSession::begin(const std::string& id,
                                                        std::set<std::string> tags,
                                                        bool isReattachable) {
  auto operation = std::make_shared<Operation>(id, std::move(tags), isReattachable);
  const std::lock_guard lock(mutex_);
  if (isClosed_) return failure(invalidHandle("SESSION_CLOSED", identity_.sessionId));
  if (!operations_.emplace(id, operation).second) {
    return failure(invalidHandle("OPERATION_ALREADY_EXISTS", id));
  }
  return operation;
}

Result<std::shared_ptr<Operation>> ServedSession::operation(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = operations_.find(id);
  if (found != operations_.end()) return found->second;
  const bool isAbandoned = std::find(abandoned_.begin(), abandoned_.end(), id) != abandoned_.end();
  return failure(invalidHandle(isAbandoned ? "OPERATION_ABANDONED" : "OPERATION_NOT_FOUND", id));
}

std::shared_ptr<Operation> ServedSession::findOperation(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = operations_.find(id);
  return found == operations_.end() ? nullptr : found->second;
}

void ServedSession::release(const std::string& id) {
  std::shared_ptr<Operation> operation;
  {
    const std::lock_guard lock(mutex_);
    const auto found = operations_.find(id);
    if (found == operations_.end()) return;
    operation = std::move(found->second);
    operations_.erase(found);
  }
  operation->interrupt();
  operation->responses().close();
}

std::vector<std::string> ServedSession::interrupt(const std::optional<std::string>& tag) {
  std::vector<std::shared_ptr<Operation>> chosen;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, operation] : operations_) {
      if (operation->responses().isFinished() || !operation->isInterruptible()) continue;
      if (!tag || operation->tags().contains(*tag)) chosen.push_back(operation);
    }
  }
  std::vector<std::string> ids;
  for (const auto& operation : chosen) {
    operation->interrupt();
    ids.push_back(operation->id());
  }
  return ids;
}

void ServedSession::releaseAbandoned(Clock::time_point now, Clock::duration patience) {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, operation] : operations_) {
      const auto since = operation->responses().detachedSince();
      if (!since || now - *since < patience) continue;
      ids.push_back(id);
      abandoned_.push_back(id);
      if (abandoned_.size() > kMaxReleased) abandoned_.pop_front();
    }
  }
  for (const std::string& id : ids) release(id);
}

std::string ServedSession::keepError(ErrorDetails details) {
  std::string id = randomUuid();
  const std::lock_guard lock(mutex_);
  errors_[id] = std::move(details);
  errorIds_.push_back(id);
  if (errorIds_.size() > kMaxErrors) {
    errors_.erase(errorIds_.front());
    errorIds_.pop_front();
  }
  return id;
}

std::optional<ErrorDetails> ServedSession::error(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = errors_.find(id);
  if (found == errors_.end()) return std::nullopt;
  return found->second;
}

void ServedSession::keepQuery(std::shared_ptr<StreamingQuery> query) {
  const std::string runId = query->runId();
  const std::lock_guard lock(mutex_);
  if (!queries_.insert_or_assign(runId, std::move(query)).second) return;
  runIds_.push_back(runId);
  // Only what has ended may be forgotten.
  while (runIds_.size() > kMaxQueries && !queries_.at(runIds_.front())->isActive()) {
    queries_.erase(runIds_.front());
    origins_.erase(runIds_.front());
    runIds_.pop_front();
  }
}

void ServedSession::keepStarted(const Operation& operation,
                                const std::shared_ptr<StreamingQuery>& query) {
  keepQuery(query);
  const std::lock_guard lock(mutex_);
  origins_[query->runId()] = {operation.id(), operation.tags()};
}

std::vector<std::pair<std::string, std::shared_ptr<StreamingQuery>>> ServedSession::started(
    const std::optional<std::string>& tag) const {
  std::vector<std::pair<std::string, std::shared_ptr<StreamingQuery>>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [runId, origin] : origins_) {
    const auto query = queries_.find(runId);
    if (query == queries_.end() || !query->second->isActive()) continue;
    if (!tag || origin.tags.contains(*tag)) found.emplace_back(origin.operationId, query->second);
  }
  return found;
}

Result<std::shared_ptr<StreamingQuery>> ServedSession::query(const std::string& id,
                                                             const std::string& runId) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = queries_.find(runId);
    if (found != queries_.end() && found->second->id() == id) return found->second;
  }
  // One that this client did not start: it got its id from spark.streams.
  if (auto active = session_->streams().get(id); active && active->runId() == runId) {
    keepQuery(active);
    return active;
  }
  return failure(Status::invalidArgument("Streaming query " + id + " (run " + runId +
                                         ") is not found in this session"));
}

std::shared_ptr<ListenerBus> ServedSession::openListenerBus() {
  closeListenerBus();
  auto bus = std::make_shared<ListenerBus>();
  session_->streams().addListener(bus);
  const std::lock_guard lock(mutex_);
  listenerBus_ = bus;
  return bus;
}

std::shared_ptr<ListenerBus> ServedSession::listenerBus() const {
  const std::lock_guard lock(mutex_);
  return listenerBus_;
}

void ServedSession::closeListenerBus() {
  std::shared_ptr<ListenerBus> bus;
  {
    const std::lock_guard lock(mutex_);
    bus = std::move(listenerBus_);
    listenerBus_ = nullptr;
  }
  if (bus == nullptr) return;
  session_->streams().removeListener(bus);
  bus->close();
}

void ServedSession::closeListenerBus(const std::shared_ptr<ListenerBus>& bus) {
  {
    const std::lock_guard lock(mutex_);
    if (listenerBus_ == bus) listenerBus_ = nullptr;
  }
  session_->streams().removeListener(bus);
  bus->close();
}

void ServedSession::setPersisted(const std::string& plan, std::optional<std::string> level) {
  const std::lock_guard lock(mutex_);
  if (level) {
    persisted_[plan] = *std::move(level);
  } else {
    persisted_.erase(plan);
  }
}

std::optional<std::string> ServedSession::persisted(const std::string& plan) const {
  const std::lock_guard lock(mutex_);
  const auto found = persisted_.find(plan);
  if (found == persisted_.end()) return std::nullopt;
  return found->second;
}

bool ServedSession::isBusy() const {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, operation] : operations_) {
      if (!operation->responses().isFinished()) return true;
    }
  }
  return !session_->streams().active().empty();
}

void ServedSession::close() {
  std::map<std::string, std::shared_ptr<Operation>> operations;
  {
    const std::lock_guard lock(mutex_);
    if (isClosed_) return;
    isClosed_ = true;
    operations.swap(operations_);
  }
  for (const auto& [id, operation] : operations) {
    operation->interrupt();
    operation->responses().close();
  }
  closeListenerBus();
  session_->close();
}

}  // namespace spate::connect
