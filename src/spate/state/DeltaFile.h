#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace spate {

/// The bytes of one `V.delta` or `V.snapshot` file of Spark's HDFS-backed state store: records
/// (key, value or "removed") in an LZ4 block stream as lz4-java writes it, with a checksum per
/// block. docs/formats/state.md has the layout.
///
/// In      records in any order; a key may come again, the last one counts
/// Out     finish(): the whole file, for FileSystem::writeAtomically
/// Threads one writer per thread
class DeltaWriter {
 public:
  DeltaWriter();

  /// `encodeKey(out)` and `encodeValue(out)` append their bytes to the string given.
  template <class EncodeKey, class EncodeValue>
  void put(EncodeKey encodeKey, EncodeValue encodeValue) {
    sized(encodeKey);
    sized(encodeValue);
    flushFullBlocks();
  }
  void putBytes(std::string_view key, std::string_view value) {
    put([key](std::string& out) { out.append(key); },
        [value](std::string& out) { out.append(value); });
  }

  template <class EncodeKey>
  void remove(EncodeKey encodeKey) {
    sized(encodeKey);
    appendInt(-1);
    flushFullBlocks();
  }
  void removeBytes(std::string_view key) {
    remove([key](std::string& out) { out.append(key); });
  }

  /// Ends the stream. The writer is used up.
  std::string finish();

 private:
  template <class Encode>
  void sized(Encode& encode) {
    const size_t at = raw_.size();
    appendInt(0);
    encode(raw_);
    patchInt(at, static_cast<int32_t>(raw_.size() - at - sizeof(int32_t)));
  }
  void appendInt(int32_t value);
  void patchInt(size_t at, int32_t value);
  void flushFullBlocks() {
    if (raw_.size() >= kBlockSize) compressFullBlocks();
  }
  void compressFullBlocks();
  void compressBlock(std::string_view block);

  static constexpr size_t kBlockSize = 32 * 1024;  // spark.io.compression.lz4.blockSize

  std::string raw_;
  std::string out_;
};

/// Reads such a file record by record; holds one decompressed block and what a record needs.
///
/// Errors  kCorrupt, naming `path`, for anything that is not what a writer wrote: a checksum or
///         length that does not hold, an end before the end mark, bytes behind it
/// Threads one reader per thread
class DeltaReader {
 public:
  /// Keeps a view of `bytes`; the caller keeps them alive.
  DeltaReader(std::string path, std::string_view bytes)
      : path_(std::move(path)), compressed_(bytes) {}

  /// Views that live until the next call. No value: the key was removed.
  struct Record {
    std::string_view key;
    std::optional<std::string_view> value;
  };

  /// The next record, or none at the end of the file.
  Result<std::optional<Record>> next();

 private:
  Status need(size_t bytes);
  Status readBlock();
  Result<int32_t> readInt(std::string_view what);
  Status corrupt(std::string_view what) const;

  std::string path_;
  std::string_view compressed_;
  std::string raw_;
  size_t cursor_ = 0;
  bool streamEnded_ = false;
  bool recordsEnded_ = false;
};

}  // namespace spate
