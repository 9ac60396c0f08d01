// collect_list, collect_set, string_agg, mode: what keeps the values themselves.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/OrderedDatum.h"
#include "spate/functions/ValueCounts.h"
#include "spate/types/UnsafeRow.h"

namespace spate {
namespace {

/// Spark's serialised form of collected values: the bytes of a row of one array. None for what has
/// no such form.
std::optional<UnsafeRowCodec> codecOf(const DataType& type) {
  auto codec =
      UnsafeRowCodec::make(DataType::structOf({{"buf", DataType::arrayOf(type, false), false}}));
  if (!codec) return std::nullopt;
  return *std::move(codec);
}

/// Spark keeps a binary value of a set as an array of bytes: their number, a bit each for null, and
/// the bytes, padded to words.
constexpr size_t kWord = sizeof(int64_t);
size_t arrayHeader(size_t bytes) { return kWord + (bytes + 63) / 64 * kWord; }

std::string asUnsafeArray(std::string_view bytes) {
  std::string out((arrayHeader(bytes.size()) + bytes.size() + kWord - 1) / kWord * kWord, '\0');
  const auto count = static_cast<int64_t>(bytes.size());
  std::memcpy(out.data(), &count, sizeof(count));
  out.replace(arrayHeader(bytes.size()), bytes.size(), bytes);
  return out;
}

Result<std::string> fromUnsafeArray(std::string_view array) {
  int64_t count = 0;
  if (array.size() >= kWord) std::memcpy(&count, array.data(), sizeof(count));
  const auto size = static_cast<size_t>(count);
  if (array.size() < kWord || count < 0 || size > array.size() ||
      arrayHeader(size) + size > array.size())
    return failure(Status::corrupt("an array of bytes has no place in " +
                                   std::to_string(array.size()) + " bytes"));
  return std::string(array.substr(arrayHeader(size), size));
}

DataType collectBufferType(const DataType& type) {
  return codecOf(type) ? DataType::binaryType() : DataType::arrayOf(type, false);
}

/// The values that are not null, in the order of arrival. Buffer: as Spark serialises them, or else
/// one array.
class CollectAccumulator : public Accumulator {
 public:
  CollectAccumulator(DataType type, bool distinct)
      : type_(std::move(type)),
        array_(DataType::arrayOf(type_, false)),
        codec_(codecOf(type_)),
        distinct_(distinct),
        asArrays_(distinct && type_.is(TypeKind::kBinary)) {}

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
      const auto* list = decoded[0].as<Row>();
      if (list == nullptr) continue;
      if (!asArrays_) {
        addAll(groups[i], *list);
        continue;
      }
      for (const Datum& value : *list) {
        const auto* array = value.as<std::string>();
        if (array == nullptr) continue;
        SPATE_ASSIGN_OR_RETURN(std::string bytes, fromUnsafeArray(*array));
        add(groups[i], Datum(std::move(bytes)));
      }
    }
    return {};
  }
  Result<ArrayPtr> bytes() const {
    std::vector<std::string> texts;
    for (const Row& list : values_) {
      Row kept = list;
      if (asArrays_) {
        for (Datum& value : kept) value = Datum(asUnsafeArray(*value.as<std::string>()));
      }
      std::string text;
      SPATE_FAIL_IF_ERROR(codec_->encode(Row{Datum(std::move(kept))}, text));
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
  /// The values are arrays of bytes in the buffer.
  bool asArrays_;
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

/// The most frequent value; of several, the least. Buffer: as Spark serialises its map of counts.
template <class T>
class ModeAccumulator final : public Accumulator {
 public:
  ModeAccumulator(DataType type, ValueCountCodec<T> codec)
      : less_{std::move(type)}, codec_(std::move(codec)) {}

  void resize(size_t groups) override { counts_.resize(groups); }
  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<T> rows(arguments[0], less_.type);
    forEachValue(rows, groups, [this](uint32_t group, auto value) {
      counts_[group].add(T(std::move(value)), 1, less_);
    });
    return {};
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<std::string> rows{arrow::Datum(buffers[0]), DataType::binaryType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row)) continue;
      SPATE_RETURN_IF_ERROR(codec_.decode(rows[row], [&](T value, int64_t count) {
        counts_[groups[i]].add(std::move(value), count, less_);
      }));
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
    std::vector<Stored<T>> modes;
    std::vector<uint8_t> present;
    for (const ValueCounts<T>& group : counts_) {
      const std::vector<Counted<T>>& counts = group.sorted(less_);
      const auto best = std::ranges::max_element(counts, {}, &Counted<T>::count);
      present.push_back(best == counts.end() ? 0 : 1);
      modes.push_back(best == counts.end() ? Stored<T>() : Stored<T>(best->value));
    }
    return column(modes, present);
  }

 private:
  Result<ArrayPtr> column(const std::vector<Stored<T>>& modes,
                          const std::vector<uint8_t>& present) const {
    if constexpr (std::is_same_v<T, bool>) {
      std::vector<Datum> flags;
      for (size_t i = 0; i < modes.size(); ++i)
        flags.push_back(present[i] == 0 ? Datum() : Datum(modes[i] != 0));
      return columnOf(flags, less_.type);
    } else {
      return groupColumn(modes, present, less_.type);
    }
  }

  ValueLess less_;
  ValueCountCodec<T> codec_;
  std::vector<ValueCounts<T>> counts_;
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
      .buffer = {{"buf", collectBufferType(type), false}},
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
                       .buffer = {{"buf", collectBufferType(type), false}},
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
  BoundAggregate bound{.type = type,
                       .argumentTypes = {type},
                       .buffer = {{"buf", DataType::binaryType()}},
                       .make = nullptr};
  const auto bindTo = [&](auto zero) -> Status {
    using T = decltype(zero);
    SPATE_ASSIGN_OR_RETURN(const auto codec, ValueCountCodec<T>::make(type));
    bound.make = [=](const SessionSettings&) {
      return std::make_unique<ModeAccumulator<T>>(type, codec);
    };
    return {};
  };
  SPATE_FAIL_IF_ERROR(withValueType(type, bindTo));
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
