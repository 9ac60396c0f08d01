#pragma once

#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"

namespace spate {

/// A stateful operator as the checkpoint knows it: `state/<its place>/_metadata/metadata`.
struct OperatorMetadata {
  /// Spark's: "stateStoreSave", "dedupe".
  std::string name;
  int partitions = 0;

  bool operator==(const OperatorMetadata&) const = default;

  /// Spark's bytes, version 1; an operator has one store, called default.
  std::string toBytes(int64_t operatorId) const;
  /// Errors  kCorrupt, kUnsupported (version 2 is of operators that are not known here)
  static Result<OperatorMetadata> fromBytes(std::string_view bytes, int64_t operatorId);
};

/// Writes what is not there yet of a new query's operators; compares those of one that is resumed.
///
/// Errors  STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA: an operator was added, removed
///         or changed; STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY
Status checkOperators(FileSystem& files, const std::string& checkpointDirectory,
                      const std::vector<OperatorMetadata>& operators, bool isNewQuery);

}  // namespace spate
