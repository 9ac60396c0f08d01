// percentile, median, percentile_approx.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/QuantileSummaries.h"
#include "spate/functions/ValueCounts.h"
#include "spate/types/CastText.h"
#include "spate/types/ToString.h"

namespace spate {
namespace {

/// What is asked of the sorted values.
struct Percentages {
  std::vector<double> each;
  /// An array was asked for, and is given.
  bool isArray = false;
};

template <class T>
concept Number = (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || std::is_same_v<T, Int128>;

template <Number T>
double toDouble(T value, const DataType& type) {
  if constexpr (std::is_same_v<T, Int128>) {
    return decimalToDouble(value, type.scale());
  } else {
    return static_cast<double>(value);
  }
}

/// As Java: cut to a whole number, and the nearest that there is.
template <class T>
T fromDouble(double value) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else {
    // Java has bytes and shorts by way of ints.
    using Whole = std::conditional_t<sizeof(T) < sizeof(int32_t), int32_t, T>;
    constexpr auto kEnd = -static_cast<double>(std::numeric_limits<Whole>::min());
    if (std::isnan(value)) return 0;
    if (value >= kEnd) return static_cast<T>(std::numeric_limits<Whole>::max());
    if (value < -kEnd) return static_cast<T>(std::numeric_limits<Whole>::min());
    return static_cast<T>(static_cast<Whole>(value));
  }
}

/// The rows of what was asked: null for a group without values.
Result<ArrayPtr> answersColumn(std::vector<Row> answers, bool isArray, const DataType& element) {
  std::vector<Datum> column;
  for (Row& group : answers) {
    if (group.empty()) {
      column.emplace_back();
    } else {
      column.push_back(isArray ? Datum(std::move(group)) : std::move(group[0]));
    }
  }
  return columnOf(column, isArray ? DataType::arrayOf(element, false) : element);
}

/// Counts of the values that are not null. Buffer: as Spark serialises its map of them.
template <Number T>
class PercentileAccumulator final : public Accumulator {
 public:
  /// `frequency`: the text of the third argument, empty if there is none.
  PercentileAccumulator(DataType argument, DataType result, Percentages percentages,
                        ValueCountCodec<T> codec, std::string frequency)
      : less_{std::move(argument)},
        result_(std::move(result)),
        percentages_(std::move(percentages)),
        codec_(std::move(codec)),
        frequency_(std::move(frequency)) {}

  void resize(size_t groups) override { counts_.resize(groups); }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<T> rows(arguments[0], less_.type);
    if (frequency_.empty()) {
      forEachValue(rows, groups,
                   [this](uint32_t group, T value) { counts_[group].add(value, 1, less_); });
      return {};
    }
    const Rows<int64_t> frequencies(arguments[2], DataType::longType());
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row) || frequencies.isNull(row)) continue;
      const int64_t frequency = frequencies[row];
      if (frequency < 0) return negativeFrequency(frequency);
      if (frequency > 0) counts_[groups[i]].add(rows[row], frequency, less_);
    }
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<std::string> rows{arrow::Datum(buffers[0]), DataType::binaryType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row)) continue;
      SPATE_RETURN_IF_ERROR(codec_.decode(
          rows[row], [&](T value, int64_t count) { counts_[groups[i]].add(value, count, less_); }));
    }
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<std::string> texts(counts_.size());
    for (size_t i = 0; i < counts_.size(); ++i)
      SPATE_FAIL_IF_ERROR(codec_.encode(counts_[i].sorted(less_), texts[i]));
    SPATE_ASSIGN_OR_FAIL(auto column, groupColumn(texts, {}, DataType::binaryType()));
    return std::vector<ArrayPtr>{std::move(column)};
  }

  Result<ArrayPtr> results() const override {
    std::vector<Row> answers;
    for (const ValueCounts<T>& group : counts_) {
      Row& row = answers.emplace_back();
      const std::vector<Counted<T>>& counts = group.sorted(less_);
      if (counts.empty()) continue;
      std::vector<int64_t> upTo;
      for (const Counted<T>& each : counts)
        upTo.push_back((upTo.empty() ? 0 : upTo.back()) + each.count);
      for (const double percentage : percentages_.each) {
        const double answer = at(counts, upTo, percentage);
        if (result_.is(TypeKind::kYearMonthInterval)) {
          row.emplace_back(fromDouble<int32_t>(answer));
        } else if (result_.is(TypeKind::kDayTimeInterval)) {
          row.emplace_back(fromDouble<int64_t>(answer));
        } else {
          row.emplace_back(answer);
        }
      }
    }
    return answersColumn(std::move(answers), percentages_.isArray, result_);
  }

 private:
  double at(const std::vector<Counted<T>>& counts, const std::vector<int64_t>& upTo,
            double percentage) const {
    const double position = static_cast<double>(upTo.back() - 1) * percentage;
    const auto valueAtRank = [&](double rank) {
      const auto place = std::ranges::upper_bound(upTo, static_cast<int64_t>(rank));
      const auto index = std::min(place - upTo.begin(), std::ssize(upTo) - 1);
      return toDouble(counts[static_cast<size_t>(index)].value, less_.type);
    };
    const double lower = std::floor(position);
    const double upper = std::ceil(position);
    const double low = valueAtRank(lower);
    if (lower == upper) return low;
    const double high = valueAtRank(upper);
    if (low == high) return low;
    return (upper - position) * low + (position - lower) * high;
  }

  Status negativeFrequency(int64_t frequency) const {
    const std::string value = std::to_string(frequency) + "L";
    return Status::invalidArgument("Found the negative value in " + quoted(frequency_) + ": " +
                                   value + ", but expected a positive integral value.")
        .withErrorClass("NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION", "22003",
                        {{"frequencyExpression", quoted(frequency_)}, {"negativeValue", value}});
  }

  ValueLess less_;
  DataType result_;
  Percentages percentages_;
  ValueCountCodec<T> codec_;
  std::string frequency_;
  std::vector<ValueCounts<T>> counts_;
};

/// Summaries of the values as doubles. Buffer: as Spark serialises its digest.
template <Number T>
class ApproximatePercentile final : public Accumulator {
 public:
  ApproximatePercentile(DataType argument, Percentages percentages, double relativeError)
      : argument_(std::move(argument)),
        percentages_(std::move(percentages)),
        relativeError_(relativeError) {}

  void resize(size_t groups) override {
    summaries_.resize(groups, QuantileSummaries(relativeError_));
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<T> rows(arguments[0], argument_);
    forEachValue(rows, groups, [this](uint32_t group, T value) {
      summaries_[group].insert(toDouble(value, argument_));
    });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<std::string> rows{arrow::Datum(buffers[0]), DataType::binaryType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row)) continue;
      SPATE_ASSIGN_OR_RETURN(const auto other, QuantileSummaries::deserialize(rows[row]));
      QuantileSummaries& summary = summaries_[groups[i]];
      summary.compress();
      summary.merge(other);
    }
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<std::string> texts;
    for (QuantileSummaries& summary : summaries_) {
      summary.compress();
      texts.push_back(summary.serialize());
    }
    SPATE_ASSIGN_OR_FAIL(auto column, groupColumn(texts, {}, DataType::binaryType()));
    return std::vector<ArrayPtr>{std::move(column)};
  }

  Result<ArrayPtr> results() const override {
    std::vector<double> all;
    std::vector<size_t> ends;
    for (QuantileSummaries& summary : summaries_) {
      summary.compress();
      const std::vector<double> group = summary.query(percentages_.each);
      all.insert(all.end(), group.begin(), group.end());
      ends.push_back(all.size());
    }
    SPATE_ASSIGN_OR_FAIL(const Row values, valuesOf(all));
    std::vector<Row> answers;
    size_t begin = 0;
    for (const size_t end : ends) {
      answers.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(begin),
                           values.begin() + static_cast<std::ptrdiff_t>(end));
      begin = end;
    }
    return answersColumn(std::move(answers), percentages_.isArray, argument_);
  }

 private:
  /// The doubles as values of the argument's type.
  Result<Row> valuesOf(const std::vector<double>& doubles) const {
    Row values;
    if constexpr (std::is_same_v<T, Int128>) {
      SPATE_ASSIGN_OR_FAIL(const auto column, groupColumn(doubles, {}, DataType::doubleType()));
      SPATE_ASSIGN_OR_FAIL(const auto decimals,
                           castColumn(arrow::Datum(column), DataType::doubleType(), argument_,
                                      CastPolicy::kTry, "UTC"));
      const Rows<Datum> rows(decimals, argument_);
      for (size_t i = 0; i < doubles.size(); ++i) values.push_back(rows[static_cast<int64_t>(i)]);
    } else {
      for (const double value : doubles) values.emplace_back(fromDouble<T>(value));
    }
    return values;
  }

  DataType argument_;
  Percentages percentages_;
  double relativeError_;
  /// Compressed when they are asked for.
  mutable std::vector<QuantileSummaries> summaries_;
};

std::optional<double> numberIn(const Datum& value, const DataType& type) {
  if (const auto* real = value.as<double>()) return *real;
  if (const auto* real = value.as<float>()) return *real;
  if (const auto* number = value.as<int32_t>()) return *number;
  if (const auto* number = value.as<int64_t>()) return static_cast<double>(*number);
  if (const auto* decimal = value.as<Decimal>())
    return decimalToDouble(decimal->unscaled, type.scale());
  return std::nullopt;
}

Status mismatch(std::string_view subclass, const std::string& sql, std::string_view name,
                const std::string& text, std::map<std::string, std::string> more) {
  more.emplace("sqlExpr", quoted(sql));
  more.emplace("exprName", name);
  return Status::invalidArgument("Cannot resolve " + quoted(sql) +
                                 " due to data type mismatch: The " + std::string(name) + text)
      .withErrorClass("DATATYPE_MISMATCH." + std::string(subclass), "42K09", std::move(more));
}

Status outOfRange(const std::string& sql, std::string_view name, const std::string& range,
                  const std::string& value) {
  return mismatch("VALUE_OUT_OF_RANGE", sql, name,
                  " must be between " + range + " (current value = " + value + ").",
                  {{"valueRange", range}, {"currentValue", value}});
}

Result<Percentages> percentagesOf(const std::string& sql, const Argument& argument) {
  if (!argument.constant) return failure(nonFoldableInput(sql, "percentage", argument));
  if (argument.constant->isNull())
    return failure(mismatch("UNEXPECTED_NULL", sql, "percentage", " must not be null.", {}));
  Percentages percentages;
  percentages.isArray = argument.type.is(TypeKind::kArray);
  if (percentages.isArray) {
    for (const Datum& value : *argument.constant->as<Row>())
      percentages.each.push_back(numberIn(value, argument.type.elementType()).value_or(-1));
  } else {
    percentages.each.push_back(numberIn(*argument.constant, argument.type).value_or(-1));
  }
  if (std::ranges::all_of(percentages.each, [](double each) { return each >= 0 && each <= 1; }))
    return percentages;
  std::string values;
  for (const double each : percentages.each) {
    values += values.empty() ? "" : ",";
    appendJavaNumber(each, values);
    values += "D";
  }
  return failure(outOfRange(sql, "percentage", "[0.0, 1.0]", values));
}

/// percentile(x, p, frequency) and median(x).
Result<BoundAggregate> bindPercentile(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  const bool isMedian = name == "median";
  SPATE_FAIL_IF_ERROR(
      checkArgumentCount(name, arguments.size(), isMedian ? 1 : 2, isMedian ? 1 : 3));
  std::string sql = callText(name, arguments);
  if (arguments.size() == 2) sql.insert(sql.size() - 1, ", 1");
  DataType argument = arguments[0].type;
  if (argument.isText() || argument.is(TypeKind::kNull)) argument = DataType::doubleType();
  DataType element = DataType::doubleType();
  if (argument.is(TypeKind::kYearMonthInterval)) {
    element = DataType::yearMonthIntervalType();
  } else if (argument.is(TypeKind::kDayTimeInterval)) {
    element = DataType::dayTimeIntervalType();
  } else if (!argument.isNumeric()) {
    return failure(unexpectedInputType(sql, 0,
                                       "((\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL "
                                       "YEAR TO MONTH\") or \"TIME\")",
                                       arguments[0]));
  }
  Percentages percentages{{0.5}, false};
  if (!isMedian) {
    SPATE_ASSIGN_OR_FAIL(percentages, percentagesOf(sql, arguments[1]));
  }
  BoundAggregate bound{.type = percentages.isArray ? DataType::arrayOf(element, false) : element,
                       .argumentTypes = {argument},
                       .buffer = {{"buf", DataType::binaryType()}},
                       .make = nullptr};
  if (arguments.size() == 2) bound.sql = sql;
  if (!isMedian) bound.argumentTypes.push_back(arguments[1].type);
  std::string frequency;
  if (arguments.size() == 3) {
    bound.argumentTypes.push_back(DataType::longType());
    // Spark has no more to say of one that it has to compute.
    frequency = arguments[2].constant ? arguments[2].sql : "boundreference()";
  }
  const auto bindTo = [&](auto zero) -> Status {
    using T = decltype(zero);
    if constexpr (Number<T>) {
      SPATE_ASSIGN_OR_RETURN(const auto codec, ValueCountCodec<T>::make(argument));
      bound.make = [=](const SessionSettings&) {
        return std::make_unique<PercentileAccumulator<T>>(argument, element, percentages, codec,
                                                          frequency);
      };
    }
    return {};
  };
  SPATE_FAIL_IF_ERROR(withValueType(argument, bindTo));
  return bound;
}

Result<double> relativeErrorOf(const std::string& sql, std::span<const Argument> arguments) {
  if (arguments.size() < 3) return 1.0 / 10000;
  const Argument& accuracy = arguments[2];
  if (!accuracy.type.isIntegral() && !accuracy.type.is(TypeKind::kNull))
    return failure(unexpectedInputType(sql, 2, "\"INTEGRAL\"", accuracy));
  if (!accuracy.constant) return failure(nonFoldableInput(sql, "accuracy", accuracy));
  if (accuracy.constant->isNull())
    return failure(mismatch("UNEXPECTED_NULL", sql, "accuracy", " must not be null.", {}));
  int64_t value = 0;
  if (const auto* tiny = accuracy.constant->as<int8_t>()) value = *tiny;
  if (const auto* small = accuracy.constant->as<int16_t>()) value = *small;
  if (const auto* number = accuracy.constant->as<int32_t>()) value = *number;
  if (const auto* big = accuracy.constant->as<int64_t>()) value = *big;
  if (value <= 0 || value > std::numeric_limits<int32_t>::max())
    return failure(outOfRange(sql, "accuracy", "(0, 2147483647]", std::to_string(value) + "L"));
  return 1.0 / static_cast<double>(value);
}

/// percentile_approx(x, p, accuracy).
Result<BoundAggregate> bindApproximate(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 3));
  std::string sql = callText(name, arguments);
  if (arguments.size() == 2) sql.insert(sql.size() - 1, ", 10000");
  DataType argument = arguments[0].type;
  if (argument.isText() || argument.is(TypeKind::kNull)) argument = DataType::doubleType();
  const bool isTime = argument.is(TypeKind::kDate) || argument.is(TypeKind::kTimestamp) ||
                      argument.is(TypeKind::kTimestampNtz) ||
                      argument.is(TypeKind::kYearMonthInterval) ||
                      argument.is(TypeKind::kDayTimeInterval);
  if (!argument.isNumeric() && !isTime)
    return failure(unexpectedInputType(
        sql, 0,
        "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL YEAR TO "
        "MONTH\" or \"INTERVAL DAY TO SECOND\" or \"TIME\")",
        arguments[0]));
  SPATE_ASSIGN_OR_FAIL(const double relativeError, relativeErrorOf(sql, arguments));
  SPATE_ASSIGN_OR_FAIL(const Percentages percentages, percentagesOf(sql, arguments[1]));
  BoundAggregate bound{.type = percentages.isArray ? DataType::arrayOf(argument, false) : argument,
                       .argumentTypes = {argument, arguments[1].type},
                       .buffer = {{"buf", DataType::binaryType()}},
                       .make = nullptr};
  if (arguments.size() == 2) bound.sql = sql;
  if (arguments.size() == 3) bound.argumentTypes.push_back(arguments[2].type);
  withValueType(argument, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (Number<T>) {
      bound.make = [=](const SessionSettings&) {
        return std::make_unique<ApproximatePercentile<T>>(argument, percentages, relativeError);
      };
    }
  });
  return bound;
}

constexpr std::array<AggregateFunction, 4> kFunctions = {{
    {"approx_percentile", bindApproximate},
    {"median", bindPercentile},
    {"percentile", bindPercentile},
    {"percentile_approx", bindApproximate},
}};

}  // namespace

std::span<const AggregateFunction> orderAggregates() { return kFunctions; }

}  // namespace spate
