#include "spate/state/DeltaFile.h"

#include <lz4.h>
#include <xxhash.h>

#include <cstring>

namespace spate {
namespace {

constexpr std::string_view kMagic = "LZ4Block";
constexpr size_t kHeaderSize = kMagic.size() + 1 + 3 * sizeof(uint32_t);
constexpr int kMethodRaw = 0x10;
constexpr int kMethodLz4 = 0x20;
constexpr int kLevelOf32KiB = 5;  // 2^(10 + level) is the block size
constexpr XXH32_hash_t kSeed = 0x9747b28c;

uint32_t checksum(std::string_view block) {
  // lz4-java keeps 28 of the 32 bits.
  return XXH32(block.data(), block.size(), kSeed) & 0x0fffffff;
}

void appendLittleEndian(uint32_t value, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t littleEndianAt(const char* bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void appendHeader(int token, size_t compressed, size_t raw, uint32_t check, std::string& out) {
  out.append(kMagic);
  out.push_back(static_cast<char>(token));
  appendLittleEndian(static_cast<uint32_t>(compressed), out);
  appendLittleEndian(static_cast<uint32_t>(raw), out);
  appendLittleEndian(check, out);
}

}  // namespace

DeltaWriter::DeltaWriter() { raw_.reserve(2 * kBlockSize); }

void DeltaWriter::appendInt(int32_t value) {
  const auto bits = static_cast<uint32_t>(value);
  const char bytes[4] = {static_cast<char>(bits >> 24), static_cast<char>(bits >> 16),
                         static_cast<char>(bits >> 8), static_cast<char>(bits)};
  raw_.append(bytes, sizeof bytes);
}

void DeltaWriter::patchInt(size_t at, int32_t value) {
  const auto bits = static_cast<uint32_t>(value);
  for (size_t i = 0; i < 4; ++i) raw_[at + i] = static_cast<char>(bits >> (24 - 8 * i));
}

void DeltaWriter::compressFullBlocks() {
  size_t done = 0;
  for (; raw_.size() - done >= kBlockSize; done += kBlockSize)
    compressBlock(std::string_view(raw_).substr(done, kBlockSize));
  raw_.erase(0, done);
}

void DeltaWriter::compressBlock(std::string_view block) {
  const size_t headerAt = out_.size();
  const auto bound = static_cast<size_t>(LZ4_compressBound(static_cast<int>(block.size())));
  out_.resize(headerAt + kHeaderSize + bound);
  const int written = LZ4_compress_default(block.data(), out_.data() + headerAt + kHeaderSize,
                                           static_cast<int>(block.size()), static_cast<int>(bound));
  const bool shorter = written > 0 && static_cast<size_t>(written) < block.size();
  std::string header;
  appendHeader((shorter ? kMethodLz4 : kMethodRaw) | kLevelOf32KiB,
               shorter ? static_cast<size_t>(written) : block.size(), block.size(), checksum(block),
               header);
  std::memcpy(out_.data() + headerAt, header.data(), kHeaderSize);
  if (shorter) {
    out_.resize(headerAt + kHeaderSize + static_cast<size_t>(written));
  } else {
    out_.resize(headerAt + kHeaderSize);
    out_.append(block);
  }
}

std::string DeltaWriter::finish() {
  appendInt(-1);
  compressFullBlocks();
  if (!raw_.empty()) compressBlock(raw_);
  appendHeader(kMethodRaw | kLevelOf32KiB, 0, 0, 0, out_);
  return std::move(out_);
}

Status DeltaReader::corrupt(std::string_view what) const {
  return Status::corrupt("state file " + path_ + " is corrupt: " + std::string(what));
}

Status DeltaReader::readBlock() {
  if (compressed_.size() < kHeaderSize) return corrupt("it ends within a block header");
  if (!compressed_.starts_with(kMagic)) return corrupt("no block header where one must be");
  const int token = static_cast<unsigned char>(compressed_[kMagic.size()]);
  const char* numbers = compressed_.data() + kMagic.size() + 1;
  const uint32_t length = littleEndianAt(numbers);
  const uint32_t rawLength = littleEndianAt(numbers + 4);
  const uint32_t check = littleEndianAt(numbers + 8);
  compressed_.remove_prefix(kHeaderSize);

  const int method = token & 0xf0;
  const uint32_t limit = uint32_t{1} << (10 + (token & 0x0f));
  if ((method != kMethodRaw && method != kMethodLz4) || rawLength > limit ||
      (method == kMethodRaw && length != rawLength) || (rawLength == 0) != (length == 0))
    return corrupt("a block header that no writer writes");
  if (rawLength == 0) {
    if (check != 0) return corrupt("a block header that no writer writes");
    streamEnded_ = true;
    return Status::OK();
  }
  if (length > compressed_.size()) return corrupt("it ends within a block");

  raw_.erase(0, cursor_);
  cursor_ = 0;
  const size_t at = raw_.size();
  if (method == kMethodRaw) {
    raw_.append(compressed_.substr(0, length));
  } else {
    raw_.resize(at + rawLength);
    const int decoded = LZ4_decompress_safe(compressed_.data(), raw_.data() + at,
                                            static_cast<int>(length), static_cast<int>(rawLength));
    if (decoded != static_cast<int>(rawLength)) return corrupt("a block does not decompress");
  }
  if (checksum(std::string_view(raw_).substr(at)) != check)
    return corrupt("the checksum of a block does not match");
  compressed_.remove_prefix(length);
  return Status::OK();
}

Status DeltaReader::need(size_t bytes) {
  while (raw_.size() - cursor_ < bytes) {
    if (streamEnded_) return corrupt("the block stream ends within a record");
    SPATE_RETURN_IF_ERROR(readBlock());
  }
  return Status::OK();
}

Result<int32_t> DeltaReader::readInt(std::string_view what) {
  SPATE_FAIL_IF_ERROR(need(sizeof(int32_t)));
  uint32_t bits = 0;
  for (int i = 0; i < 4; ++i) bits = bits << 8 | static_cast<unsigned char>(raw_[cursor_ + i]);
  cursor_ += sizeof(int32_t);
  const auto value = static_cast<int32_t>(bits);
  if (value < -1) return failure(corrupt(std::string(what) + " " + std::to_string(value)));
  return value;
}

Result<std::optional<DeltaReader::Record>> DeltaReader::next() {
  if (recordsEnded_) return std::nullopt;
  SPATE_ASSIGN_OR_FAIL(const int32_t keySize, readInt("key size"));
  if (keySize == -1) {
    recordsEnded_ = true;
    if (cursor_ != raw_.size()) return failure(corrupt("bytes behind its last record"));
    while (!streamEnded_) {
      SPATE_FAIL_IF_ERROR(readBlock());
      if (cursor_ != raw_.size()) return failure(corrupt("bytes behind its last record"));
    }
    if (!compressed_.empty()) return failure(corrupt("bytes behind its end mark"));
    return std::nullopt;
  }
  // The key stays where it is while the value is read: need() moves both when it reads a block, so
  // the views are made at the end, counted back from the cursor.
  SPATE_FAIL_IF_ERROR(need(static_cast<size_t>(keySize) + sizeof(int32_t)));
  const auto keyLength = static_cast<size_t>(keySize);
  uint32_t bits = 0;
  for (size_t i = 0; i < 4; ++i)
    bits = bits << 8 | static_cast<unsigned char>(raw_[cursor_ + keyLength + i]);
  const auto valueSize = static_cast<int32_t>(bits);
  if (valueSize < -1) return failure(corrupt("value size " + std::to_string(valueSize)));
  const size_t valueLength = valueSize < 0 ? 0 : static_cast<size_t>(valueSize);
  SPATE_FAIL_IF_ERROR(need(keyLength + sizeof(int32_t) + valueLength));
  Record record;
  const std::string_view bytes = std::string_view(raw_).substr(cursor_);
  record.key = bytes.substr(0, keyLength);
  if (valueSize >= 0) record.value = bytes.substr(keyLength + sizeof(int32_t), valueLength);
  cursor_ += keyLength + sizeof(int32_t) + valueLength;
  return record;
}

}  // namespace spate
