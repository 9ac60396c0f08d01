#include "FakeStreams.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "spate/connect/Uuid.h"

namespace spate {

using nlohmann::json;

namespace {

constexpr const char* kTime = "2026-01-01T00:00:00.000Z";

std::string progressJson(const FakeQuery& query, size_t batch) {
  const json source = {{"description", "FakeSource"},
                       {"startOffset", nullptr},
                       {"endOffset", 1},
                       {"latestOffset", 1},
                       {"numInputRows", 10},
                       {"inputRowsPerSecond", 1.0},
                       {"processedRowsPerSecond", 2.0}};
  return json{{"id", query.id()},
              {"runId", query.runId()},
              {"name", query.name()},
              {"timestamp", kTime},
              {"batchId", batch},
              {"batchDuration", 5},
              {"numInputRows", 10},
              {"inputRowsPerSecond", 1.0},
              {"processedRowsPerSecond", 2.0},
              {"durationMs", {{"triggerExecution", 5}}},
              {"eventTime", json::object()},
              {"stateOperators", json::array()},
              {"sources", json::array({source})},
              {"sink", {{"description", "FakeSink"}, {"numOutputRows", 10}}},
              {"observedMetrics", json::object()}}
      .dump();
}

bool isThere(const plan::Options& options, const std::string& key) { return options.contains(key); }

}  // namespace

FakeQuery::FakeQuery(FakeStreams& streams, std::string name)
    : streams_(streams),
      id_(connect::randomUuid()),
      runId_(connect::randomUuid()),
      name_(std::move(name)) {}

bool FakeQuery::isActive() const {
  const std::lock_guard lock(mutex_);
  return isActive_;
}

StreamingQueryStatus FakeQuery::status() const {
  return {isActive() ? "Waiting for data to arrive" : "Stopped", false, false};
}

std::vector<std::string> FakeQuery::recentProgress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

Result<std::string> FakeQuery::explain(bool isExtended) const {
  return std::string(isExtended ? "extended plan of a query" : "plan of a query");
}

std::optional<Status> FakeQuery::exception() const {
  const std::lock_guard lock(mutex_);
  return exception_;
}

void FakeQuery::end(std::optional<Status> exception) {
  {
    const std::lock_guard lock(mutex_);
    if (!isActive_) return;
    isActive_ = false;
    exception_ = exception;
    changed_.notify_all();
  }
  json event = {
      {"id", id_}, {"runId", runId_}, {"exception", nullptr}, {"errorClassOnException", nullptr}};
  if (exception) {
    event["exception"] = exception->message();
    event["errorClassOnException"] = exception->errorClass();
  }
  streams_.tell({StreamingQueryEventType::kTerminated, id_, runId_, event.dump()});
  streams_.noteTerminated(exception);
}

Status FakeQuery::stop() {
  end(std::nullopt);
  return Status::OK();
}

Status FakeQuery::processAllAvailable(std::stop_token /*stop*/) {
  std::string progress;
  {
    const std::lock_guard lock(mutex_);
    if (exception_) return *exception_;
    if (!isActive_) return Status::OK();
    progress_.push_back(progressJson(*this, progress_.size()));
    progress = progress_.back();
  }
  const std::string event = R"({"progress":)" + progress + "}";
  streams_.tell({StreamingQueryEventType::kProgress, id_, runId_, event});
  return Status::OK();
}

Result<bool> FakeQuery::awaitTermination(std::optional<std::chrono::milliseconds> timeout,
                                         std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto hasEnded = [&] { return !isActive_; };
  if (timeout) {
    changed_.wait_for(lock, stop, *timeout, hasEnded);
  } else {
    changed_.wait(lock, stop, hasEnded);
  }
  if (exception_) return failure(*exception_);
  return !isActive_;
}

Result<std::shared_ptr<StreamingQuery>> FakeStreams::start(
    const plan::WriteStreamCommand& command) {
  if (command.trigger == plan::WriteStreamCommand::TriggerKind::kContinuous) {
    return failure(Status::unsupported("Continuous processing is not supported by this engine")
                       .withErrorClass("UNSUPPORTED_FEATURE", "0A000"));
  }
  auto query = std::make_shared<FakeQuery>(*this, command.queryName);
  {
    const std::lock_guard lock(mutex_);
    queries_[query->id()] = query;
  }
  json started = {{"id", query->id()},
                  {"runId", query->runId()},
                  {"name", query->name()},
                  {"timestamp", kTime},
                  {"jobTags", json::array()}};
  tell({StreamingQueryEventType::kStarted, query->id(), query->runId(), started.dump()});
  if (isThere(command.options, "fail")) {
    query->end(Status::userCode("Query [id = " + query->id() + ", runId = " + query->runId() +
                                "] terminated with exception: " + command.options.at("fail"))
                   .withErrorClass("STREAM_FAILED", "XXKST",
                                   {{"id", query->id()},
                                    {"runId", query->runId()},
                                    {"message", command.options.at("fail")}}));
  }
  return query;
}

void FakeStreams::stopAll() {
  for (const auto& query : active()) static_cast<void>(query->stop());
}

std::vector<std::shared_ptr<StreamingQuery>> FakeStreams::active() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<StreamingQuery>> active;
  for (const auto& [id, query] : queries_) {
    if (query->isActive()) active.push_back(query);
  }
  return active;
}

std::shared_ptr<StreamingQuery> FakeStreams::get(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = queries_.find(id);
  if (found == queries_.end() || !found->second->isActive()) return nullptr;
  return found->second;
}

Result<bool> FakeStreams::awaitAnyTermination(std::optional<std::chrono::milliseconds> timeout,
                                              std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto hasEnded = [&] { return hasTerminated_; };
  if (timeout) {
    changed_.wait_for(lock, stop, *timeout, hasEnded);
  } else {
    changed_.wait(lock, stop, hasEnded);
  }
  if (exception_) return failure(*exception_);
  return hasTerminated_;
}

void FakeStreams::resetTerminated() {
  const std::lock_guard lock(mutex_);
  hasTerminated_ = false;
  exception_ = std::nullopt;
}

void FakeStreams::addListener(std::shared_ptr<StreamingQueryListener> listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void FakeStreams::removeListener(const std::shared_ptr<StreamingQueryListener>& listener) {
  const std::lock_guard lock(mutex_);
  std::erase(listeners_, listener);
}

void FakeStreams::tell(const StreamingQueryEvent& event) {
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) listener->onEvent(event);
}

void FakeStreams::noteTerminated(std::optional<Status> exception) {
  const std::lock_guard lock(mutex_);
  hasTerminated_ = true;
  if (exception) exception_ = std::move(exception);
  changed_.notify_all();
}

}  // namespace spate
