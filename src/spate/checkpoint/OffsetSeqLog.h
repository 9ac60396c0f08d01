#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/checkpoint/TypedMetadataLog.h"

namespace spate {

/// What a batch will read, and under which circumstances: one file of `offsets/`. The names are
/// those of Spark's JSON.
struct OffsetSeq {
  int64_t batchWatermarkMs = 0;
  int64_t batchTimestampMs = 0;
  /// Settings that stay as they were when the query began; in the order in which they are written.
  std::vector<std::pair<std::string, std::string>> conf;
  /// The end offset of each source as its JSON (one line); empty where a source had nothing yet.
  std::vector<std::optional<std::string>> offsets;

  bool operator==(const OffsetSeq&) const = default;

  /// Spark's bytes, version 1.
  /// Errors  kInvalidArgument: an offset of several lines, or one that reads as "-"
  Result<std::string> toBytes() const;
  /// Errors  kCorrupt, kUnsupported (a newer version)
  static Result<OffsetSeq> fromBytes(std::string_view bytes);
};

/// `offsets/N`: written before batch N runs. To be opened with `options.complete` = the newest id
/// of the commit log.
using OffsetSeqLog = TypedMetadataLog<OffsetSeq>;

}  // namespace spate
