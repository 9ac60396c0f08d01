// sum, avg, their try_ forms, and product.
#include <algorithm>
#include <array>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/DecimalArithmetic.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/Cast.h"
#include "spate/types/CastText.h"

namespace spate {
namespace {

/// What a sum that has no place in its type becomes.
enum class OnOverflow : uint8_t { kError, kNull, kWrap };

template <class T>
bool addTo(T& sum, T value) {
  if constexpr (std::is_floating_point_v<T>) {
    sum += value;
    return false;
  } else {
    return __builtin_add_overflow(sum, value, &sum);
  }
}

Status sumOverflow(const DataType& type) {
  if (!type.is(TypeKind::kDayTimeInterval) && !type.is(TypeKind::kYearMonthInterval))
    return arithmeticOverflow("overflow", "try_add");
  return Status::invalidArgument(
             "Integer overflow while operating with intervals. Use `try_add` to tolerate overflow "
             "and return NULL instead.")
      .withErrorClass("INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION", "22015",
                      {{"functionName", "`try_add`"}});
}

/// The sum of T values, kept as S. Buffer: sum, null before the first value.
template <class T, class S>
class SumAccumulator final : public ResultBufferAccumulator {
 public:
  SumAccumulator(DataType argument, DataType type, OnOverflow onOverflow)
      : argument_(std::move(argument)), type_(std::move(type)), onOverflow_(onOverflow) {}

  void resize(size_t groups) override {
    sums_.resize(groups);
    seen_.resize(groups);
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    return add<T>(arguments[0], argument_, groups);
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    return add<S>(arrow::Datum(buffers[0]), type_, groups);
  }
  Result<ArrayPtr> results() const override { return groupColumn(sums_, seen_, type_); }

 private:
  template <class V>
  Status add(const arrow::Datum& values, const DataType& type, std::span<const uint32_t> groups) {
    const Rows<V> rows(values, type);
    S* sums = sums_.data();
    uint8_t* seen = seen_.data();
    bool overflow = false;
    forEachValue(rows, groups, [&](uint32_t group, V value) {
      seen[group] = 1;
      overflow |= addTo<S>(sums[group], static_cast<S>(value));
    });
    if (!overflow || onOverflow_ == OnOverflow::kWrap) return {};
    return sumOverflow(type_);
  }

  DataType argument_;
  DataType type_;
  OnOverflow onOverflow_;
  std::vector<S> sums_;
  std::vector<uint8_t> seen_;
};

/// A sum that may have no place in its type: of decimals (S is Int128), and of any for try_sum.
/// Buffer: sum (null after an overflow), isEmpty.
template <class T, class S>
class CheckedSumAccumulator final : public Accumulator {
 public:
  CheckedSumAccumulator(DataType argument, DataType type, OnOverflow onOverflow)
      : argument_(std::move(argument)), type_(std::move(type)), onOverflow_(onOverflow) {
    if (type_.is(TypeKind::kDecimal)) limit_ = powerOfTen(type_.precision());
  }

  void resize(size_t groups) override {
    sums_.resize(groups);
    fits_.resize(groups, 1);
    seen_.resize(groups);
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<T> rows(arguments[0], argument_);
    forEachValue(rows, groups, [&](uint32_t group, T value) { add(group, static_cast<S>(value)); });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<S> sums{arrow::Datum(buffers[0]), type_};
    const Rows<bool> empty{arrow::Datum(buffers[1]), DataType::booleanType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (empty[row]) continue;
      if (sums.isNull(row)) {
        seen_[groups[i]] = 1;
        fits_[groups[i]] = 0;
      } else {
        add(groups[i], sums[row]);
      }
    }
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<uint8_t> empty(seen_);
    for (uint8_t& flag : empty) flag ^= 1;
    SPATE_ASSIGN_OR_FAIL(auto sums, groupColumn(sums_, fits_, type_));
    SPATE_ASSIGN_OR_FAIL(auto isEmpty, flagColumn(empty));
    return std::vector<ArrayPtr>{std::move(sums), std::move(isEmpty)};
  }

  Result<ArrayPtr> results() const override {
    std::vector<uint8_t> present(seen_);
    for (size_t i = 0; i < present.size(); ++i) {
      if (fits_[i] != 0) continue;
      if (onOverflow_ == OnOverflow::kError) {
        return failure(decimalOutOfRange("sum", type_.precision(), type_.scale()));
      }
      present[i] = 0;
    }
    return groupColumn(sums_, present, type_);
  }

 private:
  void add(uint32_t group, S value) {
    seen_[group] = 1;
    S& sum = sums_[group];
    bool overflow = __builtin_add_overflow(sum, value, &sum);
    if constexpr (std::is_same_v<S, Int128>) overflow |= sum >= limit_ || sum <= -limit_;
    if (overflow) {
      fits_[group] = 0;
      sum = 0;
    }
  }

  DataType argument_;
  DataType type_;
  /// Of decimals, the first number of too many digits.
  Int128 limit_ = 0;
  OnOverflow onOverflow_;
  std::vector<S> sums_;
  std::vector<uint8_t> fits_;
  std::vector<uint8_t> seen_;
};

/// sum / count. Buffer: sum (0 at first), count. S is double, Int128 for decimals, and T for
/// intervals.
template <class T, class S>
class AverageAccumulator final : public Accumulator {
 public:
  AverageAccumulator(DataType argument, DataType sum, DataType type, OnOverflow onOverflow)
      : argument_(std::move(argument)),
        sum_(std::move(sum)),
        type_(std::move(type)),
        onOverflow_(onOverflow) {}

  void resize(size_t groups) override {
    sums_.resize(groups);
    counts_.resize(groups);
    fits_.resize(groups, 1);
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<T> rows(arguments[0], argument_);
    S* sums = sums_.data();
    int64_t* counts = counts_.data();
    bool overflow = false;
    forEachValue(rows, groups, [&](uint32_t group, T value) {
      if (addTo<S>(sums[group], static_cast<S>(value))) {
        fits_[group] = 0;
        overflow = true;
      }
      ++counts[group];
    });
    return checked(overflow);
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<S> sums{arrow::Datum(buffers[0]), sum_};
    const Rows<int64_t> counts{arrow::Datum(buffers[1]), DataType::longType()};
    bool overflow = false;
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (sums.isNull(row)) {
        fits_[groups[i]] = 0;
      } else if (addTo<S>(sums_[groups[i]], sums[row])) {
        fits_[groups[i]] = 0;
        overflow = true;
      }
      counts_[groups[i]] += counts[row];
    }
    return checked(overflow);
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    SPATE_ASSIGN_OR_FAIL(auto sums, groupColumn(sums_, fits_, sum_));
    SPATE_ASSIGN_OR_FAIL(auto counts, groupColumn(counts_, {}, DataType::longType()));
    return std::vector<ArrayPtr>{std::move(sums), std::move(counts)};
  }

  Result<ArrayPtr> results() const override {
    std::vector<S> averages(sums_.size());
    std::vector<uint8_t> present(sums_.size());
    for (size_t i = 0; i < sums_.size(); ++i) {
      if (counts_[i] == 0) continue;
      present[i] = 1;
      if constexpr (std::is_same_v<S, double>) {
        averages[i] = sums_[i] / static_cast<double>(counts_[i]);
      } else {
        const bool isDecimal = type_.is(TypeKind::kDecimal);
        const int precision = isDecimal ? type_.precision() : 38;
        const int scale = isDecimal ? type_.scale() : 0;
        const DecimalArithmetic divide{DecimalOperator::kDivide, isDecimal ? sum_.scale() : 0, 0,
                                       precision, scale};
        Int128 average = 0;
        if (fits_[i] != 0 && divide(sums_[i], counts_[i], average)) {
          averages[i] = static_cast<S>(average);
        } else if (onOverflow_ == OnOverflow::kError) {
          return failure(decimalOutOfRange("avg", precision, scale));
        } else {
          present[i] = 0;
        }
      }
    }
    return groupColumn(averages, present, type_);
  }

 private:
  /// Intervals fail as soon as their sum has no place; decimals when the average is asked for.
  Status checked(bool overflow) const {
    const bool isLate = std::is_same_v<S, Int128> || onOverflow_ == OnOverflow::kNull;
    return overflow && !isLate ? sumOverflow(type_) : Status();
  }

  DataType argument_;
  DataType sum_;
  DataType type_;
  OnOverflow onOverflow_;
  std::vector<S> sums_;
  std::vector<int64_t> counts_;
  std::vector<uint8_t> fits_;
};

/// sum and avg of decimals of few digits, of which Spark adds up the unscaled values as longs and
/// averages them as doubles (its DecimalAggregates). The buffers are those of the inner one.
class UnscaledAccumulator final : public Accumulator {
 public:
  using Finish = std::function<Result<ArrayPtr>(const ArrayPtr& results)>;
  UnscaledAccumulator(std::unique_ptr<Accumulator> inner, Finish finish)
      : inner_(std::move(inner)), finish_(std::move(finish)) {}

  void resize(size_t groups) override { inner_->resize(groups); }
  Status update(EvalContext& context, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    return inner_->update(context, arguments, groups);
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    return inner_->merge(buffers, groups);
  }
  Result<std::vector<ArrayPtr>> buffers() const override { return inner_->buffers(); }
  Result<ArrayPtr> results() const override {
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr results, inner_->results());
    return finish_(results);
  }

 private:
  std::unique_ptr<Accumulator> inner_;
  Finish finish_;
};

/// The digits of which a long, and a double, holds every sum that Spark expects.
constexpr int kMaxLongDigits = 18;
constexpr int kMaxDoubleDigits = 15;

/// Sums of unscaled values as decimals; one of too many digits fails, or is null.
Result<ArrayPtr> decimalSums(const ArrayPtr& sums, const DataType& type, OnOverflow onOverflow) {
  const Rows<int64_t> rows{arrow::Datum(sums), DataType::longType()};
  const Int128 limit = powerOfTen(type.precision());
  std::vector<Int128> values(static_cast<size_t>(sums->length()));
  std::vector<uint8_t> present(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (rows.isNull(row)) continue;
    values[i] = rows[row];
    present[i] = values[i] < limit && values[i] > -limit ? 1 : 0;
    if (present[i] == 0 && onOverflow == OnOverflow::kError)
      return failure(decimalOutOfRange("sum", type.precision(), type.scale()));
  }
  return groupColumn(values, present, type);
}

/// Averages of unscaled values as decimals: divided as doubles, then cast.
Result<ArrayPtr> decimalAverages(const ArrayPtr& averages, int scale, const DataType& type,
                                 OnOverflow onOverflow) {
  const DataType real = DataType::doubleType();
  const Rows<double> rows{arrow::Datum(averages), real};
  const auto unit = static_cast<double>(powerOfTen(scale));
  std::vector<double> values(static_cast<size_t>(averages->length()));
  std::vector<uint8_t> present(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (rows.isNull(row)) continue;
    values[i] = rows[row] / unit;
    present[i] = 1;
  }
  SPATE_ASSIGN_OR_FAIL(const ArrayPtr divided, groupColumn(values, present, real));
  const CastPolicy policy =
      onOverflow == OnOverflow::kError ? CastPolicy::kAnsi : CastPolicy::kLegacy;
  SPATE_ASSIGN_OR_FAIL(const arrow::Datum cast,
                       castColumn(arrow::Datum(divided), real, type, policy, "UTC"));
  return cast.make_array();
}

/// product(double). Buffer: product, null before the first value.
class ProductAccumulator final : public SelfMergingAccumulator {
 public:
  void resize(size_t groups) override {
    products_.resize(groups, 1.0);
    seen_.resize(groups);
  }
  Result<ArrayPtr> results() const override {
    return groupColumn(products_, seen_, DataType::doubleType());
  }

 private:
  void take(const arrow::Datum& values, std::span<const uint32_t> groups) override {
    const Rows<double> rows(values, DataType::doubleType());
    forEachValue(rows, groups, [&](uint32_t group, double value) {
      products_[group] *= value;
      seen_[group] = 1;
    });
  }

  std::vector<double> products_;
  std::vector<uint8_t> seen_;
};

OnOverflow onOverflowOf(std::string_view name, const SessionSettings& settings) {
  if (name.starts_with("try_")) return OnOverflow::kNull;
  return settings.ansi ? OnOverflow::kError : OnOverflow::kWrap;
}

/// The type an argument of sum and avg is read as.
Result<DataType> summable(std::string_view name, std::span<const Argument> arguments) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType& type = arguments[0].type;
  if (type.isText() || type.is(TypeKind::kNull)) return DataType::doubleType();
  if (type.isNumeric() || type.is(TypeKind::kDayTimeInterval) ||
      type.is(TypeKind::kYearMonthInterval)) {
    return type;
  }
  return failure(unexpectedInputType(callText(name, arguments), 0,
                                     "\"NUMERIC\" or \"ANSI INTERVAL\"", arguments[0]));
}

/// A sum of T values of the argument's type, kept as S.
template <class T, class S>
void bindSumOf(BoundAggregate& bound, const DataType& type, OnOverflow onOverflow) {
  const bool isChecked = type.is(TypeKind::kDecimal) ||
                         (onOverflow == OnOverflow::kNull && !type.is(TypeKind::kDouble));
  bound.type = type;
  bound.buffer = {{"sum", type}};
  if (isChecked) bound.buffer.push_back({"isEmpty", DataType::booleanType(), false});
  bound.make = [=, argument = bound.argumentTypes[0]](
                   const SessionSettings&) -> std::unique_ptr<Accumulator> {
    if constexpr (!std::is_same_v<S, double>) {
      if (isChecked)
        return std::make_unique<CheckedSumAccumulator<T, S>>(argument, type, onOverflow);
    }
    return std::make_unique<SumAccumulator<T, S>>(argument, type, onOverflow);
  };
}

/// A sum that is computed over the unscaled values.
void bindUnscaledSum(BoundAggregate& bound, const DataType& type, OnOverflow onOverflow) {
  bindSumOf<Int128, int64_t>(bound, DataType::longType(), onOverflow);
  bound.type = type;
  bound.make = [=, inner = std::move(bound.make)](const SessionSettings& settings) {
    return std::make_unique<UnscaledAccumulator>(
        inner(settings), [=](const ArrayPtr& sums) { return decimalSums(sums, type, onOverflow); });
  };
}

Result<BoundAggregate> bindSum(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType argument, summable(name, arguments));
  const OnOverflow onOverflow = onOverflowOf(name, settings);
  // Sums of intervals do not wrap.
  const OnOverflow strict = onOverflow == OnOverflow::kWrap ? OnOverflow::kError : onOverflow;
  BoundAggregate bound;
  bound.argumentTypes = {argument};
  const DataType bigint = DataType::longType();
  const DataType real = DataType::doubleType();
  switch (argument.kind()) {
    case TypeKind::kByte: bindSumOf<int8_t, int64_t>(bound, bigint, onOverflow); break;
    case TypeKind::kShort: bindSumOf<int16_t, int64_t>(bound, bigint, onOverflow); break;
    case TypeKind::kInteger: bindSumOf<int32_t, int64_t>(bound, bigint, onOverflow); break;
    case TypeKind::kLong: bindSumOf<int64_t, int64_t>(bound, bigint, onOverflow); break;
    case TypeKind::kFloat: bindSumOf<float, double>(bound, real, onOverflow); break;
    case TypeKind::kDouble: bindSumOf<double, double>(bound, real, onOverflow); break;
    case TypeKind::kYearMonthInterval: bindSumOf<int32_t, int32_t>(bound, argument, strict); break;
    case TypeKind::kDayTimeInterval: bindSumOf<int64_t, int64_t>(bound, argument, strict); break;
    default: {
      const DataType type = boundedDecimal(argument.precision() + 10, argument.scale());
      if (argument.precision() + 10 <= kMaxLongDigits) {
        bindUnscaledSum(bound, type, onOverflow);
      } else {
        bindSumOf<Int128, Int128>(bound, type, onOverflow);
      }
    }
  }
  return bound;
}

template <class T, class S>
std::function<std::unique_ptr<Accumulator>(const SessionSettings&)> averageOf(
    DataType argument, DataType sum, DataType type, OnOverflow onOverflow) {
  return [=](const SessionSettings&) {
    return std::make_unique<AverageAccumulator<T, S>>(argument, sum, type, onOverflow);
  };
}

Result<BoundAggregate> bindAverage(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType argument, summable(name, arguments));
  const OnOverflow onOverflow = onOverflowOf(name, settings);
  const DataType real = DataType::doubleType();
  DataType sum = real;
  DataType type = real;
  BoundAggregate bound{.type = real, .argumentTypes = {argument}, .buffer = {}, .make = nullptr};
  switch (argument.kind()) {
    case TypeKind::kByte:
      bound.make = averageOf<int8_t, double>(argument, sum, type, onOverflow);
      break;
    case TypeKind::kShort:
      bound.make = averageOf<int16_t, double>(argument, sum, type, onOverflow);
      break;
    case TypeKind::kInteger:
      bound.make = averageOf<int32_t, double>(argument, sum, type, onOverflow);
      break;
    case TypeKind::kLong:
      bound.make = averageOf<int64_t, double>(argument, sum, type, onOverflow);
      break;
    case TypeKind::kFloat:
      bound.make = averageOf<float, double>(argument, sum, type, onOverflow);
      break;
    case TypeKind::kDouble:
      bound.make = averageOf<double, double>(argument, sum, type, onOverflow);
      break;
    case TypeKind::kDecimal:
      type = adjustedDecimal(argument.precision() + 4, argument.scale() + 4);
      if (argument.precision() + 4 <= kMaxDoubleDigits) {
        bound.make = [=](const SessionSettings&) {
          return std::make_unique<UnscaledAccumulator>(
              std::make_unique<AverageAccumulator<Int128, double>>(argument, real, real,
                                                                   onOverflow),
              [=](const ArrayPtr& averages) {
                return decimalAverages(averages, argument.scale(), type, onOverflow);
              });
        };
        break;
      }
      sum = boundedDecimal(argument.precision() + 10, argument.scale());
      bound.make = averageOf<Int128, Int128>(argument, sum, type, onOverflow);
      break;
    case TypeKind::kYearMonthInterval:
      sum = type = DataType::yearMonthIntervalType();
      bound.make = averageOf<int32_t, int32_t>(argument, sum, type, onOverflow);
      break;
    default:
      sum = type = DataType::dayTimeIntervalType();
      bound.make = averageOf<int64_t, int64_t>(argument, sum, type, onOverflow);
  }
  bound.type = type;
  bound.buffer = {{"sum", sum}, {"count", DataType::longType(), false}};
  return bound;
}

Result<BoundAggregate> bindProduct(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return BoundAggregate{
      .type = DataType::doubleType(),
      .argumentTypes = {DataType::doubleType()},
      .buffer = {{"product", DataType::doubleType()}},
      .make = [](const SessionSettings&) { return std::make_unique<ProductAccumulator>(); }};
}

constexpr std::array<AggregateFunction, 6> kFunctions = {{
    {"avg", bindAverage},
    {"mean", bindAverage},
    {"product", bindProduct},
    {"sum", bindSum},
    {"try_avg", bindAverage},
    {"try_sum", bindSum},
}};

}  // namespace

std::span<const AggregateFunction> sumAggregates() { return kFunctions; }

}  // namespace spate
