#include "spate/checkpoint/HadoopChecksum.h"

#include <zlib.h>

#include <algorithm>

#include "spate/base/FileSystem.h"

namespace spate {
namespace {

constexpr std::string_view kMagic("crc\0", 4);
constexpr size_t kBytesPerChecksum = 512;
constexpr size_t kHeaderSize = 8;

void appendBigEndian(uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t bigEndianAt(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

uint32_t crc32Of(std::string_view bytes, uint32_t start) {
  return static_cast<uint32_t>(
      ::crc32_z(start, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string hadoopChecksumPath(const std::string& path) {
  return joinPath(parentPath(path), "." + std::string(fileName(path)) + ".crc");
}

std::string hadoopChecksumFile(std::string_view bytes) {
  std::string out(kMagic);
  appendBigEndian(kBytesPerChecksum, out);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kBytesPerChecksum)))
    appendBigEndian(crc32Of(bytes.substr(0, kBytesPerChecksum)), out);
  return out;
}

ChecksumVerdict compareWithHadoopChecksum(std::string_view bytes, std::string_view checksumFile) {
  if (checksumFile.size() < kHeaderSize || !checksumFile.starts_with(kMagic) ||
      checksumFile.size() % 4 != 0)
    return ChecksumVerdict::kUnusable;
  const size_t chunk = bigEndianAt(checksumFile, kMagic.size());
  if (chunk == 0) return ChecksumVerdict::kUnusable;
  const size_t have = (checksumFile.size() - kHeaderSize) / 4;
  const size_t want = (bytes.size() + chunk - 1) / chunk;
  for (size_t i = 0; i < std::min(have, want); ++i) {
    if (crc32Of(bytes.substr(i * chunk, chunk)) != bigEndianAt(checksumFile, kHeaderSize + 4 * i))
      return ChecksumVerdict::kDiffers;
  }
  // Hadoop does not sync these files: one that is too short was torn itself.
  if (have < want) return ChecksumVerdict::kUnusable;
  return have == want ? ChecksumVerdict::kMatches : ChecksumVerdict::kDiffers;
}

}  // namespace spate
