#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "spate/functions/Function.h"
#include "spate/operators/Operator.h"

namespace spate {

/// Puts out one column per expression.
std::unique_ptr<Operator> makeProject(std::vector<BoundExpressionPtr> expressions,
                                      std::shared_ptr<arrow::Schema> schema);

/// Keeps the rows for which the condition is true. Columns not in `used` (empty: all are) are not
/// copied but come out as nulls: nobody above reads them.
std::unique_ptr<Operator> makeFilter(BoundExpressionPtr condition, std::vector<bool> used);

/// Skips `offset` rows, then lets `limit` (negative: all) through, and asks for no more.
std::unique_ptr<Operator> makeLimit(int64_t limit, int64_t offset);
/// The last `limit` rows.
std::unique_ptr<Operator> makeTail(int64_t limit, std::shared_ptr<arrow::Schema> schema);

/// The columns of the input (those in `used`, others as nulls), and behind them those of the
/// generator.
std::unique_ptr<Operator> makeGenerate(BoundGenerator generator,
                                       std::vector<BoundExpressionPtr> arguments, bool isOuter,
                                       std::vector<bool> used,
                                       std::shared_ptr<arrow::Schema> schema);

/// Every row once per projection: grouping sets, unpivot.
std::unique_ptr<Operator> makeExpand(std::vector<std::vector<BoundExpressionPtr>> projections,
                                     std::shared_ptr<arrow::Schema> schema);

/// Each row whose draw lies in [lower, upper), or with replacement as often as a Poisson draw of
/// upper - lower says. The draws depend on seed and partition alone; they are not Spark's.
std::unique_ptr<Operator> makeSample(double lower, double upper, bool withReplacement, int64_t seed,
                                     int partition);

/// One key of a sort.
struct SortKey {
  BoundExpressionPtr expression;
  bool ascending = true;
  bool nullsFirst = true;
};
/// All rows in order; `limit` (negative: all) keeps only the first ones.
std::unique_ptr<Operator> makeSort(std::vector<SortKey> keys, int64_t limit,
                                   std::shared_ptr<arrow::Schema> schema);

/// Columns of nulls, kept so that the next batch has them for nothing.
class NullColumns {
 public:
  Result<std::shared_ptr<arrow::Array>> get(int column,
                                            const std::shared_ptr<arrow::DataType>& type,
                                            int64_t rows);

 private:
  std::vector<std::shared_ptr<arrow::Array>> columns_;
};

/// The rows of the batch at the positions of an int64 or uint32 array; columns not in `used`
/// (empty: all are) come out as nulls, those of `nulls` when it is given.
Result<RecordBatchPtr> takeRows(const arrow::RecordBatch& batch, const arrow::Array& positions,
                                const std::vector<bool>& used = {}, NullColumns* nulls = nullptr);

/// All rows of the batches as one batch; an empty one when there are none.
Result<RecordBatchPtr> concatenate(const std::vector<RecordBatchPtr>& batches,
                                   const std::shared_ptr<arrow::Schema>& schema);

}  // namespace spate
