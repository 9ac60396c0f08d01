#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spate/base/Time.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// What the session's configuration means for values. Fixed for the life of a query.
struct SessionSettings {
  /// spark.sql.ansi.enabled.
  bool ansi = true;
  /// spark.sql.session.timeZone, an IANA name or an offset.
  std::string timeZone = "UTC";
  /// spark.sql.caseSensitive.
  bool caseSensitive = false;
  std::string user = "spate";
  std::string currentCatalog = "spark_catalog";
  std::string currentDatabase = "default";
  /// The value of a configuration key; empty when it is not set.
  std::function<std::optional<std::string>(const std::string& key)> conf;
};

/// Where and when an expression is evaluated: one per task, used by one thread.
struct EvalContext {
  const SessionSettings& settings;
  /// What current_timestamp() is: the time of the query, or of the batch of a stream.
  Timestamp now{};
  int partition = 0;
  /// Rows of this partition that came before the batch: for monotonically_increasing_id and rand.
  int64_t rowsBefore = 0;
  /// The batch being evaluated; functions that take lambdas read outer columns from it.
  const arrow::RecordBatch* batch = nullptr;
};

class BoundExpression;
using BoundExpressionPtr = std::shared_ptr<const BoundExpression>;

/// An expression whose names and types are settled.
///
/// In      a record batch of the schema that it was bound to
/// Out     an array of batch.num_rows() values, or one scalar for all rows; of
///         toArrowType(type()) exactly
/// Errors  Spark's, with error class and parameters: division by zero, overflow, bad casts
/// Threads immutable; may be evaluated from many threads, each with its own EvalContext
class BoundExpression {
 public:
  BoundExpression(DataType type, bool nullable) : type_(std::move(type)), nullable_(nullable) {}
  virtual ~BoundExpression() = default;

  const DataType& type() const { return type_; }
  bool nullable() const { return nullable_; }

  virtual Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                        EvalContext& context) const = 0;

  /// The text Spark gives the column when it has no name: "(a + 1)".
  virtual std::string sql() const = 0;
  virtual std::vector<BoundExpressionPtr> children() const { return {}; }
  /// Same input, same output, in every run.
  virtual bool isDeterministic() const;
  /// Has no column, and no value that only the time of running gives, in it.
  virtual bool isFoldable() const;
  /// Of a plain column: its place in the batch.
  virtual std::optional<int> columnIndex() const { return std::nullopt; }
  /// May read columns that its children do not show: it has a lambda.
  virtual bool readsAnyColumn() const { return false; }

 private:
  DataType type_;
  bool nullable_;
};

/// evaluate(), with a scalar stretched to the rows of the batch.
Result<std::shared_ptr<arrow::Array>> evaluateToArray(const BoundExpression& expression,
                                                      const arrow::RecordBatch& batch,
                                                      EvalContext& context);

/// The value of a foldable expression.
Result<Datum> evaluateConstant(const BoundExpression& expression, const SessionSettings& settings);

/// The column at `index` of the batch.
BoundExpressionPtr columnAt(int index, const StructField& field);
/// A constant; its column text is Spark's for a literal.
BoundExpressionPtr constantOf(Datum value, const DataType& type);

}  // namespace spate
