// kll_sketch_agg_* and kll_merge_agg_*.
#include <array>
#include <string>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/KllFunctions.h"
#include "spate/functions/SketchFamilies.h"

namespace spate {
namespace {

/// A sketch a group, of values or of sketches. Buffer: the bytes of the sketch.
template <class T>
class KllAccumulator final : public ResultBufferAccumulator {
 public:
  /// `k` 0: that of the first sketch.
  KllAccumulator(std::string function, bool isMerge, int k)
      : function_(std::move(function)), isMerge_(isMerge), k_(k) {}

  void resize(size_t groups) override {
    sketches_.resize(groups, KllSketch<T>(k_ == 0 ? KllSketch<T>::kDefaultK : k_));
    hasSketch_.resize(groups, 0);
  }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    if (isMerge_) return mergeColumn(arguments[0], groups);
    const Rows<T> rows(arguments[0], KllType<T>::type());
    forEachValue(rows, groups, [this](uint32_t group, T value) { sketches_[group].update(value); });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    return mergeColumn(arrow::Datum(buffers[0]), groups);
  }

  Result<ArrayPtr> results() const override {
    std::vector<Datum> bytes;
    for (const KllSketch<T>& sketch : sketches_) bytes.emplace_back(sketch.serialize());
    return columnOf(bytes, DataType::binaryType());
  }

 private:
  Status mergeColumn(const arrow::Datum& column, std::span<const uint32_t> groups) {
    const Rows<std::string> rows(column, DataType::binaryType());
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row)) continue;
      SPATE_ASSIGN_OR_RETURN(const auto sketch, kllSketchOf<T>(function_, rows[row]));
      const uint32_t group = groups[i];
      if (k_ == 0 && hasSketch_[group] == 0) sketches_[group] = KllSketch<T>(sketch.k());
      hasSketch_[group] = 1;
      sketches_[group].merge(sketch);
    }
    return {};
  }

  std::string function_;
  bool isMerge_;
  int k_;
  std::vector<KllSketch<T>> sketches_;
  /// One of which the k has been taken.
  std::vector<uint8_t> hasSketch_;
};

/// The k of a call; 0: none is given.
Result<int> kOf(std::string_view name, std::span<const Argument> arguments) {
  if (arguments.size() < 2) return 0;
  const std::string sql = callText(name, arguments);
  if (!arguments[1].type.is(TypeKind::kInteger))
    return failure(unexpectedInputType(sql, 1, "\"INT\"", arguments[1]));
  if (!arguments[1].constant) return failure(nonFoldableInput(sql, "k", arguments[1]));
  const int32_t* k = arguments[1].constant->as<int32_t>();
  if (k != nullptr && *k >= KllSketch<double>::kLeastK && *k <= KllSketch<double>::kMostK)
    return *k;
  const std::string message = "[KLL_SKETCH_K_OUT_OF_RANGE] For function `" + std::string(name) +
                              "`, the k parameter must be between 8 and 65535 (inclusive), but "
                              "got " +
                              (k == nullptr ? "null" : std::to_string(*k)) + ". SQLSTATE: 22003";
  return failure(Status::invalidArgument("Cannot resolve " + quoted(sql) +
                                         " due to data type mismatch: " + message + ".")
                     .withErrorClass("DATATYPE_MISMATCH.TYPE_CHECK_FAILURE_WITH_HINT", "42K09",
                                     {{"sqlExpr", quoted(sql)}, {"msg", message}, {"hint", ""}}));
}

template <class T, bool kIsMerge>
Result<BoundAggregate> bindSketch(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  const DataType& given = arguments[0].type;
  const DataType wanted = kIsMerge ? DataType::binaryType() : KllType<T>::type();
  bool fits = given.is(TypeKind::kNull) || given.kind() == wanted.kind();
  std::string required = quotedType(wanted);
  if (!kIsMerge && wanted.is(TypeKind::kLong)) {
    fits = fits || given.isIntegral();
    required = "(\"TINYINT\" or \"INT\" or \"BIGINT\" or \"SMALLINT\")";
  } else if (!kIsMerge && wanted.is(TypeKind::kDouble)) {
    fits = fits || given.is(TypeKind::kFloat);
    required = "(\"FLOAT\" or \"DOUBLE\")";
  }
  if (!fits)
    return failure(unexpectedInputType(callText(name, arguments), 0, required, arguments[0]));
  SPATE_ASSIGN_OR_FAIL(const int k, kOf(name, arguments));
  BoundAggregate bound;
  bound.type = DataType::binaryType();
  bound.nullable = false;
  bound.argumentTypes = {wanted};
  if (arguments.size() == 2) bound.argumentTypes.push_back(arguments[1].type);
  bound.buffer = {{"buf", DataType::binaryType(), false}};
  // A sketch of values has its k from the start; merging takes that of what it merges.
  const int own = k == 0 && !kIsMerge ? KllSketch<T>::kDefaultK : k;
  bound.make = [own, function = std::string(name)](const SessionSettings&) {
    return std::make_unique<KllAccumulator<T>>(function, kIsMerge, own);
  };
  return bound;
}

constexpr std::array<AggregateFunction, 6> kFunctions = {{
    {"kll_merge_agg_bigint", bindSketch<int64_t, true>},
    {"kll_merge_agg_double", bindSketch<double, true>},
    {"kll_merge_agg_float", bindSketch<float, true>},
    {"kll_sketch_agg_bigint", bindSketch<int64_t, false>},
    {"kll_sketch_agg_double", bindSketch<double, false>},
    {"kll_sketch_agg_float", bindSketch<float, false>},
}};

}  // namespace

std::span<const AggregateFunction> kllAggregates() { return kFunctions; }

}  // namespace spate
