#include "spate/state/StateMaintenance.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spate/base/Logging.h"
#include "spate/state/DeltaFile.h"
#include "spate/state/StateTable.h"
#include "spate/types/Hash.h"

namespace spate {
namespace {

/// What the deltas say of one key.
struct Change {
  std::optional<std::string> value;
  /// It was removed in between: it does not stand where the snapshot has it.
  bool wasRemoved = false;
};

using Changes = StateTable<std::string, Change>;

template <class Visit>
Status readRecords(const StateFiles& files, const StateFiles::Entry& entry, Visit visit) {
  SPATE_ASSIGN_OR_RETURN(const std::string bytes, files.read(entry));
  DeltaReader reader(files.path(entry), bytes);
  while (true) {
    SPATE_ASSIGN_OR_RETURN(const auto record, reader.next());
    if (!record) return Status::OK();
    visit(*record);
  }
}

void note(Changes& changes, const DeltaReader::Record& record) {
  const Change* before = changes.get(record.key);
  if (record.value) {
    const bool isNew = before != nullptr && !before->value;
    Change change{std::string(*record.value), before != nullptr && before->wasRemoved};
    // It goes to the end, behind keys that came in while it was gone.
    if (isNew) changes.loadRemoved(record.key);
    changes.load(std::string(record.key), std::move(change));
  } else {
    changes.load(std::string(record.key), Change{std::nullopt, true});
  }
}

Status noteDeltas(const StateFiles& files, std::span<const StateFiles::Entry> deltas,
                  Changes& changes) {
  for (const StateFiles::Entry& delta : deltas) {
    SPATE_RETURN_IF_ERROR(readRecords(
        files, delta, [&](const DeltaReader::Record& record) { note(changes, record); }));
  }
  return Status::OK();
}

void writeRest(const Changes& changes, DeltaWriter& writer) {
  changes.scan([&](const std::string& key, const Change& change) {
    if (change.value) writer.putBytes(key, *change.value);
  });
}

/// The records of `base` with the changes in them. Empty: it removes keys, or has one twice (a
/// delta of Spark's may), so that it cannot be read record by record.
Result<std::optional<std::string>> mergeInto(const StateFiles& files, const StateFiles::Entry& base,
                                             Changes& changes) {
  DeltaWriter writer;
  boost::unordered_flat_set<uint64_t> hashes;
  bool isPlain = true;
  SPATE_FAIL_IF_ERROR(readRecords(files, base, [&](const DeltaReader::Record& record) {
    if (!base.isSnapshot)
      isPlain = isPlain && record.value && hashes.insert(stableHash(record.key)).second;
    const Change* change = changes.get(record.key);
    if (!isPlain) return;
    if (change == nullptr) return writer.putBytes(record.key, record.value.value_or(""));
    if (change->wasRemoved) return;
    writer.putBytes(record.key, *change->value);
    changes.loadRemoved(record.key);
  }));
  if (!isPlain) return std::nullopt;
  writeRest(changes, writer);
  return writer.finish();
}

}  // namespace

Result<std::string> mergeStateFiles(const StateFiles& files,
                                    const std::vector<StateFiles::Entry>& inputs) {
  if (inputs.empty()) return DeltaWriter().finish();
  // The first file, a snapshot or the very first delta, is only streamed through when it has each
  // key once, as what this program writes has: it need not fit into memory a second time.
  Changes changes;
  SPATE_FAIL_IF_ERROR(noteDeltas(files, std::span(inputs).subspan(1), changes));
  SPATE_ASSIGN_OR_FAIL(auto merged, mergeInto(files, inputs.front(), changes));
  if (merged) return *std::move(merged);
  Changes all;
  SPATE_FAIL_IF_ERROR(noteDeltas(files, inputs, all));
  DeltaWriter writer;
  writeRest(all, writer);
  return writer.finish();
}

StateMaintenance::StateMaintenance(Mode mode, FaultPoints& faults) : faults_(faults) {
  if (mode == Mode::kOwnThread) thread_ = std::thread([this] { work(); });
}

StateMaintenance::~StateMaintenance() { stop(); }

void StateMaintenance::committed(const StateFiles& files, int64_t version, uint64_t deltaBytes,
                                 const StateStoreConf& conf) {
  std::lock_guard lock(mutex_);
  auto& due = due_.try_emplace(files.directory(), Due{files, version, conf, {}}).first->second;
  due.version = version;
  due.conf = conf;
  due.deltas.push_back({version, false, deltaBytes});
  changed_.notify_all();
}

void StateMaintenance::forget(const std::string& directory) {
  std::unique_lock lock(mutex_);
  due_.erase(directory);
  changed_.wait(lock, [&] { return running_ != directory; });
  known_.erase(directory);
}

Status StateMaintenance::runPending() {
  Status first;
  std::unique_lock lock(mutex_);
  while (!due_.empty()) {
    Status status;
    if (!runOne(lock, status)) changed_.wait(lock);
    if (first.ok()) first = std::move(status);
  }
  return first;
}

void StateMaintenance::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || (due_.empty() && running_.empty()); });
}

void StateMaintenance::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void StateMaintenance::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || (!due_.empty() && running_.empty()); });
    if (stopping_) return;
    Status status;
    runOne(lock, status);
    if (!status.ok()) logWarn("StateMaintenance", status.message());
  }
}

/// Takes the lock off while it works. False: another thread is at it.
bool StateMaintenance::runOne(std::unique_lock<std::mutex>& lock, Status& status) {
  if (!running_.empty()) return false;
  auto due = due_.extract(due_.begin());
  auto known = known_.extract(due.key());
  running_ = due.key();
  lock.unlock();
  auto all =
      maintain(due.mapped(), known ? std::optional(std::move(known.mapped())) : std::nullopt);
  lock.lock();
  if (all) {
    known_.emplace(running_, *std::move(all));
  } else {
    status = all.error();
  }
  running_.clear();
  changed_.notify_all();
  return true;
}

/// The files that are there then. `known` is what was there when it last ran.
Result<std::vector<StateFiles::Entry>> StateMaintenance::maintain(
    const Due& due, std::optional<std::vector<StateFiles::Entry>> known) {
  if (!known) {
    SPATE_ASSIGN_OR_FAIL(known, due.files.list());
  } else {
    known->insert(known->end(), due.deltas.begin(), due.deltas.end());
    std::sort(known->begin(), known->end());
  }
  SPATE_FAIL_IF_ERROR(snapshotIfDue(due, *known));
  SPATE_FAIL_IF_ERROR(deleteOld(due, *known));
  return *std::move(known);
}

Status StateMaintenance::snapshotIfDue(const Due& due, std::vector<StateFiles::Entry>& all) {
  SPATE_ASSIGN_OR_RETURN(const auto inputs, due.files.filesOf(due.version, all));
  // Without a snapshot the first delta is what all others are merged into.
  uint64_t baseBytes = 0;
  uint64_t deltaBytes = 0;
  int deltas = 0;
  for (const StateFiles::Entry& input : inputs) {
    (&input == inputs.data() ? baseBytes : deltaBytes) += input.size;
    deltas += input.isSnapshot ? 0 : 1;
  }
  if (deltas < due.conf.minDeltasForSnapshot) return Status::OK();
  const double share = due.conf.minDeltaShareForSnapshot * static_cast<double>(baseBytes);
  if (static_cast<double>(deltaBytes) < share && deltas < 10 * due.conf.minDeltasForSnapshot)
    return Status::OK();

  SPATE_ASSIGN_OR_RETURN(const std::string bytes, mergeStateFiles(due.files, inputs));
  SPATE_RETURN_IF_ERROR(faults_.reach("state.beforeSnapshot"));
  SPATE_RETURN_IF_ERROR(due.files.write(due.version, true, bytes));
  SPATE_RETURN_IF_ERROR(faults_.reach("state.afterSnapshot"));
  const StateFiles::Entry made{due.version, true, bytes.size()};
  all.insert(std::upper_bound(all.begin(), all.end(), made), made);
  return Status::OK();
}

Status StateMaintenance::deleteOld(const Due& due, std::vector<StateFiles::Entry>& all) {
  const int64_t oldestKept = due.version - std::max(due.conf.minVersionsToRetain, 1) + 1;
  int64_t base = 0;
  for (const StateFiles::Entry& entry : all) {
    if (entry.isSnapshot && entry.version <= oldestKept) base = entry.version;
  }
  const auto isOld = [base](const StateFiles::Entry& entry) {
    return entry.isSnapshot ? entry.version < base : entry.version <= base;
  };
  for (const StateFiles::Entry& entry : all) {
    if (!isOld(entry)) continue;
    SPATE_RETURN_IF_ERROR(faults_.reach("state.beforeDelete"));
    SPATE_RETURN_IF_ERROR(due.files.remove(entry));
  }
  std::erase_if(all, isOld);
  return Status::OK();
}

}  // namespace spate
