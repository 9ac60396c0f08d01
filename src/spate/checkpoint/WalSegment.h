#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spate/base/Status.h"
#include "spate/base/Time.h"

namespace spate {

// The bytes of a segment of the write-ahead log; docs/formats/write-ahead-log.md.

/// The first bytes of a segment. It says where the records of the segment before it end: what
/// stands behind that is the rest of a write that failed.
struct WalSegmentHeader {
  uint64_t sequence = 0;
  Timestamp start{};
  uint64_t previousSequence = 0;  ///< 0: none
  uint64_t previousEnd = 0;

  static constexpr size_t kSize = 48;
  std::string toBytes() const;
  /// Empty: these bytes do not begin with a whole header.
  static std::optional<WalSegmentHeader> fromBytes(std::string_view bytes);
};

/// In front of each record.
struct WalRecordHeader {
  uint32_t length = 0;
  Timestamp time{};

  static constexpr size_t kSize = 20;
  /// The checksum covers the record, this header and its place: a record that was copied into
  /// another record's payload does not pass for one.
  static std::string toBytes(std::string_view record, Timestamp time, uint64_t sequence,
                             uint64_t offset);
};

struct WalRecord {
  Timestamp time{};
  std::string_view bytes;
  uint64_t next = 0;  ///< where the next record stands
};

/// The record at `offset` of a segment, or nothing if none stands there whole.
std::optional<WalRecord> walRecordAt(std::string_view segment, uint64_t offset, uint64_t sequence);

/// The first place from `offset` on at which a whole record stands.
std::optional<uint64_t> findWalRecord(std::string_view segment, uint64_t offset, uint64_t sequence);

/// "log-<startMs>-<sequence>"
std::string walSegmentName(Timestamp start, uint64_t sequence);
/// The sequence in such a name.
std::optional<uint64_t> walSequenceOf(std::string_view name);

}  // namespace spate
