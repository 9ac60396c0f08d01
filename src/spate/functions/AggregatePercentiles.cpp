// percentile, median, percentile_approx.
#include <algorithm>
#include <array>
#include <cmath>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/OrderedDatum.h"

namespace spate {
namespace {

/// What is asked of the sorted values.
struct Percentages {
  std::vector<double> each;
  /// An array was asked for, and is given.
  bool isArray = false;
};

/// The values that are not null, to be sorted at the end. Buffer: one array.
class PercentileAccumulator final : public Accumulator {
 public:
  /// `element`: interpolated doubles, or (approx) values of the column itself.
  PercentileAccumulator(DataType argument, Percentages percentages, bool isApprox, bool hasWeights)
      : argument_(std::move(argument)),
        percentages_(std::move(percentages)),
        isApprox_(isApprox),
        hasWeights_(hasWeights) {}

  void resize(size_t groups) override { values_.resize(groups); }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<Datum> rows(arguments[0], argument_);
    if (!hasWeights_) {
      forEachValue(rows, groups, [this](uint32_t group, Datum value) {
        values_[group].push_back(std::move(value));
      });
      return {};
    }
    const Rows<int64_t> weights(arguments[2], DataType::longType());
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row) || weights.isNull(row)) continue;
      if (weights[row] < 0) {
        return Status::invalidArgument("Negative values found in " + std::to_string(weights[row]))
            .withErrorClass("NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION", "22003",
                            {{"frequencyExpression", "frequency"},
                             {"negativeValue", std::to_string(weights[row]) + "L"}});
      }
      Row& values = values_[groups[i]];
      values.insert(values.end(), static_cast<size_t>(weights[row]), rows[row]);
    }
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<Datum> rows{arrow::Datum(buffers[0]), DataType::arrayOf(argument_, false)};
    forEachValue(rows, groups, [this](uint32_t group, const Datum& list) {
      const Row& more = *list.as<Row>();
      values_[group].insert(values_[group].end(), more.begin(), more.end());
    });
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<Datum> lists(values_.begin(), values_.end());
    SPATE_ASSIGN_OR_FAIL(auto column, columnOf(lists, DataType::arrayOf(argument_, false)));
    return std::vector<ArrayPtr>{std::move(column)};
  }

  Result<ArrayPtr> results() const override {
    const DataType element = isApprox_ ? argument_ : DataType::doubleType();
    std::vector<Datum> results;
    for (const Row& group : values_) {
      if (group.empty()) {
        results.emplace_back();
        continue;
      }
      Row sorted = group;
      std::ranges::sort(sorted, DatumLess{argument_});
      Row answers;
      for (const double percentage : percentages_.each) answers.push_back(at(sorted, percentage));
      results.push_back(percentages_.isArray ? Datum(std::move(answers)) : std::move(answers[0]));
    }
    return columnOf(results, percentages_.isArray ? DataType::arrayOf(element, false) : element);
  }

 private:
  Datum at(const Row& sorted, double percentage) const {
    const auto count = static_cast<double>(sorted.size());
    if (isApprox_) {
      const double rank = std::max(1.0, std::ceil(percentage * count));
      return sorted[static_cast<size_t>(rank) - 1];
    }
    const double position = percentage * (count - 1);
    const auto lower = static_cast<size_t>(std::floor(position));
    const auto upper = static_cast<size_t>(std::ceil(position));
    const double low = *sorted[lower].as<double>();
    if (lower == upper) return Datum(low);
    const double high = *sorted[upper].as<double>();
    if (low == high) return Datum(low);
    return Datum((static_cast<double>(upper) - position) * low +
                 (position - static_cast<double>(lower)) * high);
  }

  DataType argument_;
  Percentages percentages_;
  bool isApprox_;
  bool hasWeights_;
  std::vector<Row> values_;
};

std::optional<double> numberIn(const Datum& value, const DataType& type) {
  if (const auto* real = value.as<double>()) return *real;
  if (const auto* real = value.as<float>()) return *real;
  if (const auto* number = value.as<int32_t>()) return *number;
  if (const auto* decimal = value.as<Decimal>()) {
    return static_cast<double>(decimal->unscaled) / std::pow(10.0, type.scale());
  }
  return std::nullopt;
}

Result<Percentages> percentagesOf(std::string_view name, std::span<const Argument> arguments) {
  const std::string sql = callText(name, arguments);
  const Argument& argument = arguments[1];
  if (!argument.constant) return failure(nonFoldableInput(sql, "percentage", argument));
  Percentages percentages;
  percentages.isArray = argument.type.is(TypeKind::kArray);
  if (percentages.isArray) {
    if (const auto* row = argument.constant->as<Row>()) {
      for (const Datum& value : *row) {
        percentages.each.push_back(numberIn(value, argument.type.elementType()).value_or(-1));
      }
    }
  } else {
    percentages.each.push_back(numberIn(*argument.constant, argument.type).value_or(-1));
  }
  for (const double each : percentages.each) {
    if (each >= 0 && each <= 1) continue;
    return failure(Status::invalidArgument("Cannot resolve \"" + sql +
                                           "\" due to data type mismatch: The `percentage` must be "
                                           "between [0.0, 1.0] (current value = " +
                                           argument.sql + ").")
                       .withErrorClass("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "42K09",
                                       {{"sqlExpr", quoted(sql)},
                                        {"exprName", "`percentage`"},
                                        {"valueRange", "[0.0, 1.0]"},
                                        {"currentValue", argument.sql}}));
  }
  return percentages;
}

Result<BoundAggregate> bindPercentile(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  const bool isMedian = name == "median";
  const bool isApprox = name == "percentile_approx" || name == "approx_percentile";
  SPATE_FAIL_IF_ERROR(
      checkArgumentCount(name, arguments.size(), isMedian ? 1 : 2, isMedian ? 1 : 3));
  Percentages percentages{{0.5}, false};
  if (!isMedian) {
    SPATE_ASSIGN_OR_FAIL(percentages, percentagesOf(name, arguments));
  }
  const DataType argument = isApprox ? arguments[0].type : DataType::doubleType();
  const DataType element = isApprox ? argument : DataType::doubleType();
  const bool hasWeights = !isApprox && arguments.size() == 3;
  BoundAggregate bound{.type = percentages.isArray ? DataType::arrayOf(element, false) : element,
                       .argumentTypes = {argument},
                       .buffer = {{"buf", DataType::arrayOf(argument, false), false}},
                       .make = [=](const SessionSettings&) {
                         return std::make_unique<PercentileAccumulator>(argument, percentages,
                                                                        isApprox, hasWeights);
                       }};
  if (!isMedian) bound.argumentTypes.push_back(arguments[1].type);
  if (arguments.size() == 3) bound.argumentTypes.push_back(DataType::longType());
  if (name == "percentile" && arguments.size() == 2) {
    bound.sql = "percentile(" + arguments[0].sql + ", " + arguments[1].sql + ", 1)";
  } else if (isApprox && arguments.size() == 2) {
    bound.sql = std::string(name) + "(" + arguments[0].sql + ", " + arguments[1].sql + ", 10000)";
  }
  return bound;
}

constexpr std::array<AggregateFunction, 4> kFunctions = {{
    {"approx_percentile", bindPercentile},
    {"median", bindPercentile},
    {"percentile", bindPercentile},
    {"percentile_approx", bindPercentile},
}};

}  // namespace

std::span<const AggregateFunction> orderAggregates() { return kFunctions; }

}  // namespace spate
