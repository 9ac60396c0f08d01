#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spate {

/// The `.NAME.crc` files that Hadoop's local file system keeps beside each file: a CRC-32 for every
/// 512 bytes.

/// "dir/.NAME.crc" of "dir/NAME".
std::string hadoopChecksumPath(const std::string& path);

/// What stands in the `.crc` file of a file that holds `bytes`.
std::string hadoopChecksumFile(std::string_view bytes);

enum class ChecksumVerdict {
  kMatches,
  kDiffers,
  /// The `.crc` file itself is torn or of another kind: it says nothing of the file beside it.
  kUnusable,
};

ChecksumVerdict compareWithHadoopChecksum(std::string_view bytes, std::string_view checksumFile);

/// CRC-32 as in zlib, gzip and Hadoop.
uint32_t crc32Of(std::string_view bytes, uint32_t start = 0);

}  // namespace spate
