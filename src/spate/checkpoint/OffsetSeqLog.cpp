#include "spate/checkpoint/OffsetSeqLog.h"

#include <nlohmann/json.hpp>

#include "spate/checkpoint/MetadataLog.h"

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kAbsent = "-";

Status readMetadata(std::string_view line, OffsetSeq& seq) {
  if (line.empty()) return Status::OK();  // written by Spark before 2.1
  const Json json = Json::parse(line, nullptr, false);
  const auto bad = [&] {
    return Status::corrupt("Log file was malformed: failed to read offset metadata from " +
                           std::string(line) + ".");
  };
  if (!json.is_object()) return bad();
  for (const auto& [name, value] : json.items()) {
    if (name == "batchWatermarkMs" || name == "batchTimestampMs") {
      if (!value.is_number_integer()) return bad();
      (name == "batchWatermarkMs" ? seq.batchWatermarkMs : seq.batchTimestampMs) =
          value.get<int64_t>();
    } else if (name == "conf") {
      if (!value.is_object()) return bad();
      for (const auto& [key, setting] : value.items()) {
        if (!setting.is_string()) return bad();
        seq.conf.emplace_back(key, setting.get<std::string>());
      }
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::string> OffsetSeq::toBytes() const {
  Json settings = Json::object();
  for (const auto& [key, value] : conf) settings[key] = value;
  Json metadata = Json::object();
  metadata["batchWatermarkMs"] = batchWatermarkMs;
  metadata["batchTimestampMs"] = batchTimestampMs;
  metadata["conf"] = std::move(settings);
  std::string bytes = "v1\n" + metadata.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (const std::optional<std::string>& offset : offsets) {
    if (offset && (*offset == kAbsent || offset->find_first_of("\r\n") != offset->npos))
      return failure(Status::invalidArgument("an offset must be one line of JSON, not " + *offset));
    bytes += '\n';
    bytes += offset ? std::string_view(*offset) : kAbsent;
  }
  return bytes;
}

Result<OffsetSeq> OffsetSeq::fromBytes(std::string_view bytes) {
  const std::vector<std::string_view> lines = logLines(bytes);
  if (lines.empty()) return failure(Status::corrupt("Incomplete log file"));
  SPATE_FAIL_IF_ERROR(([&] {
    const Result<int> version = logVersion(lines[0], 1);
    return version ? Status::OK() : version.error();
  }()));
  if (lines.size() < 2) return failure(Status::corrupt("Incomplete log file"));
  OffsetSeq seq;
  SPATE_FAIL_IF_ERROR(readMetadata(lines[1], seq));
  for (size_t i = 2; i < lines.size(); ++i) {
    if (lines[i] == kAbsent) {
      seq.offsets.emplace_back();
    } else {
      seq.offsets.emplace_back(lines[i]);
    }
  }
  return seq;
}

}  // namespace spate
