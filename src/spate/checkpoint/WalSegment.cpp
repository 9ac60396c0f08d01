#include "spate/checkpoint/WalSegment.h"

#include <bit>
#include <charconv>
#include <cstring>

#include "spate/checkpoint/HadoopChecksum.h"

namespace spate {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they stand");

constexpr std::string_view kMagic = "SPATEWAL";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kRecordMagic = "\xA5wal";

template <class T>
void put(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

template <class T>
T take(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

uint32_t recordChecksum(std::string_view timeAndLength, std::string_view record, uint64_t sequence,
                        uint64_t offset) {
  std::string place;
  put(sequence, place);
  put(offset, place);
  return crc32Of(record, crc32Of(timeAndLength, crc32Of(place)));
}

}  // namespace

std::string WalSegmentHeader::toBytes() const {
  std::string out(kMagic);
  put(kVersion, out);
  put(sequence, out);
  put(int64_t{start.time_since_epoch().count()}, out);
  put(previousSequence, out);
  put(previousEnd, out);
  put(crc32Of(out), out);
  return out;
}

std::optional<WalSegmentHeader> WalSegmentHeader::fromBytes(std::string_view bytes) {
  if (bytes.size() < kSize || !bytes.starts_with(kMagic) || take<uint32_t>(bytes, 8) != kVersion ||
      take<uint32_t>(bytes, kSize - 4) != crc32Of(bytes.substr(0, kSize - 4)))
    return std::nullopt;
  WalSegmentHeader header;
  header.sequence = take<uint64_t>(bytes, 12);
  header.start = Timestamp(Micros(take<int64_t>(bytes, 20)));
  header.previousSequence = take<uint64_t>(bytes, 28);
  header.previousEnd = take<uint64_t>(bytes, 36);
  return header;
}

std::string WalRecordHeader::toBytes(std::string_view record, Timestamp time, uint64_t sequence,
                                     uint64_t offset) {
  std::string timeAndLength;
  put(int64_t{time.time_since_epoch().count()}, timeAndLength);
  put(static_cast<uint32_t>(record.size()), timeAndLength);
  std::string out(kRecordMagic);
  put(recordChecksum(timeAndLength, record, sequence, offset), out);
  out += timeAndLength;
  return out;
}

std::optional<WalRecord> walRecordAt(std::string_view segment, uint64_t offset, uint64_t sequence) {
  if (offset > segment.size() || segment.size() - offset < WalRecordHeader::kSize)
    return std::nullopt;
  const std::string_view header = segment.substr(offset, WalRecordHeader::kSize);
  if (!header.starts_with(kRecordMagic)) return std::nullopt;
  const auto length = take<uint32_t>(header, 16);
  const uint64_t start = offset + WalRecordHeader::kSize;
  if (segment.size() - start < length) return std::nullopt;
  WalRecord record;
  record.time = Timestamp(Micros(take<int64_t>(header, 8)));
  record.bytes = segment.substr(start, length);
  record.next = start + length;
  if (take<uint32_t>(header, 4) != recordChecksum(header.substr(8), record.bytes, sequence, offset))
    return std::nullopt;
  return record;
}

std::optional<uint64_t> findWalRecord(std::string_view segment, uint64_t offset,
                                      uint64_t sequence) {
  for (size_t at = segment.find(kRecordMagic, offset); at != segment.npos;
       at = segment.find(kRecordMagic, at + 1)) {
    if (walRecordAt(segment, at, sequence)) return at;
  }
  return std::nullopt;
}

std::string walSegmentName(Timestamp start, uint64_t sequence) {
  return "log-" + std::to_string(millisOf(start)) + "-" + std::to_string(sequence);
}

std::optional<uint64_t> walSequenceOf(std::string_view name) {
  const size_t dash = name.rfind('-');
  if (!name.starts_with("log-") || dash < 4) return std::nullopt;
  uint64_t sequence = 0;
  const auto [end, error] =
      std::from_chars(name.data() + dash + 1, name.data() + name.size(), sequence);
  if (error != std::errc() || end != name.data() + name.size() || sequence == 0)
    return std::nullopt;
  return sequence;
}

}  // namespace spate
