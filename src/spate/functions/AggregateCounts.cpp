// count, count_if, approx_count_distinct.
#include <array>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/HyperLogLog.h"
#include "spate/functions/XxHash64.h"
#include "spate/types/CastText.h"

namespace spate {
namespace {

/// Rows in which no argument is null; `counts true`: rows in which the one argument is true.
class CountAccumulator final : public Accumulator {
 public:
  CountAccumulator(std::vector<DataType> types, bool countsTrue)
      : types_(std::move(types)), countsTrue_(countsTrue) {}

  void resize(size_t groups) override { counts_.resize(groups); }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    if (countsTrue_) {
      const Rows<bool> rows(arguments[0], types_[0]);
      forEachValue(rows, groups,
                   [this](uint32_t group, bool value) { counts_[group] += value ? 1 : 0; });
      return {};
    }
    SPATE_ASSIGN_OR_RETURN(const Validity validity,
                           commonValidity(arguments, static_cast<int64_t>(groups.size())));
    if (validity.isAllNull) return {};
    if (validity.bitmap == nullptr) {
      for (const uint32_t group : groups) ++counts_[group];
      return {};
    }
    const uint8_t* bits = validity.bitmap->data();
    for (size_t i = 0; i < groups.size(); ++i) {
      counts_[groups[i]] += arrow::bit_util::GetBit(bits, static_cast<int64_t>(i)) ? 1 : 0;
    }
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<int64_t> counts{arrow::Datum(buffers[0]), DataType::longType()};
    forEachValue(counts, groups,
                 [this](uint32_t group, int64_t count) { counts_[group] += count; });
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    SPATE_ASSIGN_OR_FAIL(auto column, results());
    return std::vector<ArrayPtr>{std::move(column)};
  }
  Result<ArrayPtr> results() const override {
    return groupColumn(counts_, {}, DataType::longType());
  }

 private:
  std::vector<DataType> types_;
  bool countsTrue_;
  std::vector<int64_t> counts_;
};

/// About how many distinct values there are. Buffer: the words of a HyperLogLog.
class DistinctAccumulator final : public Accumulator {
 public:
  DistinctAccumulator(DataType type, HyperLogLog sketches)
      : type_(std::move(type)), sketches_(sketches) {}

  void resize(size_t groups) override {
    groups_ = groups;
    words_.resize(groups * sketches_.words());
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    withValueType(type_, [&]<class T>(const T&) {
      forEachValue(Rows<T>(arguments[0], type_), groups, [&](uint32_t group, const auto& value) {
        sketches_.add(static_cast<uint64_t>(hashOf(value)), sketchOf(group));
      });
    });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const size_t words = sketches_.words();
    for (size_t word = 0; word < words; ++word) {
      const Rows<int64_t> rows{arrow::Datum(buffers[word]), DataType::longType()};
      forEachValue(rows, groups, [&](uint32_t group, int64_t more) {
        uint64_t& mine = words_[group * words + word];
        mine = HyperLogLog::joined(mine, static_cast<uint64_t>(more));
      });
    }
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    const size_t words = sketches_.words();
    std::vector<ArrayPtr> columns;
    std::vector<int64_t> column(groups_);
    for (size_t word = 0; word < words; ++word) {
      for (size_t group = 0; group < groups_; ++group)
        column[group] = static_cast<int64_t>(words_[group * words + word]);
      SPATE_ASSIGN_OR_FAIL(auto made, groupColumn(column, {}, DataType::longType()));
      columns.push_back(std::move(made));
    }
    return columns;
  }

  Result<ArrayPtr> results() const override {
    std::vector<int64_t> counts(groups_);
    const size_t words = sketches_.words();
    for (size_t group = 0; group < groups_; ++group)
      counts[group] = sketches_.estimate(std::span(words_).subspan(group * words, words));
    return groupColumn(counts, {}, DataType::longType());
  }

 private:
  std::span<uint64_t> sketchOf(uint32_t group) {
    return std::span(words_).subspan(group * sketches_.words(), sketches_.words());
  }
  template <class T>
  int64_t hashOf(const T& value) const {
    if constexpr (std::is_same_v<T, Datum>) {
      return xxHash64(type_, value, kXxHash64Seed);
    } else if constexpr (std::is_same_v<T, Int128>) {
      return xxHash64(type_, Datum(Decimal{value}), kXxHash64Seed);
    } else {
      return xxHash64(value, kXxHash64Seed);
    }
  }

  DataType type_;
  HyperLogLog sketches_;
  size_t groups_ = 0;
  std::vector<uint64_t> words_;
};

Result<BoundAggregate> bindCount(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  const bool countsTrue = name == "count_if";
  if (countsTrue) {
    SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  } else if (arguments.empty()) {
    return failure(wrongNumArgs(name, "> 0", 0));
  }
  std::vector<DataType> types;
  for (const Argument& argument : arguments) types.push_back(argument.type);
  if (countsTrue) types[0] = DataType::booleanType();
  return BoundAggregate{.type = DataType::longType(),
                        .nullable = false,
                        .argumentTypes = types,
                        .buffer = {{"count", DataType::longType(), false}},
                        .make = [types, countsTrue](const SessionSettings&) {
                          return std::make_unique<CountAccumulator>(types, countsTrue);
                        }};
}

/// The precision for the second argument of approx_count_distinct.
Result<int> precisionOf(std::span<const Argument> arguments) {
  double deviation = 0.05;
  if (arguments.size() == 2) {
    const Argument& argument = arguments[1];
    const Datum value = argument.constant.value_or(Datum());
    if (const auto* real = value.as<double>()) {
      deviation = *real;
    } else if (const auto* decimal = value.as<Decimal>()) {
      deviation = decimalToDouble(decimal->unscaled, argument.type.scale());
    } else {
      return failure(Status::invalidArgument("The second argument should be a double literal.")
                         .withErrorClass("_LEGACY_ERROR_TEMP_1104", ""));
    }
  }
  const double precision = HyperLogLog::precisionFor(deviation).value_or(0);
  if (precision < HyperLogLog::kLeastPrecision)
    return failure(
        Status::invalidArgument("Failed preparing of the function `approx_count_distinct` for "
                                "call. Please, double check function's arguments.")
            .withErrorClass("FAILED_FUNCTION_CALL", "38000",
                            {{"funcName", "`approx_count_distinct`"}}));
  if (precision > HyperLogLog::kMostPrecision)
    return failure(Status::unsupported(
        "approx_count_distinct with a relative standard deviation below 0.0022; ask for a larger "
        "one, or count(DISTINCT ...) where the input is no stream"));
  return static_cast<int>(precision);
}

Result<BoundAggregate> bindDistinct(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  SPATE_ASSIGN_OR_FAIL(const int precision, precisionOf(arguments));
  const HyperLogLog sketches(precision);
  BoundAggregate bound{.type = DataType::longType(),
                       .nullable = false,
                       .argumentTypes = {},
                       .buffer = {},
                       .make = [type = arguments[0].type, sketches](const SessionSettings&) {
                         return std::make_unique<DistinctAccumulator>(type, sketches);
                       }};
  for (size_t word = 0; word < sketches.words(); ++word)
    bound.buffer.push_back({"MS[" + std::to_string(word) + "]", DataType::longType(), false});
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  if (arguments.size() == 2) bound.sql = std::string(name) + "(" + arguments[0].sql + ")";
  return bound;
}

constexpr std::array<AggregateFunction, 3> kFunctions = {{
    {"approx_count_distinct", bindDistinct},
    {"count", bindCount},
    {"count_if", bindCount},
}};

}  // namespace

std::span<const AggregateFunction> countAggregates() { return kFunctions; }

}  // namespace spate
