// Covariance, correlation and regression: over the rows in which neither of two columns is null.
#include <arrow/array/array_primitive.h>
#include <arrow/compute/api_vector.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/PairFamilies.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

enum class Pair : uint8_t {
  kCorrelation,
  kCovarianceSample,
  kCovariancePopulation,
  kIntercept,
  kR2,
  kSlope,
  kSquares,
  kProducts,
};

/// Counts, means and sums of products of deviations.
struct PairState {
  double n = 0;
  double x = 0;
  double y = 0;
  double xy = 0;
  double xx = 0;
  double yy = 0;
};

/// A column of the buffer.
struct PairPart {
  std::string_view name;
  double PairState::*value;
};
constexpr PairPart kCovarianceParts[] = {
    {"n", &PairState::n}, {"xAvg", &PairState::x}, {"yAvg", &PairState::y}, {"ck", &PairState::xy}};
constexpr PairPart kCorrelationParts[] = {{"n", &PairState::n},    {"xAvg", &PairState::x},
                                          {"yAvg", &PairState::y}, {"ck", &PairState::xy},
                                          {"xMk", &PairState::xx}, {"yMk", &PairState::yy}};
constexpr PairPart kVarianceParts[] = {
    {"n", &PairState::n}, {"avg", &PairState::x}, {"m2", &PairState::xx}};
/// A covariance and a variance, which have the count and the mean of x in common.
constexpr PairPart kLineParts[] = {
    {"n", &PairState::n}, {"xAvg", &PairState::x}, {"yAvg", &PairState::y}, {"ck", &PairState::xy},
    {"n", &PairState::n}, {"avg", &PairState::x},  {"m2", &PairState::xx}};

std::span<const PairPart> partsOf(Pair pair) {
  switch (pair) {
    case Pair::kCorrelation:
    case Pair::kR2: return kCorrelationParts;
    case Pair::kIntercept:
    case Pair::kSlope: return kLineParts;
    case Pair::kSquares: return kVarianceParts;
    default: return kCovarianceParts;
  }
}

/// A function over doubles. `xFirst`: the first argument is its x.
struct PairFunction {
  std::string_view name;
  Pair pair;
  bool xFirst;
};
constexpr std::array<PairFunction, 9> kPairs = {{
    {"corr", Pair::kCorrelation, true},
    {"covar_pop", Pair::kCovariancePopulation, true},
    {"covar_samp", Pair::kCovarianceSample, true},
    {"regr_intercept", Pair::kIntercept, false},
    {"regr_r2", Pair::kR2, true},
    {"regr_slope", Pair::kSlope, false},
    {"regr_sxx", Pair::kSquares, false},
    {"regr_sxy", Pair::kProducts, true},
    {"regr_syy", Pair::kSquares, true},
}};

/// The sums are made in Spark's order of operations, so that their last digits are Spark's.
class PairAccumulator final : public Accumulator {
 public:
  PairAccumulator(Pair pair, bool xFirst) : pair_(pair), xFirst_(xFirst) {}

  void resize(size_t groups) override { states_.resize(groups); }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const DataType real = DataType::doubleType();
    const Rows<double> xs(arguments[xFirst_ ? 0 : 1], real);
    const Rows<double> ys(arguments[xFirst_ ? 1 : 0], real);
    const bool isVariance = pair_ != Pair::kCorrelation && pair_ != Pair::kR2;
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (xs.isNull(row) || ys.isNull(row)) continue;
      PairState& s = states_[groups[i]];
      s.n += 1;
      const double dx = xs[row] - s.x;
      const double dy = ys[row] - s.y;
      const double dxn = dx / s.n;
      s.x += dxn;
      s.y += dy / s.n;
      s.xy += dx * (ys[row] - s.y);
      s.xx += dx * (isVariance ? dx - dxn : xs[row] - s.x);
      s.yy += dy * (ys[row] - s.y);
    }
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    std::vector<Rows<double>> columns;
    for (const ArrayPtr& buffer : buffers)
      columns.emplace_back(arrow::Datum(buffer), DataType::doubleType());
    const std::span<const PairPart> parts = partsOf(pair_);
    for (size_t i = 0; i < groups.size(); ++i) {
      PairState b;
      for (size_t part = 0; part < parts.size(); ++part)
        b.*parts[part].value = columns[part][static_cast<int64_t>(i)];
      if (b.n == 0) continue;
      PairState& a = states_[groups[i]];
      const double n = a.n + b.n;
      const double dx = b.x - a.x;
      const double dy = b.y - a.y;
      const double dxn = dx / n;
      const double dyn = dy / n;
      a = {n,
           a.x + dxn * b.n,
           a.y + dyn * b.n,
           a.xy + b.xy + dx * dyn * a.n * b.n,
           a.xx + b.xx + dx * dxn * a.n * b.n,
           a.yy + b.yy + dy * dyn * a.n * b.n};
    }
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<ArrayPtr> columns;
    for (const PairPart& part : partsOf(pair_)) {
      std::vector<double> values;
      for (const PairState& state : states_) values.push_back(state.*part.value);
      SPATE_ASSIGN_OR_FAIL(auto column, groupColumn(values, {}, DataType::doubleType()));
      columns.push_back(std::move(column));
    }
    return columns;
  }

  Result<ArrayPtr> results() const override {
    std::vector<double> values;
    std::vector<uint8_t> present;
    for (const PairState& state : states_) {
      const std::optional<double> value = state.n == 0 ? std::nullopt : result(state);
      values.push_back(value.value_or(0));
      present.push_back(value ? 1 : 0);
    }
    return groupColumn(values, present, DataType::doubleType());
  }

 private:
  std::optional<double> result(const PairState& s) const {
    switch (pair_) {
      case Pair::kCorrelation: {
        if (s.n == 1) return std::nullopt;
        const double product = s.xx * s.yy;
        return product == 0 ? std::optional<double>() : s.xy / std::sqrt(product);
      }
      case Pair::kCovarianceSample: return s.n == 1 ? std::optional<double>() : s.xy / (s.n - 1);
      case Pair::kCovariancePopulation: return s.xy / s.n;
      case Pair::kSlope: return s.xx == 0 ? std::optional<double>() : s.xy / s.xx;
      case Pair::kIntercept: return s.xx == 0 ? std::optional<double>() : s.y - s.xy / s.xx * s.x;
      case Pair::kR2: {
        // Here x is the dependent variable.
        if (s.yy == 0) return std::nullopt;
        if (s.xx == 0) return 1.0;
        const double correlation = s.xy / std::sqrt(s.xx * s.yy);
        return correlation * correlation;
      }
      case Pair::kSquares: return s.xx;
      case Pair::kProducts: return s.xy;
    }
    return std::nullopt;
  }

  Pair pair_;
  bool xFirst_;
  std::vector<PairState> states_;
};

/// One of two columns, of the rows in which neither is null, for an aggregate over one column.
class ColumnOfPairs final : public Accumulator {
 public:
  ColumnOfPairs(std::unique_ptr<Accumulator> inner, size_t column)
      : inner_(std::move(inner)), column_(column) {}

  void resize(size_t groups) override { inner_->resize(groups); }

  Status update(EvalContext& context, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const auto rows = static_cast<int64_t>(groups.size());
    SPATE_ASSIGN_OR_RETURN(const Validity both, commonValidity(arguments, rows));
    if (both.isAllNull) return {};
    arrow::Datum column = arguments[column_];
    if (both.bitmap == nullptr) return inner_->update(context, std::span(&column, 1), groups);
    std::vector<uint32_t> chosen;
    for (int64_t i = 0; i < rows; ++i) {
      if (both.isValid(i)) chosen.push_back(groups[static_cast<size_t>(i)]);
    }
    if (!column.is_scalar()) {
      const arrow::BooleanArray mask(rows, both.bitmap);
      SPATE_ASSIGN_OR_RETURN(column, fromArrow(arrow::compute::Filter(column, arrow::Datum(mask))));
    }
    return inner_->update(context, std::span(&column, 1), chosen);
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    return inner_->merge(buffers, groups);
  }
  Result<std::vector<ArrayPtr>> buffers() const override { return inner_->buffers(); }
  Result<ArrayPtr> results() const override { return inner_->results(); }

 private:
  std::unique_ptr<Accumulator> inner_;
  size_t column_;
};

Result<BoundAggregate> bindPair(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const PairFunction function = *std::ranges::find(kPairs, name, &PairFunction::name);
  const DataType real = DataType::doubleType();
  BoundAggregate bound{.type = real,
                       .argumentTypes = {real, real},
                       .buffer = {},
                       .make = [function](const SessionSettings&) {
                         return std::make_unique<PairAccumulator>(function.pair, function.xFirst);
                       }};
  for (const PairPart& part : partsOf(function.pair))
    bound.buffer.push_back({std::string(part.name), real, false});
  return bound;
}

/// regr_count is count, and regr_avgx and regr_avgy are avg.
Result<BoundAggregate> bindOfPairs(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  std::vector<Argument> numbers(arguments.begin(), arguments.end());
  std::vector<DataType> types;
  for (size_t i = 0; i < numbers.size(); ++i) {
    DataType& type = numbers[i].type;
    if (type.isText() || type.is(TypeKind::kNull)) type = DataType::doubleType();
    if (!type.isNumeric())
      return failure(
          unexpectedInputType(callText(name, arguments), i, "\"NUMERIC\"", arguments[i]));
    types.push_back(type);
  }
  const bool isCount = name == "regr_count";
  const size_t column = name == "regr_avgx" ? 1 : 0;
  const std::string_view inner = isCount ? "count" : "avg";
  SPATE_ASSIGN_OR_FAIL(
      BoundAggregate bound,
      findAggregateFunction(inner)->bind(inner,
                                         isCount ? std::span<const Argument>(numbers)
                                                 : std::span<const Argument>(&numbers[column], 1),
                                         settings));
  bound.argumentTypes = std::move(types);
  bound.sql.clear();
  if (isCount) return bound;
  bound.make = [make = std::move(bound.make), column](const SessionSettings& session) {
    return std::make_unique<ColumnOfPairs>(make(session), column);
  };
  return bound;
}

constexpr std::array<AggregateFunction, 12> kFunctions = {{
    {"corr", bindPair},
    {"covar_pop", bindPair},
    {"covar_samp", bindPair},
    {"regr_avgx", bindOfPairs},
    {"regr_avgy", bindOfPairs},
    {"regr_count", bindOfPairs},
    {"regr_intercept", bindPair},
    {"regr_r2", bindPair},
    {"regr_slope", bindPair},
    {"regr_sxx", bindPair},
    {"regr_sxy", bindPair},
    {"regr_syy", bindPair},
}};

}  // namespace

std::span<const AggregateFunction> pairAggregates() { return kFunctions; }

}  // namespace spate
