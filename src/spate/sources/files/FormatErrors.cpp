#include "spate/sources/files/FormatErrors.h"

#include "spate/base/AsciiCase.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

/// As messages name a format: "Parquet", "CSV", "JSON", "ORC", "Text".
std::string shownName(const FileFormat& format) {
  if (format.name() == "parquet") return "Parquet";
  if (format.name() == "text") return "Text";
  if (format.name() == "binaryFile") return "BINARY_FILE";
  return asciiUpper(format.name());
}

std::string causeOf(const Status& cause) {
  std::string text;
  if (!cause.errorClass().empty()) text = "[" + cause.errorClass() + "] ";
  return text + cause.message();
}

}  // namespace

Status dataSourceNotFound(const std::string& name) {
  const std::string lower = asciiLower(name);
  if (lower == "kafka")
    return Status::notFound(
               "Failed to find data source: kafka. Please deploy the application as per the "
               "deployment section of Structured Streaming + Kafka Integration Guide.")
        .withErrorClass("_LEGACY_ERROR_TEMP_1147", "42K02", {{"provider", name}});
  if (lower == "avro" || lower == "com.databricks.spark.avro" ||
      lower == "org.apache.spark.sql.avro")
    return Status::notFound("Failed to find data source: " + name +
                            ". Avro is built-in but external data source module since Spark 2.4. "
                            "Please deploy the application as per the deployment section of Apache "
                            "Avro Data Source Guide.")
        .withErrorClass("_LEGACY_ERROR_TEMP_1139", "42K02", {{"provider", name}});
  return Status::notFound("Failed to find the data source: " + name +
                          ". Make sure the provider name is correct and the package is properly "
                          "registered and compatible with your Spark version.")
      .withErrorClass("DATA_SOURCE_NOT_FOUND", "42K02", {{"provider", name}});
}

Status unableToInferSchema(const FileFormat& format) {
  const std::string name = shownName(format);
  return Status::invalidArgument("Unable to infer schema for " + name +
                                 ". It must be specified manually.")
      .withErrorClass("UNABLE_TO_INFER_SCHEMA", "42KD9", {{"format", name}});
}

Status unsupportedColumn(const FileFormat& format, const StructField& column) {
  const std::string name = shownName(format);
  const std::string type = "\"" + column.type.sql() + "\"";
  return Status::unsupported("The " + name + " datasource doesn't support the column `" +
                             column.name + "` of the type " + type + ".")
      .withErrorClass(
          "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000",
          {{"format", name}, {"columnName", "`" + column.name + "`"}, {"columnType", type}});
}

Status failedReadFile(const std::string& path, const Status& cause) {
  if (cause.errorClass().starts_with("FAILED_READ_FILE")) return cause;
  const std::string uri = uriOfFilePath(path);
  const std::string opening = "Encountered error while reading file " + uri + ".";
  if (cause.code() == StatusCode::kNotFound)
    return Status::notFound(opening +
                            " File does not exist. It is possible the underlying files have been "
                            "updated.\nYou can explicitly invalidate the cache in Spark by running "
                            "'REFRESH TABLE tableName' command in SQL or by recreating the "
                            "Dataset/DataFrame involved.")
        .withErrorClass("FAILED_READ_FILE.FILE_NOT_EXIST", "KD001", {{"path", uri}});
  return Status(cause.code(), opening + "  Caused by: " + causeOf(cause))
      .withErrorClass("FAILED_READ_FILE.NO_HINT", "KD001", {{"path", uri}});
}

Status cannotReadFooter(const std::string& path, const Status& cause) {
  if (cause.code() == StatusCode::kNotFound) return failedReadFile(path, cause);
  const std::string uri = uriOfFilePath(path);
  return Status::corrupt(
             "Encountered error while reading file " + uri +
             ". Could not read footer. Please ensure that the file is in either ORC or "
             "Parquet format.\nIf not, please convert it to a valid format. If the file "
             "is in the valid format, please check if it is corrupt.\nIf it is, you can "
             "choose to either ignore it or fix the corruption.  Caused by: " +
             causeOf(cause))
      .withErrorClass("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", "KD001", {{"path", uri}});
}

Status invalidCorruptRecordType(const StructField& column) {
  const std::string type = "\"" + column.type.sql() + "\"";
  return Status::invalidArgument("The column `" + column.name +
                                 "` for corrupt records must have the nullable STRING type, but "
                                 "got " +
                                 type + ".")
      .withErrorClass("INVALID_CORRUPT_RECORD_TYPE", "42804",
                      {{"columnName", "`" + column.name + "`"}, {"actualType", type}});
}

ParseMode parseModeOf(const std::string& text) {
  const std::string upper = asciiUpper(text);
  if (upper == "DROPMALFORMED") return ParseMode::kDropMalformed;
  if (upper == "FAILFAST") return ParseMode::kFailFast;
  return ParseMode::kPermissive;
}

}  // namespace spate
