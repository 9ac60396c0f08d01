#include "spate/runtime/StreamExecution.h"

#include <arrow/util/base64.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "spate/base/Logging.h"
#include "spate/checkpoint/StreamMetadata.h"
#include "spate/types/CastText.h"
#include "spate/types/TimeZone.h"

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

/// "2026-11-22T20:10:00.123Z".
std::string isoTime(Timestamp time) {
  const int64_t millis =
      std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::chrono::sys_time<std::chrono::milliseconds> instant{std::chrono::milliseconds(millis)};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(instant - day);
  char text[40];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

Json rate(double rows, double seconds) { return seconds <= 0 ? 0.0 : rows / seconds; }

Timestamp now() { return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()); }

/// What is no number in JSON is a text.
Json jsonOf(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

/// Without its fraction, as Row.json shows moments.
void appendSeconds(int64_t micros, std::string& text) {
  const int64_t fraction = (micros % 1'000'000 + 1'000'000) % 1'000'000;
  appendTimestamp(micros - fraction, text);
}

/// A value as Spark's Row.json shows it.
Json jsonOf(const Datum& value, const DataType& type, const TimeZone& zone) {
  if (value.isNull()) return nullptr;
  std::string text;
  switch (type.kind()) {
    case TypeKind::kBoolean: return *value.as<bool>();
    case TypeKind::kByte: return *value.as<int8_t>();
    case TypeKind::kShort: return *value.as<int16_t>();
    case TypeKind::kInteger: return *value.as<int32_t>();
    case TypeKind::kLong: return *value.as<int64_t>();
    case TypeKind::kFloat: return jsonOf(static_cast<double>(*value.as<float>()));
    case TypeKind::kDouble: return jsonOf(*value.as<double>());
    case TypeKind::kDecimal: {
      appendDecimal(value.as<Decimal>()->unscaled, type.scale(), text);
      return Json::parse(text, nullptr, false);
    }
    case TypeKind::kArray:
    case TypeKind::kStruct: {
      const auto& elements = *value.as<Row>();
      Json nested = type.is(TypeKind::kArray) ? Json::array() : Json::object();
      for (size_t i = 0; i < elements.size(); ++i) {
        if (type.is(TypeKind::kArray)) {
          nested.push_back(jsonOf(elements[i], type.elementType(), zone));
        } else {
          nested[type.fields()[i].name] = jsonOf(elements[i], type.fields()[i].type, zone);
        }
      }
      return nested;
    }
    case TypeKind::kMap: {
      const auto& map = *value.as<MapValue>();
      if (type.keyType().is(TypeKind::kString)) {
        // The keys in their order.
        std::map<std::string, Json> sorted;
        for (size_t i = 0; i < map.keys.size(); ++i)
          sorted[*map.keys[i].as<std::string>()] = jsonOf(map.values[i], type.valueType(), zone);
        Json object = Json::object();
        for (auto& [key, one] : sorted) object[key] = std::move(one);
        return object;
      }
      Json nested = Json::array();
      for (size_t i = 0; i < map.keys.size(); ++i)
        nested.push_back({{"key", jsonOf(map.keys[i], type.keyType(), zone)},
                          {"value", jsonOf(map.values[i], type.valueType(), zone)}});
      return nested;
    }
    case TypeKind::kDate: appendDate(*value.as<int32_t>(), text); return text;
    case TypeKind::kTimestamp: appendSeconds(zone.toLocal(*value.as<int64_t>()), text); return text;
    case TypeKind::kTimestampNtz: appendSeconds(*value.as<int64_t>(), text); return text;
    case TypeKind::kDayTimeInterval:
      appendDayTimeInterval(*value.as<int64_t>(), type, text);
      return text;
    case TypeKind::kYearMonthInterval:
      appendYearMonthInterval(*value.as<int32_t>(), type, text);
      return text;
    case TypeKind::kCalendarInterval:
      appendCalendarInterval(*value.as<CalendarInterval>(), text);
      return text;
    case TypeKind::kBinary: return arrow::util::base64_encode(*value.as<std::string>());
    default: break;
  }
  const auto* bytes = value.as<std::string>();
  return bytes == nullptr ? Json() : Json(*bytes);
}

Json offsetJson(const std::optional<Offset>& offset) {
  if (!offset) return nullptr;
  Json parsed = Json::parse(offset->json(), nullptr, false);
  return parsed.is_discarded() ? Json(offset->json()) : parsed;
}

Json eventTimes(const StreamBatchReport& report, const BatchContext& context) {
  Json times = Json::object();
  EventTimeStats all;
  for (const auto& [number, one] : report.watermarks) {
    if (one.stats.count == 0) continue;
    all.min = all.count == 0 ? one.stats.min : std::min(all.min, one.stats.min);
    all.max = all.count == 0 ? one.stats.max : std::max(all.max, one.stats.max);
    all.sum += one.stats.sum;
    all.count += one.stats.count;
  }
  if (all.count > 0) {
    times["avg"] =
        isoTime(Timestamp(Micros(static_cast<int64_t>(all.sum / static_cast<double>(all.count)))));
    times["max"] = isoTime(Timestamp(Micros(all.max)));
    times["min"] = isoTime(Timestamp(Micros(all.min)));
  }
  times["watermark"] = isoTime(context.evictWatermark);
  return times;
}

/// What Spark's exceptions give as their message.
std::string messageOf(const Status& status) {
  if (status.errorClass().empty()) return status.message();
  std::string text = "[" + status.errorClass() + "] " + status.message();
  if (!status.sqlState().empty()) text += " SQLSTATE: " + status.sqlState();
  return text;
}

}  // namespace

StreamExecution::StreamExecution(StreamingQueryDefinition definition,
                                 std::shared_ptr<TaskPool> pool, StreamingQueries& queries)
    : definition_(std::move(definition)), pool_(std::move(pool)), queries_(queries) {}

StreamExecution::~StreamExecution() = default;

StreamingQueryEvent StreamExecution::event(StreamingQueryEventType type, std::string json) const {
  return {type, definition_.id, definition_.runId, std::move(json)};
}

Status StreamExecution::begin() {
  definition_.program.states.checkpointDirectory = definition_.checkpointDirectory;
  definition_.program.states.faults = definition_.faultPoints;
  for (const std::string& name : definition_.statefulOperators)
    definition_.program.states.operators.push_back({name, definition_.shufflePartitions});
  program_ = std::make_unique<StreamProgram>(definition_.program, *pool_);
  MicroBatchLoopOptions options;
  options.name = definition_.name.empty() ? definition_.id : definition_.name;
  options.checkpointDirectory = definition_.checkpointDirectory;
  options.trigger = std::move(definition_.trigger);
  options.conf = definition_.conf;
  options.faultPoints = definition_.faultPoints;
  options.listeners = {this};
  SPATE_ASSIGN_OR_RETURN(loop_, MicroBatchLoop::make(std::move(options), *program_));
  Json started;
  started["id"] = definition_.id;
  started["runId"] = definition_.runId;
  started["name"] = definition_.name.empty() ? Json() : Json(definition_.name);
  started["timestamp"] = isoTime(now());
  started["jobTags"] = Json::array();
  queries_.tell(event(StreamingQueryEventType::kStarted, started.dump()));
  const Status running = loop_->start();
  // What a query finds in its checkpoint fails the query, which has been started: Spark looks at
  // it in the query's own thread.
  return isActive() ? running : Status::OK();
}

bool StreamExecution::isActive() const {
  std::lock_guard lock(mutex_);
  return !hasEnded_;
}

StreamingQueryStatus StreamExecution::status() const {
  {
    std::lock_guard lock(mutex_);
    if (hasEnded_)
      return {exception_ ? "Terminated with exception: " + exception_->message() : "Stopped", false,
              false};
  }
  const LoopStatus status = loop_->status();
  std::string message = status.message;
  if (status.state == LoopStatus::State::kNotStarted) message = "Initializing sources";
  return {std::move(message), status.isDataAvailable, status.isTriggerActive};
}

std::vector<std::string> StreamExecution::recentProgress() const {
  std::lock_guard lock(mutex_);
  return {progress_.begin(), progress_.end()};
}

Result<std::string> StreamExecution::explain(bool isExtended) const {
  const std::string physical = "== Physical Plan ==\n" + definition_.physicalPlan;
  if (!isExtended) return physical;
  // What is optimised is so on the way to the physical plan.
  return "== Parsed Logical Plan ==\n" + definition_.parsedPlan +
         "\n\n== Analyzed Logical Plan ==\n" + definition_.analyzedPlan +
         "\n\n== Optimized Logical Plan ==\n" + definition_.analyzedPlan + "\n\n" + physical;
}

std::optional<Status> StreamExecution::exception() const {
  std::lock_guard lock(mutex_);
  return exception_;
}

Status StreamExecution::stop() {
  loop_->stop(StopMode::kNow);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return hasEnded_; });
  return Status::OK();
}

Status StreamExecution::processAllAvailable(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  // A look that was under way at the call may have missed what came just before it.
  const int64_t until = emptyLooks_ + 2;
  lock.unlock();
  loop_->notifyDataAvailable();
  lock.lock();
  while (!hasEnded_ && emptyLooks_ < until) {
    const int64_t before = emptyLooks_;
    changed_.wait(lock, stop, [&] { return hasEnded_ || emptyLooks_ != before; });
    if (stop.stop_requested()) return Status::cancelled("the operation was interrupted");
    lock.unlock();
    loop_->notifyDataAvailable();
    lock.lock();
  }
  return exception_ ? *exception_ : Status::OK();
}

Result<bool> StreamExecution::awaitTermination(std::optional<std::chrono::milliseconds> timeout,
                                               std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto ended = [this] { return hasEnded_; };
  if (timeout) {
    changed_.wait_for(lock, stop, *timeout, ended);
  } else {
    changed_.wait(lock, stop, ended);
  }
  if (hasEnded_ && exception_) return failure(*exception_);
  if (stop.stop_requested()) return failure(Status::cancelled("the operation was interrupted"));
  return hasEnded_;
}

void StreamExecution::nothingNew() {
  const Timestamp time = now();
  {
    std::lock_guard lock(mutex_);
    ++emptyLooks_;
    changed_.notify_all();
    if (lastEvent_ && time - *lastEvent_ < definition_.idleInterval) return;
    const bool isFirst = !lastEvent_;
    lastEvent_ = time;
    // As in Spark, a query is not idle before it has been there for a while.
    if (isFirst) return;
  }
  Json idle;
  idle["id"] = definition_.id;
  idle["runId"] = definition_.runId;
  idle["timestamp"] = isoTime(time);
  queries_.tell(event(StreamingQueryEventType::kIdle, idle.dump()));
}

void StreamExecution::batchCompleted(const BatchProgress& progress) {
  const std::string json = progressJson(progress);
  {
    std::lock_guard lock(mutex_);
    progress_.push_back(json);
    while (progress_.size() > definition_.recentProgress) progress_.pop_front();
    lastStart_ = progress.processingStart;
    lastEvent_ = now();
  }
  queries_.tell(event(StreamingQueryEventType::kProgress, "{\"progress\":" + json + "}"));
}

std::string StreamExecution::progressJson(const BatchProgress& progress) const {
  const StreamBatchReport report = program_->lastReport();
  Json json;
  json["id"] = definition_.id;
  json["runId"] = definition_.runId;
  json["name"] = definition_.name.empty() ? Json() : Json(definition_.name);
  json["timestamp"] = isoTime(progress.processingStart);
  json["batchId"] = progress.context.batchId.value;
  const auto millis = [](Micros time) { return time.count() / 1000; };
  json["batchDuration"] = millis(progress.durations.triggerExecution);
  int64_t rows = 0;
  for (const int64_t one : report.rowsPerSource) rows += one;
  double sinceLast = 0;
  {
    std::lock_guard lock(mutex_);
    if (lastStart_)
      sinceLast = static_cast<double>((progress.processingStart - *lastStart_).count()) / 1e6;
  }
  const double seconds = static_cast<double>(progress.durations.triggerExecution.count()) / 1e6;
  json["numInputRows"] = rows;
  json["inputRowsPerSecond"] = rate(static_cast<double>(rows), sinceLast);
  json["processedRowsPerSecond"] = rate(static_cast<double>(rows), seconds);
  Json durations = Json::object();
  for (const auto& [name, time] : progress.durations.named()) durations[name] = millis(time);
  json["durationMs"] = std::move(durations);
  json["eventTime"] =
      definition_.program.watermarks > 0 ? eventTimes(report, progress.context) : Json::object();
  json["stateOperators"] = Json::array();
  for (size_t id = 0; id < definition_.statefulOperators.size(); ++id) {
    const auto found = report.operators.find(static_cast<int64_t>(id));
    const StreamStates::OperatorReport one =
        found == report.operators.end() ? StreamStates::OperatorReport{} : found->second;
    Json state;
    state["operatorName"] = definition_.statefulOperators[id];
    state["numRowsTotal"] = one.metrics.rowsTotal;
    state["numRowsUpdated"] = one.metrics.rowsUpdated;
    state["allUpdatesTimeMs"] = millis(progress.durations.addBatch);
    state["numRowsRemoved"] = one.metrics.rowsRemoved;
    state["allRemovalsTimeMs"] = 0;
    state["commitTimeMs"] = 0;
    state["memoryUsedBytes"] = one.metrics.memoryBytes;
    state["numRowsDroppedByWatermark"] = one.metrics.rowsDroppedByWatermark;
    state["numShufflePartitions"] = definition_.shufflePartitions;
    state["numStateStoreInstances"] = one.partitions;
    state["customMetrics"] = Json::object();
    json["stateOperators"].push_back(std::move(state));
  }
  json["sources"] = Json::array();
  for (size_t i = 0; i < progress.ranges.size(); ++i) {
    Json source;
    source["description"] = definition_.sourceDescriptions[i];
    // Before the first batch nothing has been read yet, not even the beginning.
    const bool isFirst = progress.context.batchId.value == 0;
    source["startOffset"] = isFirst ? Json() : offsetJson(progress.ranges[i].from);
    source["endOffset"] = offsetJson(progress.ranges[i].to);
    // Sources that limit their batches do not tell, as in Spark.
    const bool isLimited = definition_.sourceDescriptions[i].starts_with("FileStreamSource") ||
                           definition_.sourceDescriptions[i].starts_with("RatePerMicroBatch");
    source["latestOffset"] = isLimited ? Json() : offsetJson(progress.ranges[i].to);
    const int64_t read = i < report.rowsPerSource.size() ? report.rowsPerSource[i] : 0;
    source["numInputRows"] = read;
    source["inputRowsPerSecond"] = rate(static_cast<double>(read), sinceLast);
    source["processedRowsPerSecond"] = rate(static_cast<double>(read), seconds);
    json["sources"].push_back(std::move(source));
  }
  json["sink"]["description"] = definition_.sinkDescription;
  json["sink"]["numOutputRows"] = report.outputRows;
  json["observedMetrics"] = Json::object();
  const auto zone = TimeZone::make(definition_.program.settings->timeZone);
  for (const ObservedRow& row : report.observed)
    json["observedMetrics"][row.name] =
        jsonOf(Datum(row.values), row.schema, zone ? **zone : *TimeZone::utc());
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void StreamExecution::loopTerminated(const Status& status) {
  Json json;
  json["id"] = definition_.id;
  json["runId"] = definition_.runId;
  Status shown = status;
  if (!status.ok()) {
    const std::string cause = messageOf(status);
    const std::string message = "[STREAM_FAILED] Query [id = " + definition_.id +
                                ", runId = " + definition_.runId +
                                "] terminated with exception: " + cause + " SQLSTATE: XXKST";
    shown =
        Status(status.code(), "Query [id = " + definition_.id + ", runId = " + definition_.runId +
                                  "] terminated with exception: " + cause);
    shown.withErrorClass(
        "STREAM_FAILED", "XXKST",
        {{"id", definition_.id}, {"runId", definition_.runId}, {"message", cause}});
    json["exception"] = message;
    json["errorClassOnException"] =
        status.errorClass().empty() ? Json() : Json(status.errorClass());
  } else {
    json["exception"] = nullptr;
    json["errorClassOnException"] = nullptr;
  }
  for (const auto& source : definition_.program.inputs->sources()) source->stop();
  if (definition_.removesCheckpoint) {
    const Status removed = FileSystem::local()->removeAll(definition_.checkpointDirectory);
    if (!removed.ok()) logWarn("StreamExecution", removed.toString());
  }
  {
    std::lock_guard lock(mutex_);
    hasEnded_ = true;
    if (!status.ok()) exception_ = shown;
    changed_.notify_all();
  }
  queries_.tell(event(StreamingQueryEventType::kTerminated, json.dump()));
  queries_.terminated(shared_from_this(), shown);
}

}  // namespace spate
