#include "spate/connect/TableChecks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/planner/FilePlanning.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

Status unsupportedInWrite(const std::string& operation, const std::string& what) {
  return analysisError("_LEGACY_ERROR_TEMP_1312", "",
                       "'" + operation + "' does not support " + what + " right now.",
                       {{"operation", operation}});
}

}  // namespace

std::string sourceClassOf(const std::string& provider) {
  if (provider == "csv") return "CSVDataSourceV2";
  std::string name = provider;
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name + "DataSourceV2";
}

DataType dataColumns(const CatalogTable& table) {
  std::vector<StructField> fields;
  for (const StructField& field : table.schema.fields())
    if (!table.isPartitionColumn(field.name)) fields.push_back(field);
  return DataType::structOf(std::move(fields));
}

Status checkProvider(const CatalogTable& table) {
  if (isFileWriteFormat(table.provider)) return Status::OK();
  static constexpr std::array<std::string_view, 7> kOthers = {
      "console", "noop", "memory", "rate", "rate-micro-batch", "socket", "binaryfile"};
  if (std::ranges::find(kOthers, table.provider) == kOthers.end())
    return checkFileColumns(table.provider, DataType::structOf({}), {});
  const std::string name = quotedName({table.name.database, table.name.table});
  return Status::unsupported("Failed to create data source table " + name + ": provider '" +
                             table.provider +
                             "' does not support external metadata but a schema is provided. "
                             "Please remove the schema when creating the table.")
      .withErrorClass("CANNOT_CREATE_DATA_SOURCE_TABLE.EXTERNAL_METADATA_UNSUPPORTED", "42KDE",
                      {{"tableName", name}, {"provider", table.provider}});
}

std::optional<BucketSpec> bucketSpecOf(const std::optional<plan::Bucketing>& bucketing) {
  if (!bucketing) return std::nullopt;
  return BucketSpec{bucketing->buckets, bucketing->columns, bucketing->sortColumns};
}

Status checkBuckets(const std::optional<BucketSpec>& spec) {
  if (!spec) return Status::OK();
  if (spec->columns.empty())
    return analysisError("SORT_BY_WITHOUT_BUCKETING", "42601",
                         "sortBy must be used together with bucketBy.");
  if (spec->buckets > 0 && spec->buckets <= 100000) return Status::OK();
  const std::string number = std::to_string(spec->buckets);
  return analysisError("INVALID_BUCKET_COUNT", "22003",
                       "Number of buckets should be greater than 0 but less than or equal to "
                       "bucketing.maxBuckets (`100000`). Got `" +
                           number + "`.",
                       {{"bucketingMaxBuckets", "100000"}, {"numBuckets", number}});
}

Status checkPlainWrite(const plan::WriteCommand& command, const std::string& operation) {
  if (command.bucketing) return unsupportedInWrite(operation, "bucketBy");
  if (!command.clusterColumns.empty())
    return analysisError("CLUSTERING_NOT_SUPPORTED", "42000",
                         "'" + operation + "' does not support clustering.",
                         {{"operation", operation}});
  return Status::OK();
}

}  // namespace spate
