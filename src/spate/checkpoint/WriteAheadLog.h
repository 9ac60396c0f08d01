#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/FaultPoints.h"
#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"
#include "spate/base/Time.h"
#include "spate/checkpoint/WalSegment.h"

namespace spate {

/// Where a record stands: a value to be kept in checkpoints.
struct WalHandle {
  /// The segment's file name; its directory is the log's.
  std::string segment;
  uint64_t offset = 0;
  /// Of the record as it was given to append().
  uint64_t length = 0;

  bool operator==(const WalHandle&) const = default;
};

struct WriteAheadLogOptions {
  std::shared_ptr<FileSystem> files = FileSystem::local();
  std::string directory;
  /// spark.streaming.receiver.writeAheadLog.rollingIntervalSecs, in the time of the records.
  Micros rollingInterval = std::chrono::seconds(60);
  /// A segment that has grown to this is closed too: it is read as a whole.
  uint64_t rollingBytes = uint64_t{16} << 20;
  /// Reached: wal.beforeAppend, wal.afterAppend, wal.beforeSync, wal.afterSync.
  FaultPoints* faults = &FaultPoints::none();
};

/// The log of what receivers took in: records in segment files `log-<startMs>-<sequence>`
/// (docs/formats/write-ahead-log.md). Each process begins a segment of its own.
///
/// In      records, each with a time
/// Out     a handle per record; after sync() with ok the record survives a crash
/// Kept    segments, until clean() finds all their records old enough
/// Errors  append, sync: kDiskFull, kIoError; the record is not in the log, the log stays usable.
///         read, replay, open: kCorrupt, naming segment and offset. A record that was torn at the
///         end of the last segment is cut off with a WARN.
/// Threads all functions from any thread
class WriteAheadLog {
 public:
  static Result<std::unique_ptr<WriteAheadLog>> open(WriteAheadLogOptions options);
  ~WriteAheadLog();

  Result<WalHandle> append(std::string_view record, Timestamp time);
  /// Returns ok when the record is on the device. One call covers all records appended before it:
  /// those who wait for each other's sync find their own done.
  Status sync(const WalHandle& handle);
  /// For one writer, or a caller who knows that nobody else's sync failed: all so far.
  Status sync();

  Result<std::string> read(const WalHandle& handle);

  /// Calls `visit` for every record, oldest segment first; ends with its first error. `visit` must
  /// not call the log.
  using Visit = std::function<Status(const WalHandle&, Timestamp, std::string_view record)>;
  Status replay(const Visit& visit);

  /// Deletes the oldest segments, as long as all their records are older than `threshold`. Never
  /// the one that is written to.
  Status clean(Timestamp threshold);

  /// Names of the segments, oldest first.
  std::vector<std::string> segments() const;
  const std::string& directory() const { return options_.directory; }

 private:
  struct Segment {
    std::string name;
    uint64_t sequence = 0;
    /// Where its records end; known for segments of this process and once it was scanned.
    std::optional<uint64_t> end;
    /// Unset: not scanned, or there are no records.
    std::optional<Timestamp> newest;
  };
  struct Current {
    std::unique_ptr<AppendFile> file;
    Timestamp start{};
    uint64_t appended = 0;
    uint64_t synced = 0;
  };

  explicit WriteAheadLog(WriteAheadLogOptions options) : options_(std::move(options)) {}

  Status findSegments();
  Status scanFrom(size_t first, size_t last, const Visit* visit);
  Status scan(Segment& segment, std::string_view bytes, std::optional<uint64_t> knownEnd,
              const Visit* visit);
  Result<std::optional<uint64_t>> endBySuccessor(const Segment& segment, size_t successor,
                                                 std::string_view successorBytes) const;
  Status openSegment(Timestamp time);
  void closeCurrent();
  void giveUpCurrent(uint64_t end);
  Status syncCurrent();
  std::string pathOf(const std::string& name) const;

  WriteAheadLogOptions options_;
  mutable std::mutex mutex_;
  std::vector<Segment> segments_;
  std::optional<Current> current_;  // writes to segments_.back()
  uint64_t nextSequence_ = 1;
  std::string cachedName_;  // the segment that was read last
  std::string cachedBytes_;
};

}  // namespace spate
