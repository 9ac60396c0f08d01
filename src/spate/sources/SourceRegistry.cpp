#include "spate/sources/SourceRegistry.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/sources/FileSource.h"
#include "spate/sources/RatePerMicroBatchSource.h"
#include "spate/sources/RateSource.h"
#include "spate/sources/SocketSource.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/sources/files/PathGlob.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

enum class Kind { kFiles, kRate, kRatePerMicroBatch, kSocket };

Status notStreamable(const std::string& format) {
  return Status::unsupported("Data source " + format + " does not support streamed reading")
      .withErrorClass("_LEGACY_ERROR_TEMP_2046", "0A000",
                      {{"className", format}, {"operator", "reading"}});
}

Result<Kind> kindOf(const std::string& format) {
  const std::string name = asciiLower(format);
  if (name == "rate") return Kind::kRate;
  if (name == "rate-micro-batch") return Kind::kRatePerMicroBatch;
  if (name == "socket") return Kind::kSocket;
  if (findFileFormat(format) != nullptr) return Kind::kFiles;
  // Spark has these, and reads no stream from them.
  constexpr std::array<std::string_view, 5> kSinksOnly = {"console", "foreach", "foreachbatch",
                                                          "jdbc", "noop"};
  if (std::find(kSinksOnly.begin(), kSinksOnly.end(), name) != kSinksOnly.end())
    return failure(notStreamable(format));
  constexpr std::array<std::string_view, 2> kNotHere = {"statestore", "state-metadata"};
  if (std::find(kNotHere.begin(), kNotHere.end(), name) != kNotHere.end())
    return failure(
        Status::unsupported("The data source " + format + " is not supported.")
            .withErrorClass("UNSUPPORTED_FEATURE.DATA_SOURCE", "0A000", {{"format", format}}));
  return failure(dataSourceNotFound(format));
}

Result<std::string> pathOf(const StreamDefinition& definition) {
  const auto path = definition.path ? definition.path : definition.options.find("path");
  if (!path || path->empty()) return failure(Status::invalidArgument("'path' is not specified"));
  return *path;
}

DataType timestampAndValue() {
  return DataType::structOf(
      {{"timestamp", DataType::timestampType()}, {"value", DataType::longType()}});
}

Status noUserSchema(const StreamDefinition& definition, const char* provider) {
  if (!definition.schema) return Status::OK();
  return Status::unsupported(std::string(provider) +
                             " source does not support user-specified schema.")
      .withErrorClass("_LEGACY_ERROR_TEMP_2242", "0A000", {{"provider", provider}});
}

/// Spark takes options that a source does not have, and makes nothing of them.
Result<RateOptions> rateOptions(const StreamDefinition& definition) {
  std::map<std::string, std::string> known;
  for (const char* key : {"rowspersecond", "rampuptime", "numpartitions"})
    if (const auto value = definition.options.find(key)) known[key] = *value;
  RateOptions defaults;
  defaults.numPartitions = definition.defaultPartitions;
  return RateOptions::parse(known, defaults);
}

Result<DataType> schemaOfFiles(const StreamDefinition& definition, FileSystem& files) {
  SPATE_ASSIGN_OR_FAIL(const std::string path, pathOf(definition));
  SPATE_FAIL_IF_ERROR([&] {
    const auto options = FileStreamOptions::parse(definition.options);
    return options ? Status::OK() : options.error();
  }());
  const FileFormat& format = *findFileFormat(definition.format);
  const bool hasFixedSchema = format.name() == "text" || format.name() == "binaryFile";
  if (!definition.schema && !definition.infersSchema && !hasFixedSchema)
    return failure(Status::invalidArgument(
        "Schema must be specified when creating a streaming source DataFrame. If some\nfiles "
        "already exist in the directory, then depending on the file format you\nmay be able to "
        "create a static DataFrame on that directory with\n'spark.read.load(directory)' and infer "
        "schema from it."));
  SPATE_ASSIGN_OR_FAIL(const std::string plain, filePathOfUser(path));
  OptionMap options = definition.options;
  if (isGlob(plain) && !files.exists(plain)) options.set("ignoreMissingFiles", "true");
  SPATE_ASSIGN_OR_FAIL(const FileScan scan, scanFiles(files, definition.format, {path}, options,
                                                      definition.schema, definition.settings));
  return scan.schema();
}

}  // namespace

Result<DataType> schemaOfStream(const StreamDefinition& definition, FileSystem& files) {
  SPATE_ASSIGN_OR_FAIL(const Kind kind, kindOf(definition.format));
  switch (kind) {
    case Kind::kFiles: return schemaOfFiles(definition, files);
    case Kind::kRate: {
      SPATE_FAIL_IF_ERROR(noUserSchema(definition, "RateStreamProvider"));
      SPATE_ASSIGN_OR_FAIL([[maybe_unused]] const RateOptions options, rateOptions(definition));
      return timestampAndValue();
    }
    case Kind::kRatePerMicroBatch: {
      SPATE_FAIL_IF_ERROR(noUserSchema(definition, "RatePerMicroBatchProvider"));
      SPATE_ASSIGN_OR_FAIL(
          [[maybe_unused]] const auto source,
          RatePerMicroBatchSource::make(definition.options, definition.defaultPartitions));
      return timestampAndValue();
    }
    case Kind::kSocket: {
      SPATE_FAIL_IF_ERROR(noUserSchema(definition, "TextSocketSourceProvider"));
      SPATE_ASSIGN_OR_FAIL(
          const auto options,
          SocketSource::Options::parse(definition.options, definition.defaultPartitions));
      std::vector<StructField> fields = {{"value", DataType::stringType()}};
      if (options.includeTimestamp) fields.push_back({"timestamp", DataType::timestampType()});
      return DataType::structOf(std::move(fields));
    }
  }
  return failure(dataSourceNotFound(definition.format));
}

Result<std::unique_ptr<Source>> makeSource(const StreamDefinition& definition,
                                           const DataType& schema,
                                           const SourceEnvironment& environment) {
  SPATE_ASSIGN_OR_FAIL(const Kind kind, kindOf(definition.format));
  switch (kind) {
    case Kind::kFiles: {
      FileSource::Definition files;
      files.format = definition.format;
      SPATE_ASSIGN_OR_FAIL(files.path, pathOf(definition));
      files.options = definition.options;
      files.settings = definition.settings;
      files.schema = schema;
      files.columns = definition.columns;
      SPATE_ASSIGN_OR_FAIL(auto log, environment.openSeenFiles(environment.metadataDirectory));
      return FileSource::make(std::move(files), std::move(log), environment.files);
    }
    case Kind::kRate: {
      SPATE_ASSIGN_OR_FAIL(const RateOptions options, rateOptions(definition));
      return RateSource::make(options, environment.metadataDirectory, *environment.files,
                              *environment.clock);
    }
    case Kind::kRatePerMicroBatch:
      return RatePerMicroBatchSource::make(definition.options, definition.defaultPartitions);
    case Kind::kSocket: {
      SPATE_ASSIGN_OR_FAIL(auto options, SocketSource::Options::parse(
                                             definition.options, definition.defaultPartitions));
      return SocketSource::make(std::move(options), environment.clock);
    }
  }
  return failure(dataSourceNotFound(definition.format));
}

}  // namespace spate
