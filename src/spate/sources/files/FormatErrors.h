#pragma once

#include <string>

#include "spate/base/Status.h"
#include "spate/types/DataType.h"

namespace spate {

class FileFormat;

// Spark's errors about files and their formats.

/// DATA_SOURCE_NOT_FOUND; for formats that Spark has outside of its core (kafka, avro) its advice
/// how to deploy them.
Status dataSourceNotFound(const std::string& name);
/// UNABLE_TO_INFER_SCHEMA
Status unableToInferSchema(const FileFormat& format);
/// UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE
Status unsupportedColumn(const FileFormat& format, const StructField& column);
/// FAILED_READ_FILE.FILE_NOT_EXIST, or .NO_HINT with the cause behind it. A cause that is one of
/// these stays as it is.
Status failedReadFile(const std::string& path, const Status& cause);
/// FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER
Status cannotReadFooter(const std::string& path, const Status& cause);
/// INVALID_CORRUPT_RECORD_TYPE
Status invalidCorruptRecordType(const StructField& column);

/// What to do with a record that is not of the schema.
enum class ParseMode { kPermissive, kDropMalformed, kFailFast };
/// Of the option "mode"; another value is PERMISSIVE, as in Spark.
ParseMode parseModeOf(const std::string& text);

}  // namespace spate
