#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "spate/base/Status.h"
#include "spate/base/Time.h"

namespace spate {

/// A position in a source: the JSON text that stands in Spark's offset log. Only its source can
/// read it; all others compare it for equality and pass it on.
///
/// Keeps to one line (the log has one line per source).
class Offset {
 public:
  Offset() = default;
  explicit Offset(std::string json) : json_(std::move(json)) {}

  const std::string& json() const { return json_; }
  bool operator==(const Offset&) const = default;

 private:
  std::string json_;
};

/// The records behind `from`, up to and including `to`. `from` is empty for "from the very
/// beginning"; `to` is empty when the source had nothing yet, and then the range is empty.
struct OffsetRange {
  std::optional<Offset> from;
  std::optional<Offset> to;

  bool empty() const { return !to || from == to; }
  bool operator==(const OffsetRange&) const = default;
};

/// What bounds the end of a batch, beside the limits the source itself was configured with.
struct ReadLimit {
  /// The time of the batch that asks. A batch that runs late asks with the time at which it was
  /// due, so a source that knows when its data arrived allocates to it what had come by then.
  Timestamp batchTime{};
  std::optional<int64_t> maxRecords;
  /// The source shall ignore its own limits (maxFilesPerTrigger, ...): Trigger.Once.
  bool ignoreOwnLimits = false;
  /// Not a record behind this offset: Trigger.AvailableNow stops at what was there at its start.
  std::optional<Offset> notBeyond;
};

/// The control side of a source: all that the micro-batch loop sees of it. It deals in positions;
/// rows flow elsewhere (Source for Arrow columns, DStream's inputs for typed records).
///
/// In      nothing; the outside world
/// Out     positions. Contract of replay: once a range was logged, reading it again gives the same
///         records, also in another process, until commit() passed its end
/// Errors  kDiskFull is retried by the loop; any other error ends the query
/// Threads the loop calls from one thread at a time; stop() may come from any other thread, and
///         the callback of onDataAvailable goes from any thread into the loop
class OffsetSource {
 public:
  virtual ~OffsetSource() = default;

  /// For messages and progress: "MemoryStream[value#1]", "socket(localhost:9999)".
  virtual std::string name() const = 0;

  /// The position before the first record of the first batch. Empty: the beginning needs no
  /// offset. Asked for again after a crash in the first batch: must give the same answer then.
  virtual Result<std::optional<Offset>> initialOffset() { return std::optional<Offset>(); }

  /// How far a batch that starts at `from` may read within `limit`. Equal to `from` when there is
  /// nothing new, empty when there never was anything.
  virtual Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                                     const ReadLimit& limit) = 0;

  /// No batch will ask again for a record up to and including `end`: the source may forget them.
  /// Called with the same or a later `end` over time; once more for an old one after a restart.
  virtual Status commit(const Offset& end) {
    static_cast<void>(end);
    return Status::OK();
  }

  /// Gives the source a function to call whenever latestOffset may have changed. Called once,
  /// before the first latestOffset; an empty function ends it: when that call returns, the old
  /// function will not be called again.
  virtual void onDataAvailable(std::function<void()> notify) { static_cast<void>(notify); }

  /// When it is worth asking latestOffset again although nobody called the function above; empty:
  /// never. The default suits sources that can only look (a directory): 10 ms later, which is
  /// Spark's spark.sql.streaming.pollingDelay. Only triggers that wait for data ask this.
  virtual std::optional<Timestamp> askAgainAt(Timestamp now) const { return now + Millis(10); }

  /// Releases what the source holds; no other call follows. May be called more than once.
  virtual void stop() {}
};

}  // namespace spate
