#include "spate/connect/TableChecks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/FilePlanning.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

Status unsupportedInWrite(const std::string& operation, const std::string& what) {
  return analysisError("_LEGACY_ERROR_TEMP_1312", "",
                       "'" + operation + "' does not support " + what + " right now.",
                       {{"operation", operation}});
}

std::string listText(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return "[" + text + "]";
}

std::string bucketText(const std::optional<BucketSpec>& spec) {
  if (!spec) return "not bucketed";
  std::string text =
      std::to_string(spec->buckets) + " buckets, bucket columns: " + listText(spec->columns);
  if (!spec->sortColumns.empty()) text += ", sort columns: " + listText(spec->sortColumns);
  return text;
}

/// [["a"],["b"]]: a column is a list of the parts of its name.
std::string clusterText(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns)
    text += (text.empty() ? "[\"" : ",[\"") + column + "\"]";
  return text.empty() ? "" : "[" + text + "]";
}

bool areSame(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return lowerCase(x) == lowerCase(y); });
}

bool areSame(const std::optional<BucketSpec>& a, const std::optional<BucketSpec>& b) {
  if (!a || !b) return !a && !b;
  return a->buckets == b->buckets && areSame(a->columns, b->columns) &&
         areSame(a->sortColumns, b->sortColumns);
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

Status checkSameLocation(const CatalogTable& given, const CatalogTable& existing) {
  if (given.isManaged || given.location == existing.location) return Status::OK();
  const std::string name = existing.name.quoted();
  // A path that a user gave is a URI with an empty authority in Spark, a managed table's has none.
  const std::string there = (existing.isManaged ? "file:" : "file://") + existing.location;
  const std::string specified = "file://" + given.location;
  return analysisError(
      "_LEGACY_ERROR_TEMP_1160", "",
      "The location of the existing table " + name + " is `" + there +
          "`. It doesn't match the specified location `" + specified + "`.",
      {{"identifier", name}, {"existingTableLoc", there}, {"tableDescLoc", specified}});
}

Status checkSameLayout(const CatalogTable& given, const CatalogTable& existing) {
  const std::string name = existing.name.text();
  if (!areSame(given.bucketing, existing.bucketing)) {
    const std::string specified = bucketText(given.bucketing);
    const std::string there = bucketText(existing.bucketing);
    return analysisError("_LEGACY_ERROR_TEMP_1164", "",
                         "Specified bucketing does not match that of the existing table " + name +
                             ".\nSpecified bucketing: " + specified +
                             ".\nExisting bucketing: " + there + ".",
                         {{"tableName", name},
                          {"specifiedBucketString", specified},
                          {"existingBucketString", there}});
  }
  if (areSame(given.clusterColumns, existing.clusterColumns)) return Status::OK();
  const std::string specified = clusterText(given.clusterColumns);
  const std::string there = clusterText(existing.clusterColumns);
  return analysisError("CLUSTERING_COLUMNS_MISMATCH", "42P10",
                       "Specified clustering does not match that of the existing table " + name +
                           ".\nSpecified clustering columns: [" + specified +
                           "].\nExisting clustering columns: [" + there + "].",
                       {{"tableName", name},
                        {"specifiedClusteringString", specified},
                        {"existingClusteringString", there}});
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
