#include "spate/checkpoint/StreamMetadata.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace spate {

std::string uuidOf(uint64_t high, uint64_t low) {
  high = (high & ~uint64_t{0xf000}) | 0x4000;                // version 4
  low = (low & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);  // variant 1
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

Result<std::optional<StreamMetadata>> StreamMetadata::read(FileSystem& files,
                                                           const std::string& path) {
  const Result<std::string> bytes = files.readFile(path);
  if (!bytes && bytes.error().code() == StatusCode::kNotFound) return std::nullopt;
  if (!bytes) return failure(bytes.error());
  const auto json = nlohmann::json::parse(*bytes, nullptr, false);
  if (json.is_object()) {
    const auto id = json.find("id");
    if (id != json.end() && id->is_string()) return StreamMetadata{id->get<std::string>()};
  }
  return failure(Status::corrupt("Error reading stream metadata from " + path +
                                 ": it is no JSON object with an \"id\""));
}

Status StreamMetadata::write(FileSystem& files, const std::string& path) const {
  return files.writeAtomically(path, nlohmann::json{{"id", id}}.dump());
}

Result<StreamMetadata> StreamMetadata::readOrCreate(FileSystem& files, const std::string& path,
                                                    const std::function<uint64_t()>& random) {
  SPATE_ASSIGN_OR_FAIL(const auto found, read(files, path));
  if (found) return *found;
  const uint64_t high = random();
  const StreamMetadata created{uuidOf(high, random())};
  SPATE_FAIL_IF_ERROR(created.write(files, path));
  return created;
}

}  // namespace spate
