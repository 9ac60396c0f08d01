#include "spate/dstream/GraphFile.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

std::string pathIn(const std::string& directory) { return joinPath(directory, "graph"); }

std::vector<std::string> linesOf(const GraphFile& file) {
  std::vector<std::string> lines{"batch duration " + file.batchDuration.toString()};
  for (const StreamDescription& stream : file.streams) lines.push_back(stream.toString());
  return lines;
}

}  // namespace

Result<std::optional<GraphFile>> GraphFile::read(FileSystem& files, const std::string& directory) {
  const std::string path = pathIn(directory);
  auto text = files.readFile(path);
  if (!text) {
    if (text.error().code() == StatusCode::kNotFound) return std::optional<GraphFile>();
    return failure(std::move(text).error());
  }
  try {
    if (!text->starts_with("v1\n")) throw std::runtime_error("the first line is not v1");
    const Json json = Json::parse(text->substr(3));
    GraphFile file{Duration(json.at("batchDurationMs").get<int64_t>()),
                   Time(json.at("zeroTimeMs").get<int64_t>()),
                   {}};
    for (const Json& stream : json.at("streams"))
      file.streams.push_back({stream.at("id").get<int>(), stream.at("operation"), stream.at("type"),
                              stream.at("parents"), stream.at("details")});
    return file;
  } catch (const std::exception& e) {
    return failure(Status::corrupt("the checkpoint's " + path + " cannot be read: " + e.what()));
  }
}

Status GraphFile::write(FileSystem& files, const std::string& directory) const {
  Json json;
  json["batchDurationMs"] = batchDuration.milliseconds();
  json["zeroTimeMs"] = zeroTime.milliseconds();
  json["streams"] = Json::array();
  for (const StreamDescription& stream : streams) {
    json["streams"].push_back({{"id", stream.id},
                               {"operation", stream.operation},
                               {"type", stream.elementType},
                               {"parents", stream.parents},
                               {"details", stream.details}});
  }
  return files.writeAtomically(pathIn(directory), "v1\n" + json.dump());
}

std::string GraphFile::differenceTo(const GraphFile& current) const {
  const std::vector<std::string> was = linesOf(*this);
  const std::vector<std::string> is = linesOf(current);
  std::string difference;
  for (size_t i = 0; i < std::max(was.size(), is.size()); ++i) {
    if (i < was.size() && i < is.size() && was[i] == is[i]) continue;
    if (i < was.size()) difference += "\n- " + was[i];
    if (i < is.size()) difference += "\n+ " + is[i];
  }
  return difference;
}

}  // namespace spate
