#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "spate/sources/OffsetSource.h"

namespace spate {

/// What one task reads: a value, so that it can be sent to another thread or process.
struct Split {
  int partition = 0;
  OffsetRange range;
  /// The source's own text, e.g. which files; empty when range and partition say it all.
  std::string detail;
};

/// A source of rows in Arrow columns, for DataFrames.
///
/// In      ranges of offsets that it handed out itself, in this process or an earlier one
/// Out     record batches of schema()
/// Errors  kCorrupt or kInvalidArgument: an offset it cannot read; kNotFound: the range is gone
/// Threads plan() on the loop's thread; open() from any, and different readers at once; one
///         reader belongs to one task
class Source : public OffsetSource {
 public:
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;

  /// Cuts `range` into what tasks read in parallel. Same range, same splits. An empty range gives
  /// no splits.
  virtual Result<std::vector<Split>> plan(const OffsetRange& range) = 0;

  /// The rows of a split. Repeatable: same split, same rows.
  virtual Result<std::shared_ptr<arrow::RecordBatchReader>> open(const Split& split) = 0;

  /// The same; columns that are not in `used`, which has a flag for each of schema(), may come out
  /// as nulls: nobody reads them.
  virtual Result<std::shared_ptr<arrow::RecordBatchReader>> openColumns(
      const Split& split, const std::vector<bool>& used) {
    (void)used;
    return open(split);
  }
};

}  // namespace spate
