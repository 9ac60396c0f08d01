#include "spate/connect/ArtifactAssembly.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

namespace spate::connect {

bool hasCrc(std::string_view bytes, int64_t crc) {
  uLong sum = crc32_z(0, nullptr, 0);
  sum = crc32_z(sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return static_cast<int64_t>(sum) == crc;
}

Status checkArtifactName(std::string_view name) {
  bool isInside = !name.empty() && name.front() != '/' && name.find('\0') == std::string_view::npos;
  for (size_t begin = 0; isInside && begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    isInside = name.substr(begin, end - begin) != "..";
    begin = end + 1;
  }
  if (isInside) return Status::OK();
  return Status::invalidArgument("Artifact with name " + std::string(name) +
                                 " is invalid. The name must be a relative path and cannot "
                                 "reference parent/sibling/nephew directories.")
      .withErrorClass("INVALID_ARTIFACT_PATH", "22023", {{"name", std::string(name)}});
}

Status ArtifactAssembly::begin(std::string name, int64_t totalBytes, int64_t chunks) {
  if (isOpen_) {
    return Status::invalidArgument("The artifact " + name + " begins before " + artifact_.name +
                                   " is complete");
  }
  SPATE_RETURN_IF_ERROR(checkArtifactName(name));
  if (totalBytes < 0 || totalBytes > kMaxBytes || chunks < 1) {
    return Status::invalidArgument("The artifact " + name + " announces " +
                                   std::to_string(totalBytes) + " bytes in " +
                                   std::to_string(chunks) + " chunks");
  }
  isOpen_ = true;
  artifact_ = {std::move(name), {}, true};
  totalBytes_ = totalBytes;
  chunksLeft_ = chunks;
  return Status::OK();
}

Result<std::optional<Artifact>> ArtifactAssembly::add(std::string_view chunk, int64_t crc) {
  if (!isOpen_) return failure(Status::invalidArgument("A chunk of no artifact"));
  artifact_.isIntact = artifact_.isIntact && hasCrc(chunk, crc);
  artifact_.bytes.append(chunk);
  --chunksLeft_;
  if (static_cast<int64_t>(artifact_.bytes.size()) > totalBytes_) {
    return failure(Status::invalidArgument("The artifact " + artifact_.name +
                                           " has more bytes than announced"));
  }
  if (chunksLeft_ > 0) return std::optional<Artifact>();
  isOpen_ = false;
  if (static_cast<int64_t>(artifact_.bytes.size()) != totalBytes_) artifact_.isIntact = false;
  return std::optional<Artifact>(std::move(artifact_));
}

}  // namespace spate::connect
