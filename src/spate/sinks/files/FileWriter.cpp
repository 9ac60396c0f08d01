#include "spate/sinks/files/FileWriter.h"

#include <algorithm>
#include <array>

#include "spate/base/AsciiCase.h"
#include "spate/sinks/files/FormatWriters.h"

namespace spate {
namespace {

std::string shownName(const std::string& format) {
  if (format == "parquet") return "Parquet";
  if (format == "text") return "Text";
  return asciiUpper(format);
}

bool hasColumn(const std::string& format, const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kVariant:
    case TypeKind::kCalendarInterval: return false;
    case TypeKind::kNull: return format == "json" || format == "csv" || format == "xml";
    case TypeKind::kArray:
      return format != "csv" && format != "text" && hasColumn(format, type.elementType());
    case TypeKind::kMap:
      return format != "csv" && format != "text" && hasColumn(format, type.keyType()) &&
             hasColumn(format, type.valueType());
    case TypeKind::kStruct:
      return format != "csv" && format != "text" &&
             std::all_of(type.fields().begin(), type.fields().end(),
                         [&](const StructField& field) { return hasColumn(format, field.type); });
    case TypeKind::kDayTimeInterval:
    case TypeKind::kYearMonthInterval:
      return format == "csv" || format == "json" || format == "xml";
    default: return format != "text" || type.isText();
  }
}

}  // namespace

bool isFileOutputFormat(std::string_view name) {
  constexpr std::array<std::string_view, 6> kFormats = {"csv",     "json", "orc",
                                                        "parquet", "text", "xml"};
  return std::find(kFormats.begin(), kFormats.end(), asciiLower(name)) != kFormats.end();
}

Status checkOutput(const FileOutput& output) {
  const std::string format = asciiLower(output.format);
  if (!isFileOutputFormat(format))
    return Status::notFound("Failed to find the data source: " + output.format +
                            ". Make sure the provider name is correct and the package is properly "
                            "registered and compatible with your Spark version.")
        .withErrorClass("DATA_SOURCE_NOT_FOUND", "42K02", {{"provider", output.format}});
  for (const StructField& field : output.schema.fields()) {
    if (hasColumn(format, field.type)) continue;
    const std::string type = "\"" + field.type.sql() + "\"";
    return Status::unsupported("The " + shownName(format) +
                               " datasource doesn't support the column `" + field.name +
                               "` of the type " + type + ".")
        .withErrorClass("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000",
                        {{"format", shownName(format)},
                         {"columnName", "`" + field.name + "`"},
                         {"columnType", type}});
  }
  if (format == "text" && output.schema.fields().size() != 1)
    return Status::invalidArgument("Text data source supports only a single column, and you have " +
                                   std::to_string(output.schema.fields().size()) + " columns.");
  if (format == "parquet") return checkParquetOutput(output);
  if (format == "orc") return checkOrcOutput(output);
  if (format == "xml") return checkXmlOutput(output);
  return checkTextOutput(output);
}

std::string fileExtension(const FileOutput& output) {
  const std::string format = asciiLower(output.format);
  if (format == "parquet") return parquetExtension(output);
  if (format == "orc") return orcExtension(output);
  return (format == "text" ? ".txt" : "." + format) + textCompressionExtension(output);
}

bool writesEmptyFile(const FileOutput& output) {
  const std::string format = asciiLower(output.format);
  return format != "csv" || output.options.getBool("header", false).value_or(false);
}

Result<std::unique_ptr<FileWriter>> createFile(const FileOutput& output, const std::string& path) {
  const std::string format = asciiLower(output.format);
  if (format == "parquet") return createParquetFile(output, path);
  if (format == "orc") return createOrcFile(output, path);
  SPATE_ASSIGN_OR_FAIL(auto bytes, OutputFile::create(path, textCompressionExtension(output)));
  if (format == "csv") return createCsvFile(output, std::move(bytes));
  if (format == "json") return createJsonFile(output, std::move(bytes));
  if (format == "xml") return createXmlFile(output, std::move(bytes));
  return createTextFile(output, std::move(bytes));
}

}  // namespace spate
