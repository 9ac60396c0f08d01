#include "spate/runtime/StreamStates.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "spate/base/Logging.h"
#include "spate/runtime/StateSchema.h"

namespace spate {
Status StreamStates::prepare(bool isNewQuery) {
  if (environment_.checkpointDirectory.empty()) return Status::OK();
  return checkOperators(*environment_.files, environment_.checkpointDirectory,
                        environment_.operators, isNewQuery);
}

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
  options.conf = environment_.store;
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
  const StateSchema schema{keyType, valueType};
  const auto found = environment_.files->readFile(path);
  if (!found && found.error().code() != StatusCode::kNotFound) return found.error();
  const std::string bytes = schema.toBytes();
  if (found && *found == bytes) return Status::OK();
  // At version 0 there is no state yet: what is there is of a batch that was not committed.
  if (!found || version_ == 0) return environment_.files->writeAtomically(path, bytes);
  SPATE_ASSIGN_OR_RETURN(const StateSchema stored, StateSchema::fromBytes(*found));
  Status fits = schema.checkFits(stored);
  if (fits.ok() || environment_.checksSchema) return fits;
  logWarn("StreamStates", fits.message());
  return Status::OK();
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
