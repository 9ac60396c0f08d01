#include "spate/runtime/StreamingQueries.h"

#include <algorithm>

#include "spate/runtime/StreamExecution.h"

namespace spate {

StreamingQueries::StreamingQueries(FaultPoints& faultPoints) : faultPoints_(faultPoints) {}

StreamingQueries::~StreamingQueries() { stopAll(); }

Result<std::shared_ptr<StreamingQuery>> StreamingQueries::start(StreamingQueryDefinition definition,
                                                                std::shared_ptr<TaskPool> pool) {
  auto query = std::make_shared<StreamExecution>(std::move(definition), std::move(pool), *this);
  std::vector<std::shared_ptr<StreamExecution>> gone;
  {
    std::lock_guard lock(mutex_);
    gone.swap(gone_);
    for (const auto& [id, other] : queries_) {
      if (!other->isActive()) continue;
      if (!query->name().empty() && other->name() == query->name())
        return failure(
            Status(StatusCode::kAlreadyExists,
                   "Cannot start query with name " + query->name() +
                       " as a query with that name is already active in this SparkSession"));
      if (id == query->id())
        return failure(
            Status(StatusCode::kAlreadyExists,
                   "Cannot start query with id " + id +
                       " as another query with same id is already active. Perhaps you are "
                       "attempting to restart a query from checkpoint that is already active.")
                .withErrorClass("CONCURRENT_QUERY", "0A000"));
    }
    queries_[query->id()] = query;
  }
  const Status status = query->begin();
  if (!status.ok()) {
    std::lock_guard lock(mutex_);
    queries_.erase(query->id());
    return failure(status);
  }
  return std::shared_ptr<StreamingQuery>(query);
}

void StreamingQueries::stopAll() {
  for (const auto& query : active()) static_cast<void>(query->stop());
}

std::vector<std::shared_ptr<StreamingQuery>> StreamingQueries::active() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<StreamingQuery>> found;
  for (const auto& [id, query] : queries_)
    if (query->isActive()) found.push_back(query);
  return found;
}

std::shared_ptr<StreamingQuery> StreamingQueries::get(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = queries_.find(id);
  if (found == queries_.end() || !found->second->isActive()) return nullptr;
  return found->second;
}

Result<bool> StreamingQueries::awaitAnyTermination(std::optional<std::chrono::milliseconds> timeout,
                                                   std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto ended = [this] { return anyTerminated_; };
  if (timeout) {
    ended_.wait_for(lock, stop, *timeout, ended);
  } else {
    ended_.wait(lock, stop, ended);
  }
  if (failure_) return failure(*failure_);
  if (!anyTerminated_ && stop.stop_requested())
    return failure(Status::cancelled("the operation was interrupted"));
  return anyTerminated_;
}

void StreamingQueries::resetTerminated() {
  std::lock_guard lock(mutex_);
  anyTerminated_ = false;
  failure_.reset();
}

void StreamingQueries::addListener(std::shared_ptr<StreamingQueryListener> listener) {
  std::lock_guard lock(listenersMutex_);
  listeners_.push_back(std::move(listener));
}

void StreamingQueries::removeListener(const std::shared_ptr<StreamingQueryListener>& listener) {
  std::lock_guard lock(listenersMutex_);
  std::erase(listeners_, listener);
}

void StreamingQueries::tell(const StreamingQueryEvent& event) {
  std::lock_guard lock(listenersMutex_);
  for (const auto& listener : listeners_) listener->onEvent(event);
}

void StreamingQueries::terminated(const std::shared_ptr<StreamExecution>& query,
                                  const Status& status) {
  std::lock_guard lock(mutex_);
  // Of what has ended only awaitAnyTermination keeps a memory.
  if (const auto found = queries_.find(query->id());
      found != queries_.end() && found->second == query) {
    queries_.erase(found);
    gone_.push_back(query);
  }
  anyTerminated_ = true;
  if (!status.ok() && !failure_) failure_ = status;
  ended_.notify_all();
}

}  // namespace spate
