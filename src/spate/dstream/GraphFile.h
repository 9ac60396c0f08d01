#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/dstream/Duration.h"
#include "spate/dstream/StreamNode.h"

namespace spate {

/// The file `graph` of a DStream checkpoint: what the program that wrote it looked like, so that
/// another one is not let loose on its state. docs/formats/dstream-checkpoint.md.
struct GraphFile {
  Duration batchDuration;
  Time zeroTime;
  std::vector<StreamDescription> streams;

  /// Empty when the checkpoint has none.
  /// Errors  kCorrupt, naming the file
  static Result<std::optional<GraphFile>> read(FileSystem& files, const std::string& directory);
  Status write(FileSystem& files, const std::string& directory) const;

  /// Lines "- was" and "+ is now" where the two differ; empty when they are the same program.
  std::string differenceTo(const GraphFile& current) const;
};

}  // namespace spate
