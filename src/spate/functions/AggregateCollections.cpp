// collect_list, collect_set, string_agg, mode: what keeps the values themselves.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/OrderedDatum.h"
#include "spate/types/UnsafeRow.h"

namespace spate {
namespace {

/// Spark's serialised form of collected values: the bytes of a row of one array. None for what has
/// no such form, or another: Spark keeps a set of binary values as arrays of bytes.
std::optional<UnsafeRowCodec> codecOf(const DataType& type, bool distinct) {
  if (distinct && type.is(TypeKind::kBinary)) return std::nullopt;
  auto codec =
      UnsafeRowCodec::make(DataType::structOf({{"buf", DataType::arrayOf(type, false), false}}));
  if (!codec) return std::nullopt;
  return *std::move(codec);
}

DataType collectBufferType(const DataType& type, bool distinct) {
  return codecOf(type, distinct) ? DataType::binaryType() : DataType::arrayOf(type, false);
}

/// The values that are not null, in the order of arrival. Buffer: as Spark serialises them, or else
/// one array.
class CollectAccumulator : public Accumulator {
 public:
  CollectAccumulator(DataType type, bool distinct)
      : type_(std::move(type)),
        array_(DataType::arrayOf(type_, false)),
        codec_(codecOf(type_, distinct)),
        distinct_(distinct) {}

  void resize(size_t groups) override {
    values_.resize(groups);
    while (distinct_ && known_.size() < groups) known_.emplace_back(DatumLess{type_});
  }
  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<Datum> rows(arguments[0], type_);
    forEachValue(rows, groups,
                 [this](uint32_t group, Datum value) { add(group, std::move(value)); });
    return {};
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    if (codec_) return mergeBytes(buffers[0], groups);
    const Rows<Datum> rows{arrow::Datum(buffers[0]), array_};
    forEachValue(rows, groups,
                 [this](uint32_t group, const Datum& list) { addAll(group, *list.as<Row>()); });
    return {};
  }
  Result<std::vector<ArrayPtr>> buffers() const override {
    SPATE_ASSIGN_OR_FAIL(auto column, codec_ ? bytes() : lists());
    return std::vector<ArrayPtr>{std::move(column)};
  }
  Result<ArrayPtr> results() const override { return lists(); }

 protected:
  const std::vector<Row>& values() const { return values_; }

 private:
  void add(uint32_t group, Datum value) {
    if (distinct_ && !known_[group].insert(value).second) return;
    values_[group].push_back(std::move(value));
  }
  void addAll(uint32_t group, const Row& list) {
    for (const Datum& value : list) add(group, value);
  }
  Status mergeBytes(const ArrayPtr& buffer, std::span<const uint32_t> groups) {
    const Rows<std::string> rows{arrow::Datum(buffer), DataType::binaryType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row)) continue;
      SPATE_ASSIGN_OR_RETURN(const Row decoded, codec_->decode(rows[row]));
      // A list that nothing was put into may be null in what comes from outside.
      if (const auto* list = decoded[0].as<Row>()) addAll(groups[i], *list);
    }
    return {};
  }
  Result<ArrayPtr> bytes() const {
    std::vector<std::string> texts;
    for (const Row& list : values_) {
      std::string text;
      SPATE_FAIL_IF_ERROR(codec_->encode(Row{Datum(list)}, text));
      texts.push_back(std::move(text));
    }
    return groupColumn(texts, {}, DataType::binaryType());
  }
  Result<ArrayPtr> lists() const {
    std::vector<Datum> lists(values_.begin(), values_.end());
    return columnOf(lists, array_);
  }

  DataType type_;
  DataType array_;
  std::optional<UnsafeRowCodec> codec_;
  bool distinct_;
  std::vector<Row> values_;
  std::vector<std::set<Datum, DatumLess>> known_;
};

/// The texts with a delimiter between them; null without any.
class StringAggregate final : public CollectAccumulator {
 public:
  StringAggregate(DataType type, std::string delimiter)
      : CollectAccumulator(type, false), type_(type), delimiter_(std::move(delimiter)) {}

  Result<ArrayPtr> results() const override {
    std::vector<std::string> texts;
    std::vector<uint8_t> present;
    for (const Row& row : values()) {
      std::string text;
      for (const Datum& value : row) {
        if (&value != &row.front()) text += delimiter_;
        text += *value.as<std::string>();
      }
      texts.push_back(std::move(text));
      present.push_back(row.empty() ? 0 : 1);
    }
    return groupColumn(texts, present, type_);
  }

 private:
  DataType type_;
  std::string delimiter_;
};

/// A key of a map of values: Datum itself converts from too much for std::map.
struct Counted {
  Datum value;
};
struct CountedLess {
  DataType type;
  bool operator()(const Counted& a, const Counted& b) const {
    return compareDatums(a.value, b.value, type) < 0;
  }
};

/// The most frequent value; of several, the least. Buffer: the values with their counts.
class ModeAccumulator final : public Accumulator {
 public:
  explicit ModeAccumulator(DataType type) : type_(std::move(type)) {}

  void resize(size_t groups) override {
    while (counts_.size() < groups) counts_.emplace_back(CountedLess{type_});
  }
  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<Datum> rows(arguments[0], type_);
    forEachValue(rows, groups,
                 [this](uint32_t group, const Datum& value) { ++counts_[group][Counted{value}]; });
    return {};
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<Datum> rows{arrow::Datum(buffers[0]), bufferType(type_)};
    forEachValue(rows, groups, [this](uint32_t group, const Datum& list) {
      for (const Datum& pair : *list.as<Row>()) {
        const Row& parts = *pair.as<Row>();
        counts_[group][Counted{parts[0]}] += *parts[1].as<int64_t>();
      }
    });
    return {};
  }
  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<Datum> lists;
    for (const auto& group : counts_) {
      Row list;
      for (const auto& [key, count] : group) list.emplace_back(Row{key.value, Datum(count)});
      lists.emplace_back(std::move(list));
    }
    SPATE_ASSIGN_OR_FAIL(auto column, columnOf(lists, bufferType(type_)));
    return std::vector<ArrayPtr>{std::move(column)};
  }
  Result<ArrayPtr> results() const override {
    std::vector<Datum> modes;
    for (const auto& group : counts_) {
      Datum best;
      int64_t most = 0;
      for (const auto& [key, count] : group) {
        if (count > most) {
          most = count;
          best = key.value;
        }
      }
      modes.push_back(std::move(best));
    }
    return columnOf(modes, type_);
  }

  static DataType bufferType(const DataType& type) {
    return DataType::arrayOf(
        DataType::structOf({{"value", type}, {"count", DataType::longType(), false}}), false);
  }

 private:
  DataType type_;
  std::vector<std::map<Counted, int64_t, CountedLess>> counts_;
};

Result<BoundAggregate> bindCollect(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType type = arguments[0].type;
  const bool distinct = name == "collect_set";
  if (distinct && type.is(TypeKind::kMap)) {
    return failure(Status::invalidArgument("Cannot resolve \"" + callText(name, arguments) +
                                           "\" due to data type mismatch: The input to the "
                                           "function `collect_set` cannot be of map type.")
                       .withErrorClass("DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE", "42K09",
                                       {{"functionName", "`collect_set`"},
                                        {"dataType", "\"MAP\""},
                                        {"sqlExpr", quoted(callText(name, arguments))}}));
  }
  const DataType list = DataType::arrayOf(type, false);
  return BoundAggregate{
      .type = list,
      .nullable = false,
      .argumentTypes = {type},
      .buffer = {{"buf", collectBufferType(type, distinct), false}},
      .make =
          [type, distinct](const SessionSettings&) {
            return std::make_unique<CollectAccumulator>(type, distinct);
          },
      .sql = name == "array_agg" ? "collect_list(" + arguments[0].sql + ")" : std::string()};
}

Result<BoundAggregate> bindStringAggregate(std::string_view name,
                                           std::span<const Argument> arguments,
                                           const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  const DataType type =
      arguments[0].type.is(TypeKind::kBinary) ? DataType::binaryType() : DataType::stringType();
  std::string delimiter;
  if (arguments.size() == 2) {
    if (!arguments[1].constant) {
      return failure(nonFoldableInput(callText(name, arguments), "delimiter", arguments[1]));
    }
    const auto* text = arguments[1].constant->as<std::string>();
    if (text != nullptr) delimiter = *text;
  }
  BoundAggregate bound{.type = type,
                       .argumentTypes = std::vector<DataType>(arguments.size(), type),
                       .buffer = {{"buf", collectBufferType(type, false), false}},
                       .make = [type, delimiter](const SessionSettings&) {
                         return std::make_unique<StringAggregate>(type, delimiter);
                       }};
  const std::string second = arguments.size() == 2 ? arguments[1].sql : "NULL";
  bound.sql = std::string(name) + "(" + arguments[0].sql + ", " + second + ")";
  return bound;
}

Result<BoundAggregate> bindMode(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  const DataType type = arguments[0].type;
  BoundAggregate bound{
      .type = type,
      .argumentTypes = {type},
      .buffer = {{"buf", ModeAccumulator::bufferType(type), false}},
      .make = [type](const SessionSettings&) { return std::make_unique<ModeAccumulator>(type); }};
  // mode(x, true) takes the least of several, which is what is done without it, too.
  if (arguments.size() == 2) bound.argumentTypes.push_back(DataType::booleanType());
  if (arguments.size() == 2) bound.sql = "mode(" + arguments[0].sql + ")";
  return bound;
}

constexpr std::array<AggregateFunction, 6> kFunctions = {{
    {"array_agg", bindCollect},
    {"collect_list", bindCollect},
    {"collect_set", bindCollect},
    {"listagg", bindStringAggregate},
    {"mode", bindMode},
    {"string_agg", bindStringAggregate},
}};

}  // namespace

std::span<const AggregateFunction> collectAggregates() { return kFunctions; }

}  // namespace spate
