#include "spate/checkpoint/CommitLog.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "spate/checkpoint/MetadataLog.h"

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

Status malformed(std::string_view line) {
  return Status::corrupt("Log file was malformed: failed to read commit metadata from " +
                         std::string(line) + ".");
}

std::optional<int64_t> numberOf(const std::string& name) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

bool readWatermarks(const Json& json, CommitMetadata& metadata) {
  if (!json.is_object()) return false;
  for (const auto& [name, millis] : json.items()) {
    const auto number = numberOf(name);
    if (!number || !millis.is_number_integer()) return false;
    metadata.watermarksMs[*number] = millis.get<int64_t>();
  }
  return true;
}

bool readUniqueIds(const Json& json, CommitMetadata& metadata) {
  if (!json.is_object()) return false;
  auto& byOperator = metadata.stateUniqueIds.emplace();
  for (const auto& [name, partitions] : json.items()) {
    const auto id = numberOf(name);
    if (!id || !partitions.is_array()) return false;
    auto& ofOperator = byOperator[*id];
    for (const Json& stores : partitions) {
      if (!stores.is_array()) return false;
      auto& ofPartition = ofOperator.emplace_back();
      for (const Json& store : stores) {
        if (!store.is_string()) return false;
        ofPartition.push_back(store.get<std::string>());
      }
    }
  }
  return true;
}

}  // namespace

std::string CommitMetadata::toBytes() const {
  Json json = Json::object();
  json["nextBatchWatermarkMs"] = nextBatchWatermarkMs;
  for (const auto& [number, millis] : watermarksMs)
    json["watermarksMs"][std::to_string(number)] = millis;
  if (!stateUniqueIds) return "v1\n" + json.dump();
  Json byOperator = Json::object();
  for (const auto& [id, partitions] : *stateUniqueIds)
    byOperator[std::to_string(id)] = Json(partitions);
  json["stateUniqueIds"] = std::move(byOperator);
  return "v2\n" + json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<CommitMetadata> CommitMetadata::fromBytes(std::string_view bytes) {
  const std::vector<std::string_view> lines = logLines(bytes);
  const auto incomplete = [] {
    return failure(Status::corrupt("Incomplete log file in the offset commit log"));
  };
  if (lines.empty()) return incomplete();
  const Result<int> version = logVersion(lines[0], 2);
  if (!version) return failure(version.error());
  if (lines.size() < 2) return incomplete();
  const Json json = Json::parse(lines[1], nullptr, false);
  if (!json.is_object()) return failure(malformed(lines[1]));
  CommitMetadata metadata;
  // Spark before 3.1 wrote {}.
  if (const auto watermark = json.find("nextBatchWatermarkMs"); watermark != json.end()) {
    if (!watermark->is_number_integer()) return failure(malformed(lines[1]));
    metadata.nextBatchWatermarkMs = watermark->get<int64_t>();
  }
  const auto ids = json.find("stateUniqueIds");
  if (ids != json.end() && !ids->is_null() && !readUniqueIds(*ids, metadata))
    return failure(malformed(lines[1]));
  const auto watermarks = json.find("watermarksMs");
  if (watermarks != json.end() && !readWatermarks(*watermarks, metadata))
    return failure(malformed(lines[1]));
  return metadata;
}

}  // namespace spate
