#include "spate/runtime/OperatorMetadata.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace spate {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::map<int64_t, std::string>;

std::string pathOf(const std::string& stateDirectory, int64_t operatorId) {
  return joinPath(stateDirectory, std::to_string(operatorId) + "/_metadata/metadata");
}

std::string listOf(const Names& names) {
  std::string text;
  for (const auto& [id, name] : names) {
    if (!text.empty()) text += ", ";
    text += "(OperatorId: " + std::to_string(id) + " -> OperatorName: " + name + ")";
  }
  return text;
}

/// The operators whose metadata are there; none if there is no directory.
Result<std::optional<Names>> namesIn(FileSystem& files, const std::string& stateDirectory) {
  const auto entries = files.list(stateDirectory);
  if (!entries && entries.error().code() == StatusCode::kNotFound) return std::nullopt;
  if (!entries) return failure(entries.error());
  Names names;
  for (const FileInfo& entry : *entries) {
    const std::string_view name = fileName(entry.path);
    int64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (!entry.isDirectory || error != std::errc() || end != name.data() + name.size()) continue;
    const auto bytes = files.readFile(pathOf(stateDirectory, id));
    // Spark before 3.5 wrote none.
    if (!bytes && bytes.error().code() == StatusCode::kNotFound) continue;
    if (!bytes) return failure(bytes.error());
    SPATE_ASSIGN_OR_FAIL(const OperatorMetadata one, OperatorMetadata::fromBytes(*bytes, id));
    names[id] = one.name;
  }
  return names;
}

Status notMatching(const std::string& found, const std::string& wanted) {
  return Status::invalidArgument(
             "Streaming stateful operator name does not match with the operator in state "
             "metadata. This likely to happen when user adds/removes/changes stateful operator of "
             "existing streaming query.\nStateful operators in the metadata: [" +
             found + "]; Stateful operators in current batch: [" + wanted + "].")
      .withErrorClass("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA", "42K03",
                      {{"OpsInMetadataSeq", found}, {"OpsInCurBatchSeq", wanted}});
}

Status missingDirectory(const std::string& wanted) {
  return Status::notFound(
             "Cannot restart streaming query with stateful operators because the state directory "
             "is empty or missing.\nStateful operators in current batch: [" +
             wanted +
             "].\nThis typically occurs when state files have been deleted or the streaming query "
             "was previously run without stateful operators but restarted with stateful "
             "operators.\nPlease remove the stateful operators, use a new checkpoint location, or "
             "restore the missing state files.")
      .withErrorClass("STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY", "42K03",
                      {{"OpsInCurBatchSeq", wanted}});
}

}  // namespace

std::string OperatorMetadata::toBytes(int64_t operatorId) const {
  Json json;
  json["operatorInfo"]["operatorId"] = operatorId;
  json["operatorInfo"]["operatorName"] = name;
  Json store;
  store["storeName"] = "default";
  store["numColsPrefixKey"] = 0;
  store["numPartitions"] = partitions;
  json["stateStoreInfo"] = Json::array({store});
  return "v1\n" + json.dump();
}

Result<OperatorMetadata> OperatorMetadata::fromBytes(std::string_view bytes, int64_t operatorId) {
  const auto bad = [&](const std::string& why) {
    return failure(Status::corrupt("The metadata of stateful operator " +
                                   std::to_string(operatorId) + " " + why));
  };
  if (bytes.starts_with("v2\n"))
    return failure(Status::unsupported("The feature is not supported: the metadata of stateful "
                                       "operator " +
                                       std::to_string(operatorId) + " in version 2.")
                       .withErrorClass("UNSUPPORTED_FEATURE", "0A000"));
  if (!bytes.starts_with("v1\n")) return bad("has no version that is known");
  const Json json = Json::parse(bytes.substr(3), nullptr, false);
  const auto has = [](const Json& object, const char* key) {
    return object.is_object() && object.contains(key);
  };
  if (!has(json, "operatorInfo") || !has(json["operatorInfo"], "operatorName") ||
      !json["operatorInfo"]["operatorName"].is_string())
    return bad("has no name in it");
  OperatorMetadata metadata{json["operatorInfo"]["operatorName"].get<std::string>(), 0};
  if (has(json, "stateStoreInfo") && json["stateStoreInfo"].is_array() &&
      !json["stateStoreInfo"].empty() && has(json["stateStoreInfo"][0], "numPartitions") &&
      json["stateStoreInfo"][0]["numPartitions"].is_number_integer())
    metadata.partitions = json["stateStoreInfo"][0]["numPartitions"].get<int>();
  return metadata;
}

Status checkOperators(FileSystem& files, const std::string& checkpointDirectory,
                      const std::vector<OperatorMetadata>& operators, bool isNewQuery) {
  const std::string directory = joinPath(checkpointDirectory, "state");
  Names wanted;
  for (size_t i = 0; i < operators.size(); ++i) wanted[static_cast<int64_t>(i)] = operators[i].name;
  if (!isNewQuery) {
    SPATE_ASSIGN_OR_RETURN(const std::optional<Names> found, namesIn(files, directory));
    if (!found && !wanted.empty()) return missingDirectory(listOf(wanted));
    if (found && !found->empty() && *found != wanted)
      return notMatching(listOf(*found), listOf(wanted));
  }
  for (const auto& [id, name] : wanted) {
    const std::string path = pathOf(directory, id);
    const std::string bytes = operators[static_cast<size_t>(id)].toBytes(id);
    const auto found = files.readFile(path);
    if (found && (!isNewQuery || *found == bytes)) continue;
    SPATE_RETURN_IF_ERROR(files.createDirectories(parentPath(path)));
    SPATE_RETURN_IF_ERROR(files.writeAtomically(path, bytes));
  }
  return Status::OK();
}

}  // namespace spate
