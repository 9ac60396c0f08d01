#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spate/functions/BoundExpression.h"
#include "spate/types/Cast.h"

namespace spate {

/// A lambda among the arguments of a call, to be bound once the function knows the types of its
/// parameters. The bound body reads a batch whose first columns are those of EvalContext::batch
/// and whose last ones are the parameters.
struct LambdaSource {
  size_t parameters = 0;
  std::function<Result<BoundExpressionPtr>(const std::vector<StructField>& parameters)> bind;
};

/// An argument of a call as the function sees it when the call is bound.
struct Argument {
  DataType type;
  bool nullable = true;
  /// Its text, for messages and column names.
  std::string sql;
  /// Its value when it is foldable.
  std::optional<Datum> constant;
  /// Set for a lambda; type is then the null type.
  const LambdaSource* lambda = nullptr;
};

/// Evaluates a call on the columns of its arguments (arrays of `rows` values, or scalars), already
/// cast to BoundFunction::argumentTypes. Lambdas stand as null scalars.
using Kernel = std::function<Result<arrow::Datum>(
    EvalContext& context, std::span<const arrow::Datum> arguments, int64_t rows)>;

/// A scalar function for given argument types.
struct BoundFunction {
  DataType type;
  bool nullable = true;
  bool isDeterministic = true;
  /// False: the value depends on when or where it runs (current_timestamp, rand).
  bool isFoldable = true;
  /// What the arguments are cast to first, one for each.
  std::vector<DataType> argumentTypes;
  Kernel kernel;
  /// The column text; empty: "name(arg, arg)".
  std::string sql = {};
};

/// A built-in scalar function. It has `bind`, or `make` where it is made of other expressions or
/// does not evaluate all of its arguments for all rows (if, coalesce, and).
///
/// Errors of both: Spark's, e.g. DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE, WRONG_NUM_ARGS
struct ScalarFunction {
  std::string_view name;
  Result<BoundFunction> (*bind)(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings);
  /// Its expression; no argument is a lambda.
  Result<BoundExpressionPtr> (*make)(std::string_view name,
                                     std::vector<BoundExpressionPtr> arguments,
                                     const SessionSettings& settings) = nullptr;
};

/// The running values of one aggregate function for many groups, numbered from 0.
///
/// Threads: one at a time
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  /// Makes groups up to `groups`, empty. Never shrinks.
  virtual void resize(size_t groups) = 0;
  /// Row i of the arguments (of BoundAggregate::argumentTypes) belongs to groups[i].
  virtual Status update(EvalContext& context, std::span<const arrow::Datum> arguments,
                        std::span<const uint32_t> groups) = 0;
  /// Row i of the buffer columns (of BoundAggregate::buffer) goes into groups[i].
  virtual Status merge(std::span<const std::shared_ptr<arrow::Array>> buffers,
                       std::span<const uint32_t> groups) = 0;
  /// The buffers of all groups, one column per field of BoundAggregate::buffer.
  virtual Result<std::vector<std::shared_ptr<arrow::Array>>> buffers() const = 0;
  /// The results of all groups.
  virtual Result<std::shared_ptr<arrow::Array>> results() const = 0;
};

/// An aggregate function for given argument types.
struct BoundAggregate {
  DataType type;
  bool nullable = true;
  std::vector<DataType> argumentTypes;
  /// Spark's aggregation buffer: what state rows hold (avg: sum double, count bigint).
  std::vector<StructField> buffer;
  std::function<std::unique_ptr<Accumulator>(const SessionSettings& settings)> make;
  std::string sql = {};
};

struct AggregateFunction {
  std::string_view name;
  Result<BoundAggregate> (*bind)(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings);
};

/// Rows made of one row: explode and its kin.
struct BoundGenerator {
  std::vector<StructField> columns;
  std::vector<DataType> argumentTypes;
  /// For each row of the arguments, zero or more rows: the row's number (`parents`, ascending) and
  /// the columns. `isOuter`: at least one row each, of nulls.
  struct Rows {
    std::shared_ptr<arrow::Array> parents;  ///< int64
    std::vector<std::shared_ptr<arrow::Array>> columns;
  };
  std::function<Result<Rows>(EvalContext& context, std::span<const arrow::Datum> arguments,
                             int64_t rows, bool isOuter)>
      generate;
};

struct GeneratorFunction {
  std::string_view name;
  Result<BoundGenerator> (*bind)(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings);
};

/// The built-in of a name (any case), or null.
const ScalarFunction* findScalarFunction(std::string_view name);
const AggregateFunction* findAggregateFunction(std::string_view name);
const GeneratorFunction* findGeneratorFunction(std::string_view name);
/// All names, sorted: for SHOW FUNCTIONS and suggestions.
std::vector<std::string_view> functionNames();

/// Binds a scalar function to bound arguments, with the implicit casts it asks for: an argument
/// that Spark would not cast to BoundFunction::argumentTypes by itself is
/// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE. arguments[i] is null where a lambda stands; the lambdas
/// follow in their order. A kernel whose arguments are all scalars, and which is deterministic, is
/// called for one row, and what it gives (an array of one, or a scalar) stands for all rows.
Result<BoundExpressionPtr> bindCall(const ScalarFunction& function,
                                    std::vector<BoundExpressionPtr> arguments,
                                    std::span<const LambdaSource> lambdas,
                                    const SessionSettings& settings);

/// A cast as an expression, one that the user wrote: its text is "CAST(a AS INT)".
Result<BoundExpressionPtr> bindCast(BoundExpressionPtr child, const DataType& type,
                                    CastPolicy policy, const SessionSettings& settings);
/// The cast that Spark makes by itself where a value of `type` is asked for; the expression itself
/// when it is of that type. DATATYPE_MISMATCH when there is none.
Result<BoundExpressionPtr> bindImplicitCast(BoundExpressionPtr child, const DataType& type,
                                            const SessionSettings& settings);

/// The one type that both are widened to in comparisons, CASE, UNION, coalesce ...: Spark's ANSI or
/// legacy rules (findWiderTypeForTwo). Empty: there is none.
std::optional<DataType> commonType(const DataType& a, const DataType& b,
                                   const SessionSettings& settings);

}  // namespace spate
