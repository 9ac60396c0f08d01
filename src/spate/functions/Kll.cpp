// kll_sketch_get_quantile_bigint and its kin: what is asked of sketches.
#include <arrow/array/array_base.h>
#include <arrow/datum.h>

#include <optional>
#include <string>
#include <vector>

#include "spate/functions/KllFunctions.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/SketchFamilies.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

BoundFunction boundFor(DataType result, std::span<const Argument> arguments,
                       std::vector<DataType> types) {
  BoundFunction bound;
  bound.type = std::move(result);
  for (const Argument& argument : arguments) bound.nullable = bound.nullable || argument.nullable;
  bound.argumentTypes = std::move(types);
  return bound;
}

template <class T>
Result<BoundFunction> bindCount(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  BoundFunction bound = boundFor(DataType::longType(), arguments, {DataType::binaryType()});
  bound.kernel = [function = std::string(name)](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(
        values, rows, DataType::longType(), [&](const auto& in, int64_t i) -> Result<Datum> {
          SPATE_ASSIGN_OR_FAIL(const auto sketch, kllSketchOf<T>(function, in[0].text(i)));
          return Datum(sketch.count());
        });
  };
  return bound;
}

template <class T>
Result<BoundFunction> bindSummary(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  BoundFunction bound = boundFor(DataType::stringType(), arguments, {DataType::binaryType()});
  bound.kernel = [function = std::string(name)](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(
        values, rows, DataType::stringType(), [&](const auto& in, int64_t i) -> Result<Datum> {
          SPATE_ASSIGN_OR_FAIL(const auto sketch, kllSketchOf<T>(function, in[0].text(i)));
          return Datum(sketch.summary());
        });
  };
  return bound;
}

template <class T>
Result<BoundFunction> bindMerge(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  BoundFunction bound =
      boundFor(DataType::binaryType(), arguments, {DataType::binaryType(), DataType::binaryType()});
  bound.kernel = [function = std::string(name)](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(
        values, rows, DataType::binaryType(), [&](const auto& in, int64_t i) -> Result<Datum> {
          SPATE_ASSIGN_OR_FAIL(auto sketch, kllSketchOf<T>(function, in[0].text(i)));
          SPATE_ASSIGN_OR_FAIL(const auto other, kllSketchOf<T>(function, in[1].text(i)));
          sketch.merge(other);
          return Datum(sketch.serialize());
        });
  };
  return bound;
}

Status invalidRank(std::string_view function) {
  const std::string name = "`" + std::string(function) + "`";
  return Status::invalidArgument("For function " + name +
                                 ", the quantile value must be between 0.0 and 1.0 (inclusive).")
      .withErrorClass("KLL_SKETCH_INVALID_QUANTILE_RANGE", "22003", {{"functionName", name}});
}

template <class T>
Result<Datum> quantileOf(const std::string& function, const KllSketch<T>& sketch,
                         const Datum& rank) {
  const double* value = rank.as<double>();
  if (value == nullptr || !(*value >= 0 && *value <= 1)) return failure(invalidRank(function));
  return Datum(sketch.quantile(*value));
}

template <class T>
Result<Datum> rankOf(const std::string& function, const KllSketch<T>& sketch, const Datum& value) {
  const T* quantile = value.as<T>();
  if (quantile == nullptr) return failure(invalidKllBuffer(function));
  return Datum(sketch.rank(*quantile));
}

template <class T>
using Ask = Result<Datum> (*)(const std::string& function, const KllSketch<T>& sketch,
                              const Datum& asked);

/// f(sketch, x) and f(sketch, array of x): one answer, or an array of them.
template <class T>
Result<BoundFunction> bindAsk(std::string_view name, std::span<const Argument> arguments,
                              const DataType& asked, const DataType& answer, Ask<T> ask) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const bool isArray = arguments[1].type.is(TypeKind::kArray);
  const DataType askedType = isArray ? DataType::arrayOf(asked) : asked;
  BoundFunction bound = boundFor(isArray ? DataType::arrayOf(answer) : answer, arguments,
                                 {DataType::binaryType(), askedType});
  bound.kernel = [=, type = bound.type, function = std::string(name)](
                     EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(values, rows, type, [&](const auto& in, int64_t i) -> Result<Datum> {
      SPATE_ASSIGN_OR_FAIL(const auto sketch, kllSketchOf<T>(function, in[0].text(i)));
      if (sketch.isEmpty()) return failure(invalidKllBuffer(function));
      const Datum given = valueAt(in[1].array(), in[1].at(i), askedType);
      if (!isArray) return ask(function, sketch, given);
      Row answers;
      for (const Datum& each : *given.as<Row>()) {
        if (each.isNull()) {
          answers.emplace_back();
          continue;
        }
        SPATE_ASSIGN_OR_FAIL(Datum one, ask(function, sketch, each));
        answers.push_back(std::move(one));
      }
      return Datum(std::move(answers));
    });
  };
  return bound;
}

template <class T>
Result<BoundFunction> bindQuantile(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  return bindAsk<T>(name, arguments, DataType::doubleType(), KllType<T>::type(), &quantileOf<T>);
}

template <class T>
Result<BoundFunction> bindRank(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  return bindAsk<T>(name, arguments, KllType<T>::type(), DataType::doubleType(), &rankOf<T>);
}

constexpr ScalarFunction kFunctions[] = {
    {"kll_sketch_get_n_bigint", bindCount<int64_t>},
    {"kll_sketch_get_n_double", bindCount<double>},
    {"kll_sketch_get_n_float", bindCount<float>},
    {"kll_sketch_get_quantile_bigint", bindQuantile<int64_t>},
    {"kll_sketch_get_quantile_double", bindQuantile<double>},
    {"kll_sketch_get_quantile_float", bindQuantile<float>},
    {"kll_sketch_get_rank_bigint", bindRank<int64_t>},
    {"kll_sketch_get_rank_double", bindRank<double>},
    {"kll_sketch_get_rank_float", bindRank<float>},
    {"kll_sketch_merge_bigint", bindMerge<int64_t>},
    {"kll_sketch_merge_double", bindMerge<double>},
    {"kll_sketch_merge_float", bindMerge<float>},
    {"kll_sketch_to_string_bigint", bindSummary<int64_t>},
    {"kll_sketch_to_string_double", bindSummary<double>},
    {"kll_sketch_to_string_float", bindSummary<float>},
};

}  // namespace

std::span<const ScalarFunction> kllFunctions() { return kFunctions; }

}  // namespace spate
