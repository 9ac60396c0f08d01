#pragma once

#include <string>
#include <utility>

#include "spate/base/Status.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate::python {

/// Writes rows as Spark pickles them for Python functions that take rows one by one: a list of
/// pyspark.sql.Row, made of the values as Spark keeps them (dates in days, timestamps in
/// microseconds) by the schema's own fromInternal.
///
/// Threads one
class RowPickler {
 public:
  /// Errors UNSUPPORTED_DATATYPE: INTERVAL, VARIANT
  static Result<RowPickler> make(DataType schema);

  void add(const Row& row);
  size_t rows() const { return rows_; }
  /// The pickle of the rows since the last call.
  std::string finish();

 private:
  explicit RowPickler(DataType schema) : schema_(std::move(schema)) {}
  static Status check(const DataType& type);
  void begin();

  std::string pickle_;
  DataType schema_;
  size_t rows_ = 0;
};

}  // namespace spate::python
