#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace spate::connect {

/// A file, or a cached relation, as it came from a client.
struct Artifact {
  std::string name;
  std::string bytes;
  /// The checksums of all its chunks held.
  bool isIntact = true;
};

/// True when `crc` is the CRC-32 of the bytes, as clients send it.
bool hasCrc(std::string_view bytes, int64_t crc);

/// Fails on a name that does not stay inside of its directory: absolute, or with "..".
///
/// Errors kInvalidArgument
Status checkArtifactName(std::string_view name);

/// Puts an artifact together that comes in several chunks.
///
/// Errors kInvalidArgument: chunks in the wrong order, more of them or more bytes than announced
class ArtifactAssembly {
 public:
  static constexpr int64_t kMaxBytes = int64_t{4} << 30;

  bool isOpen() const { return isOpen_; }
  Status begin(std::string name, int64_t totalBytes, int64_t chunks);
  /// The artifact, with its last chunk.
  Result<std::optional<Artifact>> add(std::string_view chunk, int64_t crc);

 private:
  bool isOpen_ = false;
  Artifact artifact_;
  int64_t totalBytes_ = 0;
  int64_t chunksLeft_ = 0;
};

}  // namespace spate::connect
