#include "spate/sinks/SinkRegistry.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/sinks/files/FileWriter.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

Status unknownSink(const std::string& format) {
  const std::string name = asciiLower(format);
  if (name == "kafka")
    return Status::notFound(
               "Failed to find data source: kafka. Please deploy the application as per the "
               "deployment section of Structured Streaming + Kafka Integration Guide.")
        .withErrorClass("_LEGACY_ERROR_TEMP_1147", "42K02", {{"provider", format}});
  constexpr std::array<std::string_view, 7> kSourcesOnly = {
      "binaryfile", "jdbc", "rate", "rate-micro-batch", "socket", "state-metadata", "statestore"};
  if (std::find(kSourcesOnly.begin(), kSourcesOnly.end(), name) != kSourcesOnly.end())
    return Status::unsupported("Data source " + format + " does not support streamed writing.")
        .withErrorClass("_LEGACY_ERROR_TEMP_2046", "0A000",
                        {{"className", format}, {"operator", "writing"}});
  return Status::notFound("Failed to find the data source: " + format +
                          ". Make sure the provider name is correct and the package is properly "
                          "registered and compatible with your Spark version.")
      .withErrorClass("DATA_SOURCE_NOT_FOUND", "42K02", {{"provider", format}});
}

Result<OutputLayout> layoutOf(const SinkDefinition& definition) {
  OutputLayout layout;
  const auto path = definition.path ? definition.path : definition.options.find("path");
  if (!path || path->empty()) return failure(Status::invalidArgument("'path' is not specified"));
  SPATE_ASSIGN_OR_FAIL(layout.directory, filePathOfUser(*path));
  layout.schema = definition.schema;
  layout.partitionColumns = definition.partitionColumns;
  layout.format = definition.format;
  layout.options = definition.options;
  layout.settings = definition.settings;
  return layout;
}

}  // namespace

Status checkSink(const SinkDefinition& definition) {
  const std::string name = asciiLower(definition.format);
  if (name == "noop") return Status::OK();
  if (name == "console") {
    const auto sink = ConsoleSink::make(definition.schema, definition.options, TimeZone::utc(), {});
    return sink ? Status::OK() : sink.error();
  }
  if (!isFileOutputFormat(name)) return unknownSink(definition.format);
  SPATE_ASSIGN_OR_RETURN(const OutputLayout layout, layoutOf(definition));
  if (asciiLower(definition.outputMode) != "append") {
    std::string mode = asciiLower(definition.outputMode);
    mode.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(mode.front())));
    return Status::invalidArgument("Data source " + definition.format + " does not support " +
                                   mode + " output mode")
        .withErrorClass("STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE", "42KDE",
                        {{"className", definition.format}, {"outputMode", mode}});
  }
  return layout.check();
}

Result<std::unique_ptr<Sink>> makeSink(const SinkDefinition& definition,
                                       const SinkEnvironment& environment) {
  SPATE_FAIL_IF_ERROR(checkSink(definition));
  const std::string name = asciiLower(definition.format);
  if (name == "noop") return std::make_unique<NoopSink>();
  if (name == "console")
    return ConsoleSink::make(definition.schema, definition.options, definition.settings.zone,
                             environment.print);
  SPATE_ASSIGN_OR_FAIL(OutputLayout layout, layoutOf(definition));
  SPATE_ASSIGN_OR_FAIL(auto log,
                       environment.openSinkFiles(joinPath(layout.directory, "_spark_metadata")));
  return FileSink::make(std::move(layout), std::move(log), environment.files);
}

}  // namespace spate
