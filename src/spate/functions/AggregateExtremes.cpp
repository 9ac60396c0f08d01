// min, max, min_by, max_by, first, last, any_value, and the tests of booleans.
#include <array>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/OrderedDatum.h"
#include "spate/functions/Ordering.h"

namespace spate {
namespace {

/// Below, equal to or above 0.
template <class A, class B>
int compareRead(const A& a, const B& b, const DataType& type) {
  if constexpr (std::is_floating_point_v<A>) {
    return compareFloats(a, b);
  } else if constexpr (std::is_same_v<B, Datum>) {
    return compareDatums(a, b, type);
  } else {
    return a < b ? -1 : (b < a ? 1 : 0);
  }
}

/// The greatest or least value. Buffer: the value.
template <class T>
class ExtremeAccumulator final : public SelfMergingAccumulator {
 public:
  ExtremeAccumulator(DataType type, bool isMax) : type_(std::move(type)), isMax_(isMax) {}

  void resize(size_t groups) override {
    values_.resize(groups);
    seen_.resize(groups);
  }
  Result<ArrayPtr> results() const override { return storedColumn<T>(values_, seen_, type_); }

 private:
  void take(const arrow::Datum& value, std::span<const uint32_t> groups) override {
    const Rows<T> rows(value, type_);
    if (isMax_) {
      takeBetter(rows, groups,
                 [this](const auto& a, const auto& b) { return compareRead(a, b, type_) > 0; });
    } else {
      takeBetter(rows, groups,
                 [this](const auto& a, const auto& b) { return compareRead(a, b, type_) < 0; });
    }
  }

  template <class Better>
  void takeBetter(const Rows<T>& rows, std::span<const uint32_t> groups, Better better) {
    forEachValue(rows, groups, [&](uint32_t group, const auto& value) {
      if (seen_[group] != 0 && !better(value, values_[group])) return;
      values_[group] = value;
      seen_[group] = 1;
    });
  }

  DataType type_;
  bool isMax_;
  std::vector<Stored<T>> values_;
  std::vector<uint8_t> seen_;
};

/// The value of the row whose ordering is the greatest or least. Buffer: value, ordering.
class ExtremeByAccumulator final : public Accumulator {
 public:
  ExtremeByAccumulator(DataType type, DataType ordering, bool isMax)
      : type_(std::move(type)), ordering_(std::move(ordering)), isMax_(isMax) {}

  void resize(size_t groups) override {
    values_.resize(groups);
    orderings_.resize(groups);
  }
  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<Datum> values(arguments[0], type_);
    const Rows<Datum> orderings(arguments[1], ordering_);
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (orderings.isNull(row)) continue;
      Datum ordering = orderings[row];
      Datum& best = orderings_[groups[i]];
      if (!best.isNull()) {
        const int order = compareDatums(ordering, best, ordering_);
        if (isMax_ ? order < 0 : order > 0) continue;
      }
      best = std::move(ordering);
      values_[groups[i]] = values[row];
    }
    return {};
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const std::array<arrow::Datum, 2> both = {arrow::Datum(buffers[0]), arrow::Datum(buffers[1])};
    const SessionSettings settings;
    EvalContext context{.settings = settings};
    return update(context, both, groups);
  }
  Result<std::vector<ArrayPtr>> buffers() const override {
    SPATE_ASSIGN_OR_FAIL(auto values, results());
    SPATE_ASSIGN_OR_FAIL(auto orderings, columnOf(orderings_, ordering_));
    return std::vector<ArrayPtr>{std::move(values), std::move(orderings)};
  }
  Result<ArrayPtr> results() const override { return columnOf(values_, type_); }

 private:
  DataType type_;
  DataType ordering_;
  bool isMax_;
  std::vector<Datum> values_;
  std::vector<Datum> orderings_;
};

/// first, last, any_value. Buffer: the value, valueSet.
template <class T>
class FirstAccumulator final : public Accumulator {
 public:
  FirstAccumulator(DataType type, bool isLast, bool ignoresNulls)
      : type_(std::move(type)), isLast_(isLast), ignoresNulls_(ignoresNulls) {}

  void resize(size_t groups) override {
    values_.resize(groups);
    present_.resize(groups);
    set_.resize(groups);
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<T> rows(arguments[0], type_);
    for (size_t i = 0; i < groups.size(); ++i) take(rows, static_cast<int64_t>(i), groups[i]);
    return {};
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<T> rows{arrow::Datum(buffers[0]), type_};
    const Rows<bool> set{arrow::Datum(buffers[1]), DataType::booleanType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (set[row]) take(rows, row, groups[i]);
    }
    return {};
  }
  Result<std::vector<ArrayPtr>> buffers() const override {
    SPATE_ASSIGN_OR_FAIL(auto values, results());
    SPATE_ASSIGN_OR_FAIL(auto set, flagColumn(set_));
    return std::vector<ArrayPtr>{std::move(values), std::move(set)};
  }
  Result<ArrayPtr> results() const override { return storedColumn<T>(values_, present_, type_); }

 private:
  void take(const Rows<T>& rows, int64_t row, uint32_t group) {
    if (!isLast_ && set_[group] != 0) return;
    const bool isNull = rows.isNull(row);
    if (isNull && ignoresNulls_) return;
    set_[group] = 1;
    present_[group] = isNull ? 0 : 1;
    if (!isNull) values_[group] = rows[row];
  }

  DataType type_;
  bool isLast_;
  bool ignoresNulls_;
  std::vector<Stored<T>> values_;
  std::vector<uint8_t> present_;
  std::vector<uint8_t> set_;
};

Result<BoundAggregate> bindExtreme(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType type = arguments[0].type;
  if (!isOrderable(type)) {
    return failure(invalidOrderingType(name, callText(name, arguments), type));
  }
  return BoundAggregate{
      .type = type,
      .argumentTypes = {type},
      .buffer = {{std::string(name), type}},
      .make = [type, isMax = name == "max"](const SessionSettings&) {
        return withValueType(type, [&](auto zero) -> std::unique_ptr<Accumulator> {
          return std::make_unique<ExtremeAccumulator<decltype(zero)>>(type, isMax);
        });
      }};
}

/// bool_and is the least, bool_or the greatest of booleans.
Result<BoundAggregate> bindBoolean(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType type = DataType::booleanType();
  const bool isMax = name == "bool_or" || name == "some" || name == "any";
  return BoundAggregate{.type = type,
                        .argumentTypes = {type},
                        .buffer = {{isMax ? "max" : "min", type}},
                        .make = [type, isMax](const SessionSettings&) {
                          return std::make_unique<ExtremeAccumulator<bool>>(type, isMax);
                        }};
}

Result<BoundAggregate> bindExtremeBy(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const DataType type = arguments[0].type;
  const DataType ordering = arguments[1].type;
  if (!isOrderable(ordering)) {
    return failure(invalidOrderingType(name, callText(name, arguments), ordering));
  }
  return BoundAggregate{
      .type = type,
      .argumentTypes = {type, ordering},
      .buffer = {{"valueWithExtremumOrdering", type}, {"extremumOrdering", ordering}},
      .make = [type, ordering, isMax = name == "max_by"](const SessionSettings&) {
        return std::make_unique<ExtremeByAccumulator>(type, ordering, isMax);
      }};
}

Result<BoundAggregate> bindFirst(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  const std::string sql = std::string(name) + "(" + arguments[0].sql + ")";
  bool ignoresNulls = false;
  if (arguments.size() == 2) {
    const bool* flag = arguments[1].constant ? arguments[1].constant->as<bool>() : nullptr;
    if (flag == nullptr) return failure(nonFoldableInput(sql, "ignoreNulls", arguments[1]));
    ignoresNulls = *flag;
  }
  const DataType type = arguments[0].type;
  BoundAggregate bound{
      .type = type,
      .argumentTypes = {type},
      .buffer = {{name.starts_with("last") ? "last" : "first", type},
                 {"valueSet", DataType::booleanType(), false}},
      .make =
          [type, ignoresNulls, isLast = name.starts_with("last")](const SessionSettings&) {
            return withValueType(type, [&](auto zero) -> std::unique_ptr<Accumulator> {
              return std::make_unique<FirstAccumulator<decltype(zero)>>(type, isLast, ignoresNulls);
            });
          },
      .sql = sql};
  if (arguments.size() == 2) bound.argumentTypes.push_back(DataType::booleanType());
  return bound;
}

constexpr std::array<AggregateFunction, 14> kFunctions = {{
    {"any", bindBoolean},
    {"any_value", bindFirst},
    {"bool_and", bindBoolean},
    {"bool_or", bindBoolean},
    {"every", bindBoolean},
    {"first", bindFirst},
    {"first_value", bindFirst},
    {"last", bindFirst},
    {"last_value", bindFirst},
    {"max", bindExtreme},
    {"max_by", bindExtremeBy},
    {"min", bindExtreme},
    {"min_by", bindExtremeBy},
    {"some", bindBoolean},
}};

}  // namespace

std::span<const AggregateFunction> extremeAggregates() { return kFunctions; }

}  // namespace spate
