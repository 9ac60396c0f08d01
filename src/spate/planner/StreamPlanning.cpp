#include "spate/planner/StreamPlanning.h"

#include <cstdio>

#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

std::string nameOf(OutputMode mode) {
  return mode == OutputMode::kAppend   ? "append"
         : mode == OutputMode::kUpdate ? "update"
                                       : "complete";
}

}  // namespace

std::string localPathOf(const std::string& text) {
  if (!text.starts_with("file:")) return text;
  const auto path = filePathOfUri(text);
  return path ? *path : text;
}

Result<PlannedSink> planSink(const SinkRequest& request) {
  PlannedSink planned;
  if (request.format == "memory") {
    planned.memory = std::make_shared<MemorySink>();
    planned.sink = planned.memory;
    planned.description = "MemorySink";
    return planned;
  }
  SinkDefinition definition;
  definition.format = request.format;
  definition.options = OptionMap(request.command.options);
  if (request.command.path) definition.path = localPathOf(*request.command.path);
  definition.partitionColumns = request.command.partitionColumns;
  definition.schema = request.schema;
  definition.outputMode = nameOf(request.outputMode);
  SPATE_ASSIGN_OR_FAIL(definition.settings.zone, TimeZone::make(request.settings->timeZone));
  SPATE_FAIL_IF_ERROR(checkSink(definition));
  SinkEnvironment environment;
  environment.print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  environment.openSinkFiles = request.openSinkFiles;
  SPATE_ASSIGN_OR_FAIL(auto sink, makeSink(definition, environment));
  planned.description = sink->name();
  planned.sink = std::move(sink);
  return planned;
}

}  // namespace spate
