#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/checkpoint/TypedMetadataLog.h"

namespace spate {

/// One file of `commits/`: what the next batch needs to know of this one.
struct CommitMetadata {
  int64_t nextBatchWatermarkMs = 0;
  /// By operator, then partition, then store: the unique id of the state that was committed. Given
  /// with Spark's stateStore.checkpointFormatVersion 2; then the file has version 2.
  std::optional<std::map<int64_t, std::vector<std::vector<std::string>>>> stateUniqueIds;
  /// Ours, and read over by Spark: where each of several watermarks is, by its number. Spark begins
  /// them anew after a restart. Written only if there are any.
  std::map<int64_t, int64_t> watermarksMs = {};

  bool operator==(const CommitMetadata&) const = default;

  /// Spark's bytes.
  std::string toBytes() const;
  /// Errors  kCorrupt, kUnsupported (a newer version)
  static Result<CommitMetadata> fromBytes(std::string_view bytes);
};

/// `commits/N`: written when batch N is complete.
using CommitLog = TypedMetadataLog<CommitMetadata>;

}  // namespace spate
