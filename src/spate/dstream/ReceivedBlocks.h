#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/base/FaultPoints.h"
#include "spate/dstream/ReceivedBlock.h"
#include "spate/dstream/StopSignal.h"
#include "spate/rdd/BlockStore.h"
#include "spate/rdd/RddContext.h"
#include "spate/rdd/StorageLevel.h"
#include "spate/sources/OffsetSource.h"

namespace spate {

/// A block on its way into storage.
struct NewBlock {
  BlockContent content;
  int64_t count = 0;
  /// What the content takes in memory.
  int64_t memoryBytes = 0;
  std::optional<std::string> metadata;
  Timestamp time{};
};

/// The blocks that one receiver has stored: the positions of its stream, and where the records are.
///
/// In      blocks, each counted as stored once it is where its level says, and with the write-ahead
///         log on once it is synced there
/// Out     offsets: the number of the last block, a bare number. A batch is given the blocks whose
///         time is not later than its own
/// Kept    <checkpoint>/receivedData/<streamId>, with spark.streaming.receiver.writeAheadLog.enable
/// Errors  store: kCancelled after stopWaiting(); other errors of the file system once they came
///         ...writeAheadLog.maxFailures times in a row; a full disk is waited out
/// Threads store, stopWaiting, lastMetadata and content from any; the rest as OffsetSource
class ReceivedBlocks final : public OffsetSource,
                             public BlockOwner,
                             public std::enable_shared_from_this<ReceivedBlocks> {
 public:
  struct Options {
    int streamId = 0;
    std::string name;
    StorageLevel level;
    std::shared_ptr<RddContext> rddContext;
    std::shared_ptr<Clock> clock;
    /// Turns content in objects into bytes, for the log and for files; empty: it cannot be done.
    std::function<std::string(const BlockContent&)> toBytes;
  };
  explicit ReceivedBlocks(Options options);
  ~ReceivedBlocks() override;

  /// Reads the log, if there is one to be kept under `checkpointDirectory`. Blocks up to `end` were
  /// given to batches.
  /// Errors  kUnsupported: a log is asked for, but there is no directory, or T has no Codec
  Status open(const std::optional<Offset>& end, const std::string& checkpointDirectory,
              std::shared_ptr<FileSystem> files, FaultPoints& faults);
  bool hasLog() const { return log_ != nullptr; }

  Status store(NewBlock block);
  /// store() waits for a full disk no longer.
  void stopWaiting() { stopWaiting_.raise(); }
  /// Of the newest block that had some.
  std::optional<std::string> lastMetadata() const;

  /// The blocks of a range. Those that went with a process that kept no log are left out, with a
  /// warning; throws SparkException when the log should have them.
  std::vector<std::shared_ptr<ReceivedBlock>> blocksOf(const OffsetRange& range);
  int64_t numRecords(const OffsetRange& range) const;

  std::string name() const override { return options_.name; }
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;
  Status commit(const Offset& end) override;
  void onDataAvailable(std::function<void()> notify) override;
  std::optional<Timestamp> askAgainAt(Timestamp) const override { return std::nullopt; }

  bool evict(int split) override;

 private:
  Status openLog(const std::string& checkpointDirectory, FaultPoints& faults);
  Status writeAhead(ReceivedBlock& block, const BlockContent& content);
  Status appendOnce(const std::string& record, Timestamp time, WalHandle& handle);
  Status place(ReceivedBlock& block, NewBlock content);
  Status moveToFile(ReceivedBlock& block, const BlockContent& content);
  /// Repeats `action` while the disk is full, and a few times after other errors.
  Status insist(const std::string& what, const std::function<Status()>& action);
  int split(int64_t number) const { return static_cast<int>(number & 0x7fffffff); }

  const Options options_;
  std::shared_ptr<FileSystem> files_;
  FaultPoints* faults_ = &FaultPoints::none();
  std::shared_ptr<WriteAheadLog> log_;
  bool logHeldBlocks_ = false;
  const int maxFailures_;
  StopSignal stopWaiting_;

  std::mutex storing_;  // held over a whole store(): blocks are numbered in the order of the log
  mutable std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<ReceivedBlock>> blocks_;
  int64_t lastNumber_ = 0;
  Timestamp lastTime_{};
  struct Metadata {
    std::string text;
    Timestamp blockTime;
  };
  std::optional<Metadata> newestMetadata_;
  std::function<void()> notify_;
};

}  // namespace spate
