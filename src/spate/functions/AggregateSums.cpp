// sum, avg, their try_ forms, and product.
#include <algorithm>
#include <array>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/DecimalArithmetic.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/TypeCoercion.h"
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

/// The sum of T values, kept as S. Buffer: sum, null before the first value.
template <class T, class S>
class SumAccumulator final : public Accumulator {
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
  Result<std::vector<ArrayPtr>> buffers() const override {
    SPATE_ASSIGN_OR_FAIL(auto column, results());
    return std::vector<ArrayPtr>{std::move(column)};
  }
  Result<ArrayPtr> results() const override {
    if (overflown_.empty()) return groupColumn(sums_, seen_, type_);
    std::vector<uint8_t> present = seen_;
    for (const uint32_t group : overflown_) present[group] = 0;
    return groupColumn(sums_, present, type_);
  }

 private:
  template <class V>
  Status add(const arrow::Datum& values, const DataType& type, std::span<const uint32_t> groups) {
    const Rows<V> rows(values, type);
    S* sums = sums_.data();
    uint8_t* seen = seen_.data();
    if (onOverflow_ == OnOverflow::kNull) {
      forEachValue(rows, groups, [&](uint32_t group, V value) {
        seen[group] = 1;
        if (addTo<S>(sums[group], static_cast<S>(value))) overflown_.push_back(group);
      });
      return {};
    }
    bool overflow = false;
    forEachValue(rows, groups, [&](uint32_t group, V value) {
      seen[group] = 1;
      overflow |= addTo<S>(sums[group], static_cast<S>(value));
    });
    if (!overflow || onOverflow_ == OnOverflow::kWrap) return {};
    return arithmeticOverflow("overflow", "try_add");
  }

  DataType argument_;
  DataType type_;
  OnOverflow onOverflow_;
  std::vector<S> sums_;
  std::vector<uint8_t> seen_;
  std::vector<uint32_t> overflown_;
};

/// The sum of decimals. Buffer: sum (null after an overflow), isEmpty.
class DecimalSumAccumulator final : public Accumulator {
 public:
  DecimalSumAccumulator(DataType type, OnOverflow onOverflow)
      : type_(std::move(type)), limit_(powerOfTen(type_.precision())), onOverflow_(onOverflow) {}

  void resize(size_t groups) override {
    sums_.resize(groups);
    fits_.resize(groups, 1);
    seen_.resize(groups);
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<Int128> rows(arguments[0], type_);
    forEachValue(rows, groups, [&](uint32_t group, Int128 value) { add(group, value); });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<Int128> sums{arrow::Datum(buffers[0]), type_};
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
    SPATE_ASSIGN_OR_FAIL(const auto bits,
                         packBits(empty.data(), static_cast<int64_t>(empty.size())));
    return std::vector<ArrayPtr>{
        std::move(sums),
        makeFixedArray(arrow::boolean(), static_cast<int64_t>(empty.size()), {}, bits)};
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
  void add(uint32_t group, Int128 value) {
    seen_[group] = 1;
    Int128& sum = sums_[group];
    if (__builtin_add_overflow(sum, value, &sum) || sum >= limit_ || sum <= -limit_) {
      fits_[group] = 0;
      sum = 0;
    }
  }

  DataType type_;
  Int128 limit_;
  OnOverflow onOverflow_;
  std::vector<Int128> sums_;
  std::vector<uint8_t> fits_;
  std::vector<uint8_t> seen_;
};

/// sum / count. Buffer: sum (0 at first), count. S is double, or Int128 for decimals.
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
    forEachValue(rows, groups, [&](uint32_t group, T value) {
      if (addTo<S>(sums[group], static_cast<S>(value))) fits_[group] = 0;
      ++counts[group];
    });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<S> sums{arrow::Datum(buffers[0]), sum_};
    const Rows<int64_t> counts{arrow::Datum(buffers[1]), DataType::longType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (sums.isNull(row)) {
        fits_[groups[i]] = 0;
      } else if (addTo<S>(sums_[groups[i]], sums[row])) {
        fits_[groups[i]] = 0;
      }
      counts_[groups[i]] += counts[row];
    }
    return {};
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
        const int scale = type_.is(TypeKind::kDecimal) ? type_.scale() : 0;
        const int sumScale = type_.is(TypeKind::kDecimal) ? sum_.scale() : 0;
        const int precision = type_.is(TypeKind::kDecimal) ? type_.precision() : 38;
        const DecimalArithmetic divide{DecimalOperator::kDivide, sumScale, 0, precision, scale};
        if (fits_[i] == 0 || !divide(sums_[i], counts_[i], averages[i])) {
          if (onOverflow_ == OnOverflow::kError) {
            return failure(decimalOutOfRange("avg", precision, scale));
          }
          present[i] = 0;
        }
      }
    }
    return finish(averages, present);
  }

 private:
  Result<ArrayPtr> finish(const std::vector<S>& averages,
                          const std::vector<uint8_t>& present) const {
    if constexpr (std::is_same_v<S, Int128>) {
      if (type_.is(TypeKind::kDayTimeInterval)) {
        return groupColumn(std::vector<int64_t>(averages.begin(), averages.end()), present, type_);
      }
      if (type_.is(TypeKind::kYearMonthInterval)) {
        return groupColumn(std::vector<int32_t>(averages.begin(), averages.end()), present, type_);
      }
    }
    return groupColumn(averages, present, type_);
  }

  DataType argument_;
  DataType sum_;
  DataType type_;
  OnOverflow onOverflow_;
  std::vector<S> sums_;
  std::vector<int64_t> counts_;
  std::vector<uint8_t> fits_;
};

/// product(double). Buffer: product, null before the first value.
class ProductAccumulator final : public Accumulator {
 public:
  void resize(size_t groups) override {
    products_.resize(groups, 1.0);
    seen_.resize(groups);
  }
  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<double> rows(arguments[0], DataType::doubleType());
    forEachValue(rows, groups, [&](uint32_t group, double value) {
      products_[group] *= value;
      seen_[group] = 1;
    });
    return {};
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<double> rows{arrow::Datum(buffers[0]), DataType::doubleType()};
    forEachValue(rows, groups, [&](uint32_t group, double value) {
      products_[group] *= value;
      seen_[group] = 1;
    });
    return {};
  }
  Result<std::vector<ArrayPtr>> buffers() const override {
    SPATE_ASSIGN_OR_FAIL(auto column, results());
    return std::vector<ArrayPtr>{std::move(column)};
  }
  Result<ArrayPtr> results() const override {
    return groupColumn(products_, seen_, DataType::doubleType());
  }

 private:
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

template <class T, class S>
std::function<std::unique_ptr<Accumulator>(const SessionSettings&)> sumOf(DataType argument,
                                                                          DataType type,
                                                                          OnOverflow onOverflow) {
  return [=](const SessionSettings&) {
    return std::make_unique<SumAccumulator<T, S>>(argument, type, onOverflow);
  };
}

Result<BoundAggregate> bindSum(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType argument, summable(name, arguments));
  const OnOverflow onOverflow = onOverflowOf(name, settings);
  BoundAggregate bound{
      .type = DataType::longType(), .argumentTypes = {argument}, .buffer = {}, .make = nullptr};
  const DataType bigint = DataType::longType();
  const DataType real = DataType::doubleType();
  switch (argument.kind()) {
    case TypeKind::kByte: bound.make = sumOf<int8_t, int64_t>(argument, bigint, onOverflow); break;
    case TypeKind::kShort:
      bound.make = sumOf<int16_t, int64_t>(argument, bigint, onOverflow);
      break;
    case TypeKind::kInteger:
      bound.make = sumOf<int32_t, int64_t>(argument, bigint, onOverflow);
      break;
    case TypeKind::kLong: bound.make = sumOf<int64_t, int64_t>(argument, bigint, onOverflow); break;
    case TypeKind::kFloat:
      bound.type = real;
      bound.make = sumOf<float, double>(argument, real, onOverflow);
      break;
    case TypeKind::kDouble:
      bound.type = real;
      bound.make = sumOf<double, double>(argument, real, onOverflow);
      break;
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDayTimeInterval: {
      const OnOverflow strict = onOverflow == OnOverflow::kNull ? onOverflow : OnOverflow::kError;
      bound.type = argument;
      if (argument.is(TypeKind::kYearMonthInterval)) {
        bound.make = sumOf<int32_t, int32_t>(argument, argument, strict);
      } else {
        bound.make = sumOf<int64_t, int64_t>(argument, argument, strict);
      }
      break;
    }
    default: {
      bound.type = boundedDecimal(argument.precision() + 10, argument.scale());
      bound.buffer = {{"sum", bound.type}, {"isEmpty", DataType::booleanType(), false}};
      bound.make = [type = bound.type, onOverflow](const SessionSettings&) {
        return std::make_unique<DecimalSumAccumulator>(type, onOverflow);
      };
      return bound;
    }
  }
  bound.buffer = {{"sum", bound.type}};
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
      sum = boundedDecimal(argument.precision() + 10, argument.scale());
      type = adjustedDecimal(argument.precision() + 4, argument.scale() + 4);
      bound.make = averageOf<Int128, Int128>(argument, sum, type, onOverflow);
      break;
    default:
      // The sum of an interval is kept in more digits than it has itself.
      sum = DataType::decimalType(38, 0);
      type = argument;
      bound.make = argument.is(TypeKind::kYearMonthInterval)
                       ? averageOf<int32_t, Int128>(argument, sum, type, onOverflow)
                       : averageOf<int64_t, Int128>(argument, sum, type, onOverflow);
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
