#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "spate/sources/files/FileScan.h"

namespace spate {

// What the column formats share: parquet and orc.

/// The columns of a file as Spark has them: unsigned integers become the next wider type, fixed
/// binary plain.
/// Errors  UNSUPPORTED_ARROWTYPE and its kin
Result<DataType> columnsOfFile(const arrow::Schema& schema);

/// For each of the columns the position of the file's column of that name, or -1.
std::vector<int> positionsInFile(const arrow::Schema& schema, const DataType& columns,
                                 bool caseSensitive);

/// A file's column as one of toArrowType(column.type): the same, a wider number, or what has the
/// same values.
///
/// Errors  FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH
Result<std::shared_ptr<arrow::Array>> adaptColumn(const std::shared_ptr<arrow::Array>& array,
                                                  const StructField& column,
                                                  const std::string& path, bool caseSensitive);

}  // namespace spate
