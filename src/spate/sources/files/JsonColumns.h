#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/sources/files/JsonScanner.h"

namespace spate {

/// Turns JSON values into the values of columns, by Spark's rules of which token fits which type.
///
/// Threads one at a time
class JsonColumns {
 public:
  JsonColumns(const JsonOptions& options, DataType schema);

  /// Makes the builders for toArrowSchema(schema).
  Status init();

  /// What became of a record.
  enum class Outcome {
    kGood,
    /// The row is there; what did not fit its type is null.
    kPartial,
    /// No JSON object: nothing was taken in.
    kMalformed,
  };

  /// Takes the object at the front of the text; call append() next unless it was malformed.
  bool scan(std::string_view& text);
  /// Appends the row that scan() found to all columns but `except`.
  Outcome append(size_t except);
  /// Appends a row of nulls to all columns but `except`.
  Status appendNulls(size_t except);
  /// Removes the last row again, of all columns but `except`.
  Status takeBack(size_t except);

  arrow::ArrayBuilder& builder(size_t column) { return *builders_[column]; }
  arrow::Result<std::vector<std::shared_ptr<arrow::Array>>> finish();

 private:
  /// False: the value does not fit the type, and nothing was appended. Nested values are appended
  /// with nulls in place of what does not fit, and set isPartial_.
  bool convert(const JsonValue& value, const DataType& type, arrow::ArrayBuilder& builder);
  bool convertString(const JsonValue& value, arrow::ArrayBuilder& builder);
  bool convertText(std::string_view text, const DataType& type, arrow::ArrayBuilder& builder);
  bool convertStruct(const JsonValue& value, const DataType& type, arrow::ArrayBuilder& builder);
  bool convertArray(const JsonValue& value, const DataType& type, arrow::ArrayBuilder& builder);
  bool convertMap(const JsonValue& value, const DataType& type, arrow::ArrayBuilder& builder);
  /// Appends the value, or null and isPartial_.
  void convertOrNull(const JsonValue& value, const DataType& type, arrow::ArrayBuilder& builder);

  const JsonOptions options_;
  const JsonScanner scanner_;
  const DataType schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::vector<JsonValue> found_;
  std::string scratch_;
  bool isPartial_ = false;
};

}  // namespace spate
