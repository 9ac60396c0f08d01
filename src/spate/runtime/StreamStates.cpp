#include "spate/runtime/StreamStates.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "spate/types/DataTypeJson.h"

namespace spate {
namespace {

void appendJavaText(std::string_view text, std::string& out) {
  out.push_back(static_cast<char>(text.size() >> 8));
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

/// Spark's state schema file, version 2: chunks of at most 65,535 bytes.
void appendChunks(const std::string& text, std::string& out) {
  constexpr size_t kChunk = 65535;
  const size_t chunks = (text.size() + kChunk - 1) / kChunk;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(chunks >> shift));
  for (size_t at = 0; at < text.size(); at += kChunk)
    appendJavaText(std::string_view(text).substr(at, kChunk), out);
}

}  // namespace

Status StreamStates::begin(int64_t version) {
  std::lock_guard lock(mutex_);
  reports_.clear();
  watermarks_.clear();
  version_ = version;
  for (auto& [key, store] : stores_) {
    store->abort();
    if (store->version() == version) continue;
    // A commit that did not reach all stores, or a batch that is run again.
    store.reset();
    SPATE_ASSIGN_OR_RETURN(store, open(key));
  }
  return Status::OK();
}

Status StreamStates::commit() {
  std::lock_guard lock(mutex_);
  std::vector<BytesStateStore*> stores;
  for (auto& [key, store] : stores_) stores.push_back(store.get());
  std::vector<Status> results(stores.size());
  const std::function<void(size_t)> commitOne = [&](size_t i) {
    const auto committed = stores[i]->commit();
    if (!committed) results[i] = committed.error();
  };
  // Side by side: most of it is waiting for the disk.
  if (pool_ != nullptr && stores.size() > 1) {
    pool_->runAll(stores.size(), commitOne);
  } else {
    for (size_t i = 0; i < stores.size(); ++i) commitOne(i);
  }
  for (Status& result : results) SPATE_RETURN_IF_ERROR(std::move(result));
  return Status::OK();
}

void StreamStates::abort() {
  std::lock_guard lock(mutex_);
  for (auto& [key, store] : stores_) store->abort();
}

Result<std::unique_ptr<BytesStateStore>> StreamStates::open(const Key& key) {
  StateStoreOptions options;
  options.files = environment_.files;
  options.faults = environment_.faults;
  options.maintenance = &maintenance_;
  options.conf.minVersionsToRetain = environment_.minVersionsToRetain;
  // Spark's own schema file says what the rows are.
  options.recordTypes = false;
  if (!environment_.checkpointDirectory.empty())
    options.directory =
        joinPath(environment_.checkpointDirectory,
                 "state/" + std::to_string(key.first) + "/" + std::to_string(key.second));
  else
    return BytesStateStore::open(std::move(options), 0);
  return BytesStateStore::open(std::move(options), version_);
}

Status StreamStates::writeSchema(const Key& key, const DataType& keyType,
                                 const DataType& valueType) {
  if (environment_.checkpointDirectory.empty() || key.second != 0) return Status::OK();
  const std::string path = joinPath(environment_.checkpointDirectory,
                                    "state/" + std::to_string(key.first) + "/0/_metadata/schema");
  std::string content;
  appendJavaText("v2", content);
  appendChunks(toJson(keyType), content);
  appendChunks(toJson(valueType), content);
  const auto found = environment_.files->readFile(path);
  if (found) {
    if (*found == content || version_ == 0) return Status::OK();
    return Status::invalidArgument(
               "The schema of the state in " + parentPath(parentPath(path)) +
               " is not compatible with the query: the checkpoint belongs to other keys or "
               "aggregates. Start with another checkpoint location.")
        .withErrorClass("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE", "XXKST",
                        {{"storedValueSchema", path}, {"newValueSchema", toJson(valueType)}});
  }
  if (found.error().code() != StatusCode::kNotFound) return found.error();
  return environment_.files->writeAtomically(path, content);
}

Result<BytesStateStore*> StreamStates::store(int64_t operatorId, int partition,
                                             const DataType& keyType, const DataType& valueType) {
  const Key key{operatorId, partition};
  std::lock_guard lock(mutex_);
  if (const auto found = stores_.find(key); found != stores_.end()) return found->second.get();
  SPATE_FAIL_IF_ERROR(writeSchema(key, keyType, valueType));
  SPATE_ASSIGN_OR_FAIL(auto opened, open(key));
  return (stores_[key] = std::move(opened)).get();
}

void StreamStates::report(int64_t operatorId, const StateMetrics& metrics) {
  std::lock_guard lock(mutex_);
  OperatorReport& report = reports_[operatorId];
  ++report.partitions;
  report.metrics.rowsTotal += metrics.rowsTotal;
  report.metrics.rowsUpdated += metrics.rowsUpdated;
  report.metrics.rowsRemoved += metrics.rowsRemoved;
  report.metrics.rowsDroppedByWatermark += metrics.rowsDroppedByWatermark;
  report.metrics.memoryBytes += metrics.memoryBytes;
}

void StreamStates::reportEventTime(int watermark, Micros delay, const EventTimeStats& stats) {
  std::lock_guard lock(mutex_);
  WatermarkReport& report = watermarks_[watermark];
  report.delay = delay;
  if (stats.count == 0) return;
  EventTimeStats& all = report.stats;
  all.min = all.count == 0 ? stats.min : std::min(all.min, stats.min);
  all.max = all.count == 0 ? stats.max : std::max(all.max, stats.max);
  all.sum += stats.sum;
  all.count += stats.count;
}

std::map<int64_t, StreamStates::OperatorReport> StreamStates::reports() const {
  std::lock_guard lock(mutex_);
  return reports_;
}

std::map<int, StreamStates::WatermarkReport> StreamStates::watermarks() const {
  std::lock_guard lock(mutex_);
  return watermarks_;
}

}  // namespace spate
