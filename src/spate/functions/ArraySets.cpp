#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <utility>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/ElementOrder.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

/// Calls row(i, lists) for each row whose arrays are not null.
template <class RowFunction>
Result<arrow::Datum> pickRows(Arguments values, int64_t rows,
                              const std::shared_ptr<arrow::DataType>& type,
                              const ArrayPtr& elements, RowFunction&& row) {
  const bool isScalar = areAllScalar(values);
  const ArgumentColumns in = argumentColumns(values);
  ListPicker lists(type, elements);
  for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
    bool isNull = false;
    for (const ArgumentColumn& column : in) isNull = isNull || column.isNull(i);
    if (isNull) {
      lists.endNullRow();
      continue;
    }
    row(in, i, lists);
    lists.endRow();
  }
  SPATE_ASSIGN_OR_FAIL(ArrayPtr made, lists.finish());
  return datumOf(std::move(made), isScalar);
}

/// The places from `begin` to `end`, one for each different element: the first of it.
void distinctPlaces(const ElementOrder& order, int64_t begin, int64_t end,
                    std::vector<int64_t>& places) {
  std::vector<int64_t> sorted(static_cast<size_t>(end - begin));
  std::iota(sorted.begin(), sorted.end(), begin);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](int64_t a, int64_t b) { return order.compareNullable(a, b) < 0; });
  places.clear();
  for (size_t k = 0; k < sorted.size(); ++k)
    if (k == 0 || order.compareNullable(sorted[k - 1], sorted[k]) != 0) places.push_back(sorted[k]);
  std::sort(places.begin(), places.end());
}

Result<BoundFunction> bindOneArray(std::string_view name, std::span<const Argument> arguments) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  if (!arguments[0].type.is(TypeKind::kArray))
    return failure(unexpectedInputType(name, arguments, 0, "\"ARRAY\""));
  BoundFunction bound;
  bound.type = arguments[0].type;
  bound.argumentTypes = {bound.type};
  bound.nullable = arguments[0].nullable;
  return bound;
}

Result<BoundFunction> bindDistinct(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindOneArray(name, arguments));
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn arrays(values[0]);
    const ArrayPtr& elements = elementsOf(arrays);
    SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*elements, *elements));
    std::vector<int64_t> places;
    return pickRows(values, rows, type, elements,
                    [&](const ArgumentColumns& in, int64_t i, ListPicker& lists) {
                      distinctPlaces(*order, in[0].begin(i), in[0].end(i), places);
                      for (const int64_t place : places) lists.pick(place);
                    });
  };
  return bound;
}

Result<BoundFunction> bindCompact(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindOneArray(name, arguments));
  bound.type = DataType::arrayOf(bound.type.elementType(), false);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn arrays(values[0]);
    const ArrayPtr& elements = elementsOf(arrays);
    return pickRows(values, rows, type, elements,
                    [&](const ArgumentColumns& in, int64_t i, ListPicker& lists) {
                      for (int32_t k = in[0].begin(i); k < in[0].end(i); ++k)
                        if (elements->IsValid(k)) lists.pick(k);
                    });
  };
  return bound;
}

Result<BoundFunction> bindShuffle(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindOneArray(name, arguments.first(1)));
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  uint64_t seed = std::random_device{}();
  if (arguments.size() > 1) {
    bound.argumentTypes.push_back(DataType::longType());
    const auto& constant = arguments[1].constant;
    if (!constant) return failure(nonFoldableInput(name, arguments, 1, "seed", "BIGINT"));
    if (const auto* given = constant->as<int64_t>()) seed = static_cast<uint64_t>(*given);
    if (const auto* given = constant->as<int32_t>()) seed = static_cast<uint64_t>(*given);
  }
  bound.isDeterministic = false;
  bound.isFoldable = false;
  bound.kernel = [type, seed](EvalContext& context, Arguments values,
                              int64_t rows) -> Result<arrow::Datum> {
    std::mt19937_64 engine(seed + static_cast<uint64_t>(context.partition) * 1'000'003U +
                           static_cast<uint64_t>(context.rowsBefore));
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr stretchedLists, stretched(values[0], rows));
    const ArgumentColumn arrays(stretchedLists);
    const arrow::Datum asColumn(stretchedLists);
    std::vector<int64_t> places;
    return pickRows(std::span(&asColumn, 1), rows, type, elementsOf(arrays),
                    [&](const ArgumentColumns& in, int64_t i, ListPicker& lists) {
                      places.resize(static_cast<size_t>(in[0].size(i)));
                      std::iota(places.begin(), places.end(), in[0].begin(i));
                      std::shuffle(places.begin(), places.end(), engine);
                      for (const int64_t place : places) lists.pick(place);
                    });
  };
  return bound;
}

/// sort_array(array, ascending): nulls first when ascending, last when not.
/// array_sort(array) without a comparator: ascending, nulls last.
Result<BoundFunction> bindSort(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  const bool isArraySort = name == "array_sort";
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, isArraySort ? 1 : 2));
  if (!arguments[0].type.is(TypeKind::kArray))
    return failure(unexpectedInputType(name, arguments, 0, "\"ARRAY\""));
  BoundFunction bound;
  bound.type = arguments[0].type;
  SPATE_FAIL_IF_ERROR(requireOrderable(name, arguments, bound.type.elementType()));
  bound.argumentTypes = {bound.type};
  bound.nullable = arguments[0].nullable;
  if (arguments.size() == 2) {
    if (!arguments[1].type.is(TypeKind::kBoolean))
      return failure(unexpectedInputType(name, arguments, 1, "\"BOOLEAN\""));
    bound.argumentTypes.push_back(DataType::booleanType());
  } else if (!isArraySort) {
    bound.sql = "sort_array(" + arguments[0].sql + ", true)";
  }
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, isArraySort](EvalContext&, Arguments values,
                                     int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn arrays(values[0]);
    const ArrayPtr& elements = elementsOf(arrays);
    SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*elements, *elements));
    std::vector<int64_t> places;
    return pickRows(values, rows, type, elements,
                    [&](const ArgumentColumns& in, int64_t i, ListPicker& lists) {
                      const bool ascending = in.size() < 2 || in[1].boolean(i);
                      places.resize(static_cast<size_t>(in[0].size(i)));
                      std::iota(places.begin(), places.end(), in[0].begin(i));
                      std::stable_sort(places.begin(), places.end(), [&](int64_t a, int64_t b) {
                        const bool aNull = order->isLeftNull(a);
                        const bool bNull = order->isLeftNull(b);
                        if (aNull || bNull) {
                          if (aNull == bNull) return false;
                          return isArraySort || !ascending ? bNull : aNull;
                        }
                        const int sign = order->compare(a, b);
                        return ascending ? sign < 0 : sign > 0;
                      });
                      for (const int64_t place : places) lists.pick(place);
                    });
  };
  return bound;
}

/// Two arrays with one element type; the elements of both in one child: first those of the left.
struct TwoArrays {
  ArgumentColumn left;
  ArgumentColumn right;
  std::unique_ptr<ElementOrder> order;  // left with right

  static Result<TwoArrays> make(Arguments values) {
    ArgumentColumn left(values[0]);
    ArgumentColumn right(values[1]);
    SPATE_ASSIGN_OR_FAIL(auto order, ElementOrder::make(*elementsOf(left), *elementsOf(right)));
    return TwoArrays{std::move(left), std::move(right), std::move(order)};
  }
};

Result<DataType> commonArrayType(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  const DataType& left = arguments[0].type;
  const DataType& right = arguments[1].type;
  if (left.is(TypeKind::kArray) && right.is(TypeKind::kArray)) {
    if (const auto element = commonType(left.elementType(), right.elementType(), settings)) {
      SPATE_FAIL_IF_ERROR(requireOrderable(name, arguments, *element));
      return *element;
    }
  }
  return failure(dataTypeMismatch(
      "BINARY_ARRAY_DIFF_TYPES", name, arguments,
      fmt::format("Input to function `{}` should have been two \"ARRAY\" with same element type, "
                  "but it's [{}, {}].",
                  name, quotedType(left), quotedType(right)),
      {{"functionName", fmt::format("`{}`", name)},
       {"arrayType", "\"ARRAY\""},
       {"leftType", quotedType(left)},
       {"rightType", quotedType(right)}}));
}

bool isInRight(const TwoArrays& arrays, int64_t leftPlace, int64_t row) {
  for (int32_t k = arrays.right.begin(row); k < arrays.right.end(row); ++k)
    if (arrays.order->compareNullable(leftPlace, k) == 0) return true;
  return false;
}

/// array_intersect and array_except: different elements of the left that are, or are not, in the
/// right.
template <bool kKeep>
Result<BoundFunction> bindFiltered(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType element, commonArrayType(name, arguments, settings));
  const bool leftNull = arguments[0].type.containsNull();
  const bool rightNull = arguments[1].type.containsNull();
  BoundFunction bound;
  bound.type = DataType::arrayOf(element, kKeep ? leftNull && rightNull : leftNull);
  bound.argumentTypes = {DataType::arrayOf(element, leftNull),
                         DataType::arrayOf(element, rightNull)};
  bound.nullable = anyNullable(arguments);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(const TwoArrays arrays, TwoArrays::make(values));
    const ArrayPtr& elements = elementsOf(arrays.left);
    SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*elements, *elements));
    std::vector<int64_t> places;
    return pickRows(values, rows, type, elements,
                    [&](const ArgumentColumns& in, int64_t i, ListPicker& lists) {
                      distinctPlaces(*order, in[0].begin(i), in[0].end(i), places);
                      for (const int64_t place : places)
                        if (isInRight(arrays, place, i) == kKeep) lists.pick(place);
                    });
  };
  return bound;
}

Result<BoundFunction> bindUnion(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType element, commonArrayType(name, arguments, settings));
  BoundFunction bound;
  bound.type = DataType::arrayOf(
      element, arguments[0].type.containsNull() || arguments[1].type.containsNull());
  bound.argumentTypes = {bound.type, bound.type};
  bound.nullable = anyNullable(arguments);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    SPATE_ASSIGN_OR_FAIL(const TwoArrays arrays, TwoArrays::make(values));
    // Both arrays one behind the other, then the different elements of that.
    ListMaker together(type);
    const int64_t count = isScalar ? 1 : rows;
    for (int64_t i = 0; i < count; ++i) {
      if (arrays.left.isNull(i) || arrays.right.isNull(i)) {
        together.endNullRow();
        continue;
      }
      together.append(*elementsOf(arrays.left), arrays.left.begin(i), arrays.left.size(i));
      together.append(*elementsOf(arrays.right), arrays.right.begin(i), arrays.right.size(i));
      together.endRow();
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr joined, together.finish());
    const ArgumentColumn lists(joined);
    const ArrayPtr& elements = elementsOf(lists);
    SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*elements, *elements));
    std::vector<int64_t> places;
    const arrow::Datum asColumn(joined);
    SPATE_ASSIGN_OR_FAIL(arrow::Datum made,
                         pickRows(std::span(&asColumn, 1), count, type, elements,
                                  [&](const ArgumentColumns& in, int64_t i, ListPicker& out) {
                                    distinctPlaces(*order, in[0].begin(i), in[0].end(i), places);
                                    for (const int64_t place : places) out.pick(place);
                                  }));
    return datumOf(made.make_array(), isScalar);
  };
  return bound;
}

Result<arrow::Datum> overlapRows(EvalContext&, Arguments arguments, int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(const TwoArrays arrays, TwoArrays::make(arguments));
  return forEachRow<arrow::BooleanBuilder>(
      arguments, rows, arrow::boolean(),
      [&](const ArgumentColumns& in, int64_t i, arrow::BooleanBuilder& out) {
        bool hasNull = false;
        for (int32_t j = in[1].begin(i); j < in[1].end(i); ++j)
          hasNull = hasNull || arrays.order->isRightNull(j);
        for (int32_t k = in[0].begin(i); k < in[0].end(i); ++k) {
          if (arrays.order->isLeftNull(k)) {
            hasNull = true;
          } else if (isInRight(arrays, k, i)) {
            out.UnsafeAppend(true);
            return;
          }
        }
        if (hasNull && in[0].size(i) > 0 && in[1].size(i) > 0) {
          out.UnsafeAppendNull();
        } else {
          out.UnsafeAppend(false);
        }
      });
}

Result<BoundFunction> bindOverlap(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType element, commonArrayType(name, arguments, settings));
  BoundFunction bound;
  bound.type = DataType::booleanType();
  bound.argumentTypes = {DataType::arrayOf(element), DataType::arrayOf(element)};
  bound.kernel = &overlapRows;
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"array_compact", bindCompact},
    {"array_distinct", bindDistinct},
    {"array_except", bindFiltered<false>},
    {"array_intersect", bindFiltered<true>},
    {"array_union", bindUnion},
    {"arrays_overlap", bindOverlap},
    {"shuffle", bindShuffle},
    {"sort_array", bindSort},
};

}  // namespace

Result<BoundFunction> bindArraySort(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings& settings) {
  return bindSort(name, arguments, settings);
}

std::span<const ScalarFunction> arraySetFunctions() { return kFunctions; }

}  // namespace spate
