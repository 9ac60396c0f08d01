#pragma once

#include <functional>
#include <optional>
#include <string>

#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"

namespace spate {

/// The file `metadata` of a checkpoint: the id that a query keeps over all its restarts.
struct StreamMetadata {
  /// A UUID, "55c5da95-a1e3-45e8-9760-e105cf53ef22".
  std::string id;

  /// Empty when there is no such file.
  /// Errors  kCorrupt, naming the file
  static Result<std::optional<StreamMetadata>> read(FileSystem& files, const std::string& path);
  Status write(FileSystem& files, const std::string& path) const;

  /// Reads the file, or writes it with a new id made of `random` bits.
  static Result<StreamMetadata> readOrCreate(FileSystem& files, const std::string& path,
                                             const std::function<uint64_t()>& random);
};

/// A version 4 UUID of random bits.
std::string uuidOf(uint64_t high, uint64_t low);

}  // namespace spate
