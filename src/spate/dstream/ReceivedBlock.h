#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "spate/base/FileSystem.h"
#include "spate/base/Time.h"
#include "spate/checkpoint/WriteAheadLog.h"

namespace spate {

/// The records of a block, in one of two forms.
struct BlockContent {
  /// A std::vector<T>; T is the stream's.
  std::shared_ptr<const void> elements;
  /// The records by Codec<T>, one behind the other.
  std::shared_ptr<const std::string> bytes;

  bool empty() const { return !elements && !bytes; }
};

/// What is known of a block beside its records.
struct BlockInfo {
  /// Counted from 1 in each stream; what the stream's offsets are.
  int64_t number = 0;
  Timestamp time{};
  int64_t count = 0;
  std::optional<std::string> metadata;
};

/// A block of received records: one partition of a batch. It is where its storage level put it: in
/// memory, in a file of this process, or only in the write-ahead log.
///
/// Errors  read: of the file system; kNotFound, kCorrupt: the log no longer holds the block
/// Threads all functions from any thread
class ReceivedBlock {
 public:
  explicit ReceivedBlock(BlockInfo info) : info_(std::move(info)) {}
  /// Removes its file.
  ~ReceivedBlock();
  ReceivedBlock(const ReceivedBlock&) = delete;
  ReceivedBlock& operator=(const ReceivedBlock&) = delete;

  const BlockInfo& info() const { return info_; }
  Result<BlockContent> read();

  // Where it is; set by ReceivedBlocks.
  void keepInMemory(BlockContent content);
  void keepInFile(std::shared_ptr<FileSystem> files, std::string path);
  void keepInLog(std::shared_ptr<WriteAheadLog> log, WalHandle handle);
  bool isInLog() const;
  /// The content, if it is in memory.
  BlockContent inMemory() const;
  void dropFromMemory();

 private:
  const BlockInfo info_;
  mutable std::mutex mutex_;
  BlockContent memory_;
  std::shared_ptr<FileSystem> files_;
  std::string path_;
  std::shared_ptr<WriteAheadLog> log_;
  WalHandle handle_;
};

/// The bytes of a block in the write-ahead log; docs/formats/received-data.md.
std::string encodeBlockRecord(const BlockInfo& info, std::string_view records);

struct BlockRecord {
  BlockInfo info;
  std::string_view records;
};
/// `time` stands in the log's own record header.
/// Errors  kCorrupt
Result<BlockRecord> decodeBlockRecord(std::string_view record, Timestamp time);

}  // namespace spate
