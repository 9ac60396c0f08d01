// count, count_if, approx_count_distinct.
#include <array>
#include <boost/unordered/unordered_flat_set.hpp>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/types/Murmur3.h"

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

/// The distinct hashes of the values: exact but for collisions of 64 bits.
class DistinctAccumulator final : public Accumulator {
 public:
  explicit DistinctAccumulator(DataType type) : type_(std::move(type)) {}

  void resize(size_t groups) override { hashes_.resize(groups); }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<Datum> rows(arguments[0], type_);
    forEachValue(rows, groups, [this](uint32_t group, const Datum& value) {
      const auto low = static_cast<uint32_t>(murmur3(type_, value, kMurmur3Seed));
      const auto high = static_cast<uint32_t>(murmur3(type_, value, ~kMurmur3Seed));
      hashes_[group].insert(static_cast<int64_t>((uint64_t{high} << 32) | low));
    });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<Datum> rows{arrow::Datum(buffers[0]), bufferType()};
    forEachValue(rows, groups, [this](uint32_t group, const Datum& value) {
      for (const Datum& hash : *value.as<Row>()) hashes_[group].insert(*hash.as<int64_t>());
    });
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<Datum> rows;
    for (const auto& group : hashes_) {
      Row hashes;
      for (const int64_t hash : group) hashes.emplace_back(hash);
      rows.emplace_back(std::move(hashes));
    }
    SPATE_ASSIGN_OR_FAIL(auto column, columnOf(rows, bufferType()));
    return std::vector<ArrayPtr>{std::move(column)};
  }

  Result<ArrayPtr> results() const override {
    std::vector<int64_t> counts;
    for (const auto& group : hashes_) counts.push_back(static_cast<int64_t>(group.size()));
    return groupColumn(counts, {}, DataType::longType());
  }

  static DataType bufferType() { return DataType::arrayOf(DataType::longType(), false); }

 private:
  DataType type_;
  std::vector<boost::unordered_flat_set<int64_t>> hashes_;
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

Result<BoundAggregate> bindDistinct(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  BoundAggregate bound{.type = DataType::longType(),
                       .nullable = false,
                       .argumentTypes = {},
                       .buffer = {{"hashes", DistinctAccumulator::bufferType(), false}},
                       .make = [type = arguments[0].type](const SessionSettings&) {
                         return std::make_unique<DistinctAccumulator>(type);
                       }};
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  if (arguments.size() == 2) {
    bound.sql = std::string(name) + "(" + arguments[0].sql + ")";
    bound.argumentTypes[1] = DataType::doubleType();
  }
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
