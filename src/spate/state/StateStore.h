#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/base/FaultPoints.h"
#include "spate/base/FileSystem.h"
#include "spate/base/Logging.h"
#include "spate/base/Status.h"
#include "spate/state/DeltaFile.h"
#include "spate/state/RowTable.h"
#include "spate/state/StateFiles.h"
#include "spate/state/StateMaintenance.h"
#include "spate/state/StateTable.h"
#include "spate/types/Codec.h"

namespace spate {

struct StateStoreOptions {
  std::shared_ptr<FileSystem> files = FileSystem::local();
  /// `<checkpoint>/state/<operator>/<partition>[/<store>]`. Empty: in memory only, no files.
  std::string directory;
  StateStoreConf conf;
  /// Reached: state.beforeDelta, state.afterDelta.
  FaultPoints* faults = &FaultPoints::none();
  /// Makes snapshots and deletes old versions; must outlive the store. Null: nobody does.
  StateMaintenance* maintenance = nullptr;
  /// Keep the names of the types beside the state and refuse others.
  bool recordTypes = true;
};

/// The bytes themselves, such as Spark's UnsafeRows.
struct RawBytes {
  static void encode(std::string_view value, std::string& out) { out.append(value); }
  static std::string_view decode(ByteReader& in) { return in.readBytes(in.remaining()); }
  static std::string typeName() { return "bytes"; }
};

/// The state of one operator in one partition: a map in memory, with a version per commit, and in
/// files of Spark's format (docs/formats/state.md).
///
/// In      changes by key; commit() makes them version() + 1
/// Out     `V.delta`, of the changed keys only, durable when commit() returns
/// Kept    all entries in memory. The visiting order is that in which keys came in: it is the same
///         after a restart from any mixture of snapshots and deltas
/// Errors  from open: kNotFound (a file of that version is missing), kCorrupt (a file does not hold
///         what was written), both naming the file; kInvalidArgument (state of other types).
///         From commit: kDiskFull, kIoError; the changes are still there, to commit again or abort
/// Threads one at a time; const functions from several while nobody writes
template <class K, class V, class KeyCodec = Codec<K>, class ValueCodec = Codec<V>,
          class Table = StateTable<K, V>>
class StateStore {
 public:
  /// Loads `version`; 0 is empty. Later versions stay untouched until the first commit(), which
  /// deletes them: they belong to batches that were not committed, or to a history that is left.
  static Result<std::unique_ptr<StateStore>> open(StateStoreOptions options, int64_t version) {
    return openAt(std::move(options), version, false);
  }

  /// As open(), for an older version while another store of the same directory goes on. commit()
  /// is refused.
  static Result<std::unique_ptr<StateStore>> openReadOnly(StateStoreOptions options,
                                                          int64_t version) {
    return openAt(std::move(options), version, true);
  }

  ~StateStore() {
    if (!readOnly_ && isDurable() && options_.maintenance != nullptr)
      options_.maintenance->forget(files_.directory());
  }
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  /// The last committed version, to which abort() goes back.
  int64_t version() const { return version_; }
  size_t size() const { return table_.size(); }
  /// Keys touched since the last commit.
  size_t changedKeys() const { return table_.changes(); }
  size_t memoryBytes() const { return table_.memoryBytes(); }

  /// A pointer to the value, or an optional view of its bytes; null: no such key. Good until the
  /// key is put (a view) or removed, commit() or abort().
  /// A key may be given as a view of K (std::string_view for std::string), here and below.
  template <class Q = K>
  auto get(const Q& key) const {
    return table_.get(key);
  }
  /// Many at once, then put() at their places: see RowTable.
  template <class Place>
  void findAll(std::span<const K> keys, std::span<Place> places) const {
    table_.findAll(keys, places);
  }
  template <class Place>
  auto valueAt(const Place& place) const {
    return table_.valueAt(place);
  }
  template <class Place>
  void put(const Place& place, const K& key, const V& value) {
    table_.put(place, key, value);
  }
  template <class Q = K>
  void put(Q&& key, V value) {
    table_.put(std::forward<Q>(key), std::move(value));
  }
  /// False: no such key.
  template <class Q = K>
  bool remove(const Q& key) {
    return table_.remove(key);
  }

  /// visit(const K&, const V&) for each entry; must not change the store.
  template <class Visit>
  void scan(Visit&& visit) const {
    table_.scan(std::forward<Visit>(visit));
  }

  /// visit(Entry&) for each entry, with entry.key(), value(), set(V), mutate() -> V&, remove().
  /// What is not changed costs no more than the visit. The visitor may put new keys; they are not
  /// visited. When it throws, what it changed so far is there to abort().
  template <class Visit>
  void updateEach(Visit&& visit) {
    table_.updateEach(std::forward<Visit>(visit));
  }

  /// The new version.
  Result<int64_t> commit() {
    if (readOnly_)
      return failure(Status::invalidArgument("the state in " + files_.directory() +
                                             " was opened for reading only"));
    uint64_t deltaBytes = 0;
    if (isDurable()) {
      SPATE_ASSIGN_OR_FAIL(deltaBytes, writeDelta());
    }
    table_.commit();
    ++version_;
    if (isDurable() && options_.maintenance != nullptr)
      options_.maintenance->committed(files_, version_, deltaBytes, options_.conf);
    return version_;
  }

  /// Takes back all changes since the last commit.
  void abort() { table_.abort(); }

  void setMinVersionsToRetain(int versions) { options_.conf.minVersionsToRetain = versions; }

 private:
  StateStore(StateStoreOptions options, int64_t version, bool readOnly)
      : options_(std::move(options)),
        files_(options_.files, options_.directory),
        readOnly_(readOnly),
        version_(version) {}

  bool isDurable() const { return !options_.directory.empty(); }

  static Result<std::unique_ptr<StateStore>> openAt(StateStoreOptions options, int64_t version,
                                                    bool readOnly) {
    if (version < 0)
      return failure(Status::invalidArgument("no state has version " + std::to_string(version)));
    std::unique_ptr<StateStore> store(new StateStore(std::move(options), version, readOnly));
    if (store->isDurable()) {
      SPATE_FAIL_IF_ERROR(store->load());
    } else if (version != 0) {
      return failure(
          Status::notFound("state without a directory has no version " + std::to_string(version)));
    }
    return store;
  }

  Status load() {
    if (options_.recordTypes) {
      SPATE_RETURN_IF_ERROR(checkStateTypes(files_.files(), files_.directory(),
                                            KeyCodec::typeName(), ValueCodec::typeName(),
                                            !readOnly_));
    }
    int64_t newestSnapshot = version_;
    bool listedAgain = false;
    while (true) {
      SPATE_ASSIGN_OR_RETURN(const auto all, files_.list());
      stale_.clear();
      for (const StateFiles::Entry& entry : all) {
        if (entry.version > version_) stale_.push_back(entry);
      }
      SPATE_ASSIGN_OR_RETURN(const auto chosen, files_.filesOf(version_, all, newestSnapshot));
      Status status = loadFiles(chosen);
      if (status.ok()) return status;
      const bool hasSnapshot = !chosen.empty() && chosen.front().isSnapshot;
      if (status.code() == StatusCode::kNotFound && readOnly_ && !listedAgain) {
        listedAgain = true;  // maintenance may have replaced the files since they were listed
      } else if (status.code() == StatusCode::kCorrupt && hasSnapshot && lastReadWasSnapshot_ &&
                 files_.filesOf(version_, all, chosen.front().version - 1)) {
        logWarn("StateStore", status.message() + "; going back to an older snapshot");
        newestSnapshot = chosen.front().version - 1;
      } else {
        return status;
      }
      table_.clear();
    }
  }

  Status loadFiles(const std::vector<StateFiles::Entry>& entries) {
    for (const StateFiles::Entry& entry : entries) {
      lastReadWasSnapshot_ = entry.isSnapshot;
      SPATE_ASSIGN_OR_RETURN(const std::string bytes, files_.read(entry));
      DeltaReader reader(files_.path(entry), bytes);
      while (true) {
        SPATE_ASSIGN_OR_RETURN(const auto record, reader.next());
        if (!record) break;
        SPATE_RETURN_IF_ERROR(loadRecord(*record, entry));
      }
    }
    return Status::OK();
  }

  Status loadRecord(const DeltaReader::Record& record, const StateFiles::Entry& entry) {
    const auto corrupt = [&](const char* what, const std::string& type) {
      return Status::corrupt("state file " + files_.path(entry) + " is corrupt: a " + what +
                             " that is no " + type);
    };
    ByteReader keyBytes(record.key);
    K key = KeyCodec::decode(keyBytes);
    if (!keyBytes.atEnd()) return corrupt("key", KeyCodec::typeName());
    if (!record.value) {
      table_.loadRemoved(key);
      return Status::OK();
    }
    ByteReader valueBytes(*record.value);
    V value = ValueCodec::decode(valueBytes);
    if (!valueBytes.atEnd()) return corrupt("value", ValueCodec::typeName());
    table_.load(std::move(key), std::move(value));
    return Status::OK();
  }

  /// Its size.
  Result<uint64_t> writeDelta() {
    SPATE_FAIL_IF_ERROR(options_.faults->reach("state.beforeDelta"));
    while (!stale_.empty()) {
      // The next version itself is replaced in one step; all behind it goes first, newest first.
      const StateFiles::Entry& entry = stale_.back();
      if (entry.isSnapshot || entry.version > version_ + 1)
        SPATE_FAIL_IF_ERROR(files_.remove(entry));
      stale_.pop_back();
    }
    DeltaWriter writer;
    table_.forEachChange([&writer](const K& key, const V* value) {
      const auto encodeKey = [&key](std::string& out) { KeyCodec::encode(key, out); };
      if (value == nullptr) return writer.remove(encodeKey);
      writer.put(encodeKey, [value](std::string& out) { ValueCodec::encode(*value, out); });
    });
    const std::string bytes = writer.finish();
    SPATE_FAIL_IF_ERROR(files_.write(version_ + 1, false, bytes));
    SPATE_FAIL_IF_ERROR(options_.faults->reach("state.afterDelta"));
    return bytes.size();
  }

  StateStoreOptions options_;
  StateFiles files_;
  const bool readOnly_;
  int64_t version_;
  Table table_;
  std::vector<StateFiles::Entry> stale_;  // of later versions, found when opened
  bool lastReadWasSnapshot_ = false;
};

/// For rows that are bytes already; keys and values are views.
using BytesStateStore =
    StateStore<std::string_view, std::string_view, RawBytes, RawBytes, RowTable>;

}  // namespace spate
