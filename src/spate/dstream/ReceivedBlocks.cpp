#include "spate/dstream/ReceivedBlocks.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "spate/base/Logging.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

constexpr std::string_view kComponent = "ReceivedBlockTracker";
constexpr Micros kRetryDelay = std::chrono::seconds(1);

Offset offsetOf(int64_t number) { return Offset(std::to_string(number)); }

Result<int64_t> numberOf(const std::optional<Offset>& offset) {
  if (!offset) return 0;
  const std::string& text = offset->json();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    return failure(Status::corrupt("not the number of a received block: \"" + text + "\""));
  return number;
}

}  // namespace

ReceivedBlocks::ReceivedBlocks(Options options)
    : options_(std::move(options)),
      maxFailures_(std::max(1, options_.rddContext->conf().getInt(
                                   "spark.streaming.receiver.writeAheadLog.maxFailures", 3))) {}

ReceivedBlocks::~ReceivedBlocks() {
  BlockStore& memory = options_.rddContext->blocks();
  for (const auto& [number, block] : blocks_) memory.release(*this, split(number));
}

Status ReceivedBlocks::open(const std::optional<Offset>& end,
                            const std::string& checkpointDirectory,
                            std::shared_ptr<FileSystem> files, FaultPoints& faults) {
  files_ = std::move(files);
  faults_ = &faults;
  if (options_.rddContext->conf().getBoolean("spark.streaming.receiver.writeAheadLog.enable",
                                             false)) {
    SPATE_RETURN_IF_ERROR(openLog(checkpointDirectory, faults));
  }
  SPATE_ASSIGN_OR_RETURN(const int64_t given, numberOf(end));
  std::lock_guard lock(mutex_);
  lastNumber_ = std::max(lastNumber_, given);
  const auto waiting = std::distance(blocks_.upper_bound(given), blocks_.end());
  if (waiting > 0)
    logInfo(kComponent, fmt::format("{} blocks of {} were stored but not processed when the last "
                                    "run ended; the first new batch gets them",
                                    waiting, options_.name));
  return Status::OK();
}

Status ReceivedBlocks::openLog(const std::string& checkpointDirectory, FaultPoints& faults) {
  if (checkpointDirectory.empty())
    return Status::internal(
        "Cannot enable receiver write-ahead log without checkpoint directory set. Please use "
        "streamingContext.checkpoint() to set the checkpoint directory. See documentation for "
        "more details.");
  if (!options_.toBytes)
    return Status::unsupported("The receiver write-ahead log needs a Codec for the records of " +
                               options_.name);
  WriteAheadLogOptions options;
  options.files = files_;
  options.directory =
      joinPath(joinPath(checkpointDirectory, "receivedData"), std::to_string(options_.streamId));
  options.rollingInterval = std::chrono::seconds(options_.rddContext->conf().getInt(
      "spark.streaming.receiver.writeAheadLog.rollingIntervalSecs", 60));
  options.faults = &faults;
  SPATE_ASSIGN_OR_RETURN(log_, WriteAheadLog::open(std::move(options)));
  return log_->replay([&](const WalHandle& handle, Timestamp time, std::string_view bytes) {
    auto record = decodeBlockRecord(bytes, time);
    if (!record)
      return record.error().withContext(joinPath(log_->directory(), handle.segment) + " at " +
                                        std::to_string(handle.offset));
    auto block = std::make_shared<ReceivedBlock>(std::move(record->info));
    block->keepInLog(log_, handle);
    logHeldBlocks_ = true;
    std::lock_guard lock(mutex_);
    const int64_t number = block->info().number;
    lastNumber_ = std::max(lastNumber_, number);
    lastTime_ = std::max(lastTime_, time);
    if (block->info().metadata)
      newestMetadata_ = Metadata{*block->info().metadata, block->info().time};
    // A block whose sync failed may be there twice: the later one was reported as stored.
    blocks_[number] = std::move(block);
    return Status::OK();
  });
}

Status ReceivedBlocks::store(NewBlock content) {
  std::lock_guard storing(storing_);
  std::shared_ptr<ReceivedBlock> block;
  {
    std::lock_guard lock(mutex_);
    content.time = std::max(content.time, lastTime_);
    block = std::make_shared<ReceivedBlock>(
        BlockInfo{lastNumber_ + 1, content.time, content.count, std::move(content.metadata)});
  }
  SPATE_RETURN_IF_ERROR(insist("store a block of " + options_.name,
                               [&] { return faults_->reach("receiver.beforeStoreBlock"); }));
  if (log_) SPATE_RETURN_IF_ERROR(writeAhead(*block, content.content));
  SPATE_RETURN_IF_ERROR(place(*block, std::move(content)));
  {
    std::lock_guard lock(mutex_);
    lastNumber_ = block->info().number;
    lastTime_ = block->info().time;
    if (block->info().metadata)
      newestMetadata_ = Metadata{*block->info().metadata, block->info().time};
    blocks_.emplace(lastNumber_, block);
    if (notify_) notify_();
  }
  return faults_->reach("receiver.afterStoreBlock");
}

Status ReceivedBlocks::insist(const std::string& what, const std::function<Status()>& action) {
  for (int failures = 0;;) {
    Status status = action();
    if (status.ok()) return status;
    const bool full = status.code() == StatusCode::kDiskFull;
    if (!full && ++failures >= maxFailures_) return status.withContext("cannot " + what);
    logWarn(kComponent, fmt::format("cannot {}: {}; trying again in {} ms", what, status.toString(),
                                    kRetryDelay / Millis(1)));
    if (!stopWaiting_.waitUntil(*options_.clock, options_.clock->now() + kRetryDelay))
      return Status::cancelled("stopped while it could not " + what + ": " + status.message());
  }
}

Status ReceivedBlocks::writeAhead(ReceivedBlock& block, const BlockContent& content) {
  const std::string record =
      encodeBlockRecord(block.info(), content.bytes ? *content.bytes : options_.toBytes(content));
  WalHandle handle;
  SPATE_RETURN_IF_ERROR(insist("write a block of " + options_.name + " ahead",
                               [&] { return appendOnce(record, block.info().time, handle); }));
  block.keepInLog(log_, std::move(handle));
  return Status::OK();
}

Status ReceivedBlocks::appendOnce(const std::string& record, Timestamp time, WalHandle& handle) {
  SPATE_ASSIGN_OR_RETURN(handle, log_->append(record, time));
  return log_->sync(handle);
}

Status ReceivedBlocks::place(ReceivedBlock& block, NewBlock content) {
  const StorageLevel& level = options_.level;
  if (level.useMemory && options_.rddContext->blocks().reserve(
                             shared_from_this(), split(block.info().number), content.memoryBytes)) {
    block.keepInMemory(std::move(content.content));
    return Status::OK();
  }
  // What is in the log is on disk already.
  if (block.isInLog()) return Status::OK();
  if (level.useDisk && (content.content.bytes || options_.toBytes))
    return insist("store a block of " + options_.name + " on disk",
                  [&] { return moveToFile(block, content.content); });
  return Status::internal(
      fmt::format("Could not store input-{}-{} to block manager with storage "
                  "level {}",
                  options_.streamId, block.info().number, level.toString()));
}

Status ReceivedBlocks::moveToFile(ReceivedBlock& block, const BlockContent& content) {
  RddContext& context = *options_.rddContext;
  std::string path;
  try {
    path = joinPath(context.localDirectory(),
                    fmt::format("input-{}-{}", options_.streamId, block.info().number));
  } catch (const SparkException& e) {
    return e.status();
  }
  const std::shared_ptr<FileSystem>& files = context.sharedFiles();
  SPATE_RETURN_IF_ERROR(files->removeAll(path));
  SPATE_ASSIGN_OR_RETURN(const auto file, files->openAppend(path));
  // Not synced: it is for this process only.
  SPATE_RETURN_IF_ERROR(file->append(content.bytes ? *content.bytes : options_.toBytes(content)));
  block.keepInFile(files, path);
  return Status::OK();
}

bool ReceivedBlocks::evict(int wanted) {
  std::shared_ptr<ReceivedBlock> block;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [number, candidate] : blocks_)
      if (split(number) == wanted) block = candidate;
  }
  if (!block) return false;
  if (!block->isInLog()) {
    const BlockContent content = block->inMemory();
    if (content.empty() || !options_.level.useDisk || !(content.bytes || options_.toBytes) ||
        !moveToFile(*block, content).ok())
      return false;
  }
  block->dropFromMemory();
  return true;
}

std::optional<std::string> ReceivedBlocks::lastMetadata() const {
  std::lock_guard lock(mutex_);
  if (!newestMetadata_) return std::nullopt;
  return newestMetadata_->text;
}

std::vector<std::shared_ptr<ReceivedBlock>> ReceivedBlocks::blocksOf(const OffsetRange& range) {
  std::vector<std::shared_ptr<ReceivedBlock>> found;
  if (range.empty()) return found;
  const int64_t from = valueOrThrow(numberOf(range.from));
  const int64_t to = valueOrThrow(numberOf(range.to));
  {
    std::lock_guard lock(mutex_);
    for (auto at = blocks_.upper_bound(from); at != blocks_.end() && at->first <= to; ++at)
      found.push_back(at->second);
  }
  const int64_t missing = to - from - static_cast<int64_t>(found.size());
  if (missing <= 0) return found;
  const std::string what =
      fmt::format("{} of the {} blocks ({} to {}) of {} that a batch was given", missing, to - from,
                  from + 1, to, options_.name);
  if (logHeldBlocks_)
    throw SparkException("Could not read data from write ahead log " + log_->directory() + ": " +
                         what + " are not there any more");
  logWarn(kComponent, what +
                          " were lost with the process that received them: there was no "
                          "receiver write-ahead log. The batch goes on without them.");
  return found;
}

int64_t ReceivedBlocks::numRecords(const OffsetRange& range) const {
  const auto from = numberOf(range.from);
  const auto to = numberOf(range.to);
  int64_t records = 0;
  if (!from || !to) return records;
  std::lock_guard lock(mutex_);
  for (auto at = blocks_.upper_bound(*from); at != blocks_.end() && at->first <= *to; ++at)
    records += at->second->info().count;
  return records;
}

Result<std::optional<Offset>> ReceivedBlocks::latestOffset(const std::optional<Offset>& from,
                                                           const ReadLimit& limit) {
  SPATE_ASSIGN_OR_FAIL(const int64_t start, numberOf(from));
  SPATE_ASSIGN_OR_FAIL(const int64_t bound, numberOf(limit.notBeyond));
  int64_t last = start;
  int64_t records = 0;
  std::lock_guard lock(mutex_);
  for (auto at = blocks_.upper_bound(start); at != blocks_.end(); ++at) {
    const BlockInfo& block = at->second->info();
    records += block.count;
    if (block.time > limit.batchTime || (limit.notBeyond && block.number > bound)) break;
    if (limit.maxRecords && records > *limit.maxRecords && last != start) break;
    last = block.number;
  }
  if (last == start) return from;
  return offsetOf(last);
}

Status ReceivedBlocks::commit(const Offset& end) {
  SPATE_ASSIGN_OR_RETURN(const int64_t number, numberOf(end));
  std::optional<Timestamp> needed;
  std::vector<std::shared_ptr<ReceivedBlock>> forgotten;  // let go of without the lock
  {
    std::lock_guard lock(mutex_);
    const auto keep = blocks_.upper_bound(number);
    for (auto at = blocks_.begin(); at != keep; ++at) forgotten.push_back(std::move(at->second));
    blocks_.erase(blocks_.begin(), keep);
    if (forgotten.empty()) return Status::OK();
    needed = blocks_.empty() ? forgotten.back()->info().time + Micros(1)
                             : blocks_.begin()->second->info().time;
    // Where a replayable source goes on is not forgotten.
    if (newestMetadata_) needed = std::min(*needed, newestMetadata_->blockTime);
  }
  for (const auto& block : forgotten)
    options_.rddContext->blocks().release(*this, split(block->info().number));
  if (log_) {
    const Status cleaned = log_->clean(*needed);
    if (!cleaned.ok()) logWarn(kComponent, "cannot clean the log: " + cleaned.toString());
  }
  return Status::OK();
}

void ReceivedBlocks::onDataAvailable(std::function<void()> notify) {
  std::lock_guard lock(mutex_);
  notify_ = std::move(notify);
}

}  // namespace spate
