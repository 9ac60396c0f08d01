#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/TimeZone.h"

namespace spate {

struct ShowOptions {
  /// Negative counts as 0.
  int64_t rows = 20;
  /// Longest cell; 0 or less: whole cells, to the left.
  int32_t truncate = 20;
  bool isVertical = false;
};

/// What Dataset.show prints: a table of the first rows, and "only showing top N rows" when there
/// are more. `batches` are of toArrowSchema(schema) and must have one row more than shown, if
/// there is one. Times are shown in `zone`.
std::string showString(const DataType& schema,
                       std::span<const std::shared_ptr<arrow::RecordBatch>> batches,
                       const ShowOptions& options, const TimeZone& zone);

/// The same as an HTML table: what notebooks show. `isVertical` has no meaning here.
std::string htmlString(const DataType& schema,
                       std::span<const std::shared_ptr<arrow::RecordBatch>> batches,
                       const ShowOptions& options, const TimeZone& zone);

/// The columns of a terminal that valid UTF-8 takes: full-width characters (East Asian) take two.
/// As Spark counts them: a character beyond U+FFFF is two UTF-16 units, and so two.
size_t halfWidth(std::string_view text);

}  // namespace spate
