#include "spate/dstream/ReceivedBlock.h"

#include "spate/base/Logging.h"
#include "spate/types/ByteReader.h"

namespace spate {
namespace {

constexpr uint8_t kBlockRecord = 1;

}  // namespace

ReceivedBlock::~ReceivedBlock() {
  if (path_.empty()) return;
  const Status removed = files_->removeAll(path_);
  if (!removed.ok()) logWarn("BlockManager", removed.message());
}

Result<BlockContent> ReceivedBlock::read() {
  std::string path;
  std::shared_ptr<WriteAheadLog> log;
  {
    std::lock_guard lock(mutex_);
    if (!memory_.empty()) return memory_;
    path = path_;
    log = log_;
  }
  if (!path.empty()) {
    SPATE_ASSIGN_OR_FAIL(std::string bytes, files_->readFile(path));
    return BlockContent{nullptr, std::make_shared<const std::string>(std::move(bytes))};
  }
  if (!log)
    return failure(Status::internal("block " + std::to_string(info_.number) + " is nowhere"));
  auto record = log->read(handle_);
  if (!record)
    return failure(record.error().withContext("Could not read data from write ahead log record " +
                                              log->directory() + "/" + handle_.segment));
  SPATE_ASSIGN_OR_FAIL(const BlockRecord block, decodeBlockRecord(*record, info_.time));
  return BlockContent{nullptr, std::make_shared<const std::string>(block.records)};
}

void ReceivedBlock::keepInMemory(BlockContent content) {
  std::lock_guard lock(mutex_);
  memory_ = std::move(content);
}

void ReceivedBlock::keepInFile(std::shared_ptr<FileSystem> files, std::string path) {
  std::lock_guard lock(mutex_);
  files_ = std::move(files);
  path_ = std::move(path);
}

void ReceivedBlock::keepInLog(std::shared_ptr<WriteAheadLog> log, WalHandle handle) {
  std::lock_guard lock(mutex_);
  log_ = std::move(log);
  handle_ = std::move(handle);
}

bool ReceivedBlock::isInLog() const {
  std::lock_guard lock(mutex_);
  return log_ != nullptr;
}

BlockContent ReceivedBlock::inMemory() const {
  std::lock_guard lock(mutex_);
  return memory_;
}

void ReceivedBlock::dropFromMemory() {
  std::lock_guard lock(mutex_);
  memory_ = {};
}

std::string encodeBlockRecord(const BlockInfo& info, std::string_view records) {
  std::string record;
  record.reserve(records.size() + 32 + (info.metadata ? info.metadata->size() : 0));
  record.push_back(static_cast<char>(kBlockRecord));
  appendVarint(static_cast<uint64_t>(info.number), record);
  appendVarint(static_cast<uint64_t>(info.count), record);
  record.push_back(info.metadata ? 1 : 0);
  if (info.metadata) {
    appendVarint(info.metadata->size(), record);
    record += *info.metadata;
  }
  record += records;
  return record;
}

Result<BlockRecord> decodeBlockRecord(std::string_view record, Timestamp time) {
  ByteReader in(record);
  BlockRecord block;
  const auto kind = in.readFixed<uint8_t>();
  block.info.number = static_cast<int64_t>(in.readVarint());
  block.info.count = static_cast<int64_t>(in.readVarint());
  block.info.time = time;
  const auto hasMetadata = in.readFixed<uint8_t>();
  if (hasMetadata == 1) block.info.metadata = std::string(in.readSizedBytes());
  block.records = in.readBytes(in.remaining());
  if (!in.ok() || kind != kBlockRecord || hasMetadata > 1 || block.info.number <= 0 ||
      block.info.count < 0)
    return failure(Status::corrupt("a record of the write-ahead log is no received block"));
  return block;
}

}  // namespace spate
