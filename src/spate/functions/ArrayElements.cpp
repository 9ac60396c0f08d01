#include <fmt/core.h>

#include <string>
#include <utility>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/ElementOrder.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/MapLookup.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

/// A search of a value among the elements of an array: order compares elements with values.
struct Search {
  const ArgumentColumn& lists;
  const ArgumentColumn& values;
  std::unique_ptr<ElementOrder> order;

  static Result<Search> make(const ArgumentColumns& in) {
    SPATE_ASSIGN_OR_FAIL(auto order, ElementOrder::make(*elementsOf(in[0]), in[1].array()));
    return Search{in[0], in[1], std::move(order)};
  }
  /// The place of the value in its array, from 0; -1: not there; -2: not there, but a null is.
  int64_t find(int64_t row) const {
    bool hasNull = false;
    for (int32_t k = lists.begin(row); k < lists.end(row); ++k) {
      if (order->isLeftNull(k)) {
        hasNull = true;
      } else if (order->compare(k, values.at(row)) == 0) {
        return k - lists.begin(row);
      }
    }
    return hasNull ? -2 : -1;
  }
};

Result<arrow::Datum> containsRows(EvalContext&, Arguments arguments, int64_t rows) {
  const ArgumentColumns in = argumentColumns(arguments);
  SPATE_ASSIGN_OR_FAIL(const Search search, Search::make(in));
  return forEachRow<arrow::BooleanBuilder>(
      arguments, rows, arrow::boolean(),
      [&](const ArgumentColumns&, int64_t i, arrow::BooleanBuilder& out) {
        const int64_t found = search.find(i);
        if (found == -2) {
          out.UnsafeAppendNull();
        } else {
          out.UnsafeAppend(found >= 0);
        }
      });
}

Result<arrow::Datum> positionRows(EvalContext&, Arguments arguments, int64_t rows) {
  const ArgumentColumns in = argumentColumns(arguments);
  SPATE_ASSIGN_OR_FAIL(const Search search, Search::make(in));
  return forEachLong(arguments, rows, [&](const ArgumentColumns&, int64_t i) {
    return std::max<int64_t>(search.find(i), -1) + 1;
  });
}

/// (array, value) with one element type.
template <RowsKernel kKernel>
Result<BoundFunction> bindSearch(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  SPATE_ASSIGN_OR_FAIL(const DataType element, commonElementType(name, arguments, 0, 1, settings));
  SPATE_FAIL_IF_ERROR(requireOrderable(name, arguments, element));
  const bool containsNull = arguments[0].type.containsNull();
  BoundFunction bound;
  bound.type = name == "array_position" ? DataType::longType() : DataType::booleanType();
  bound.argumentTypes = {DataType::arrayOf(element, containsNull), element};
  bound.nullable = anyNullable(arguments) || (containsNull && name != "array_position");
  bound.kernel = kKernel;
  return bound;
}

Result<BoundFunction> bindRemove(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  SPATE_ASSIGN_OR_FAIL(const DataType element, commonElementType(name, arguments, 0, 1, settings));
  BoundFunction bound;
  bound.type = DataType::arrayOf(element, arguments[0].type.containsNull());
  bound.argumentTypes = {bound.type, element};
  bound.nullable = anyNullable(arguments);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    SPATE_ASSIGN_OR_FAIL(const Search search, Search::make(in));
    ListPicker lists(type, elementsOf(in[0]));
    for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
      if (in[0].isNull(i) || in[1].isNull(i)) {
        lists.endNullRow();
        continue;
      }
      for (int32_t k = in[0].begin(i); k < in[0].end(i); ++k) {
        if (search.order->isLeftNull(k) || search.order->compare(k, in[1].at(i)) != 0)
          lists.pick(k);
      }
      lists.endRow();
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, lists.finish());
    return datumOf(std::move(made), isScalar);
  };
  return bound;
}

/// How a function reads an index.
enum class Indexing : uint8_t { kGet, kGetItem, kElementAt, kTryElementAt };

/// Elements by index: place(i) in the child array, or null.
Result<arrow::Datum> elementRows(EvalContext& context, Arguments arguments, int64_t rows,
                                 Indexing indexing) {
  const bool isScalar = areAllScalar(arguments);
  const ArgumentColumns in = argumentColumns(arguments);
  const bool fromOne = indexing == Indexing::kElementAt || indexing == Indexing::kTryElementAt;
  const bool fails =
      context.settings.ansi && indexing != Indexing::kGet && indexing != Indexing::kTryElementAt;
  arrow::Int64Builder places;
  const int64_t count = isScalar ? 1 : rows;
  if (const auto reserved = places.Reserve(count); !reserved.ok())
    return failure(fromArrow(reserved));
  for (int64_t i = 0; i < count; ++i) {
    if (in[0].isNull(i) || in[1].isNull(i)) {
      places.UnsafeAppendNull();
      continue;
    }
    const int64_t size = in[0].size(i);
    const int64_t index = in[1].get<int32_t>(i);
    if (fromOne && index == 0) return failure(indexOfZero());
    int64_t at = index;
    if (fromOne) at = index > 0 ? index - 1 : size + index;
    if (at >= 0 && at < size) {
      places.UnsafeAppend(in[0].begin(i) + at);
    } else if (fails) {
      return failure(invalidArrayIndex(index, size, fromOne));
    } else {
      places.UnsafeAppendNull();
    }
  }
  SPATE_ASSIGN_OR_FAIL(ArrayPtr taken, takeRows(elementsOf(in[0]), places.Finish().ValueOrDie()));
  return datumOf(std::move(taken), isScalar);
}

Result<BoundFunction> bindIndexed(std::string_view name, std::span<const Argument> arguments,
                                  Indexing indexing) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  const DataType& array = arguments[0].type;
  if (!array.is(TypeKind::kArray)) {
    const bool orMap = indexing == Indexing::kElementAt || indexing == Indexing::kTryElementAt;
    return failure(
        unexpectedInputType(name, arguments, 0, orMap ? "(\"ARRAY\" or \"MAP\")" : "\"ARRAY\""));
  }
  if (!arguments[1].type.isIntegral() && !arguments[1].type.is(TypeKind::kNull) &&
      !arguments[1].type.isText())
    return failure(unexpectedInputType(name, arguments, 1, "\"INTEGRAL\""));
  BoundFunction bound;
  bound.type = array.elementType();
  bound.argumentTypes = {array, DataType::integerType()};
  if (indexing == Indexing::kGetItem) {
    bound.sql = arguments[0].sql + "[" + arguments[1].sql + "]";
  }
  bound.kernel = [indexing](EvalContext& context, Arguments values, int64_t rows) {
    return elementRows(context, values, rows, indexing);
  };
  return bound;
}

Result<BoundFunction> bindGet(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  return bindIndexed(name, arguments, Indexing::kGet);
}

Result<BoundFunction> bindGetItem(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  return bindIndexed(name, arguments, Indexing::kGetItem);
}

Result<BoundFunction> bindElementAt(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  if (arguments[0].type.is(TypeKind::kMap)) return bindMapLookup(name, arguments, settings);
  return bindIndexed(name, arguments,
                     name == "element_at" ? Indexing::kElementAt : Indexing::kTryElementAt);
}

Result<arrow::Datum> sizeRows(EvalContext& context, Arguments arguments, int64_t rows) {
  if (context.settings.ansi) {
    return forEachInt(arguments, rows,
                      [](const ArgumentColumns& in, int64_t i) { return in[0].size(i); });
  }
  return forEachRow<arrow::Int32Builder, false>(
      arguments, rows, arrow::int32(),
      [](const ArgumentColumns& in, int64_t i, arrow::Int32Builder& out) {
        out.UnsafeAppend(in[0].isNull(i) ? -1 : in[0].size(i));
      });
}

Result<arrow::Datum> arraySizeRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows,
                    [](const ArgumentColumns& in, int64_t i) { return in[0].size(i); });
}

Result<BoundFunction> bindSize(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  const bool onlyArray = name == "array_size";
  const DataType& given = arguments[0].type;
  const DataType type = given.is(TypeKind::kNull) ? DataType::arrayOf(DataType::nullType()) : given;
  if (!type.is(TypeKind::kArray) && (onlyArray || !type.is(TypeKind::kMap))) {
    return failure(unexpectedInputType(name, arguments, 0,
                                       onlyArray ? "\"ARRAY\"" : "(\"ARRAY\" or \"MAP\")"));
  }
  BoundFunction bound;
  bound.type = DataType::integerType();
  bound.argumentTypes = {type};
  bound.nullable = arguments[0].nullable && (onlyArray || settings.ansi);
  bound.kernel = onlyArray ? &arraySizeRows : &sizeRows;
  return bound;
}

/// The greatest or least element that is not null.
template <int kSign>
Result<BoundFunction> bindExtreme(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  if (!arguments[0].type.is(TypeKind::kArray))
    return failure(unexpectedInputType(name, arguments, 0, "\"ARRAY\""));
  BoundFunction bound;
  bound.type = arguments[0].type.elementType();
  SPATE_FAIL_IF_ERROR(requireOrderable(name, arguments, bound.type));
  bound.argumentTypes = {arguments[0].type};
  bound.kernel = [](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumn lists(values[0]);
    const ArrayPtr& elements = elementsOf(lists);
    SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*elements, *elements));
    arrow::Int64Builder places;
    for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
      int64_t best = -1;
      if (!lists.isNull(i)) {
        for (int32_t k = lists.begin(i); k < lists.end(i); ++k) {
          if (order->isLeftNull(k)) continue;
          if (best < 0 || order->compare(k, best) * kSign > 0) best = k;
        }
      }
      const auto appended = best < 0 ? places.AppendNull() : places.Append(best);
      if (!appended.ok()) return failure(fromArrow(appended));
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr taken, takeRows(elements, places.Finish().ValueOrDie()));
    return datumOf(std::move(taken), isScalar);
  };
  return bound;
}

Result<arrow::Datum> joinRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    const ArgumentColumn elements(elementsOf(in[0]));
    bool isFirst = true;
    for (int32_t k = in[0].begin(i); k < in[0].end(i); ++k) {
      if (elements.isNull(k) && in.size() < 3) continue;
      if (!isFirst) out += in[1].text(i);
      isFirst = false;
      out += elements.isNull(k) ? in[2].text(i) : elements.text(k);
    }
  });
}

Result<BoundFunction> bindJoin(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 3));
  SPATE_FAIL_IF_ERROR(requireArray(name, arguments, 0));
  BoundFunction bound;
  bound.type = DataType::stringType();
  bound.argumentTypes.assign(arguments.size(), DataType::stringType());
  bound.argumentTypes[0] = DataType::arrayOf(DataType::stringType());
  bound.nullable = anyNullable(arguments);
  bound.kernel = &joinRows;
  return bound;
}

/// slice(array, start, length).
Result<BoundFunction> bindSlice(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 3, 3));
  SPATE_FAIL_IF_ERROR(requireArray(name, arguments, 0));
  BoundFunction bound;
  bound.type = arguments[0].type.is(TypeKind::kArray) ? arguments[0].type
                                                      : DataType::arrayOf(DataType::nullType());
  bound.argumentTypes = {bound.type, DataType::integerType(), DataType::integerType()};
  bound.nullable = anyNullable(arguments);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    ListMaker lists(type);
    for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
      if (in[0].isNull(i) || in[1].isNull(i) || in[2].isNull(i)) {
        lists.endNullRow();
        continue;
      }
      const int64_t start = in[1].get<int32_t>(i);
      const int64_t length = in[2].get<int32_t>(i);
      const int64_t size = in[0].size(i);
      if (start == 0) {
        return failure(invalidParameterValue(
            "START", "start", "slice",
            "Expects a positive or a negative value for `start`, but got 0."));
      }
      if (length < 0) {
        return failure(invalidParameterValue(
            "LENGTH", "length", "slice",
            fmt::format("Expects `length` greater than or equal to 0, but got {}.", length),
            {{"length", std::to_string(length)}}));
      }
      const int64_t from = start > 0 ? start - 1 : size + start;
      if (from >= 0 && from < size)
        lists.append(*elementsOf(in[0]), in[0].begin(i) + from, std::min(length, size - from));
      lists.endRow();
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, lists.finish());
    return datumOf(std::move(made), isScalar);
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"array_contains", bindSearch<&containsRows>},
    {"array_join", bindJoin},
    {"array_max", bindExtreme<1>},
    {"array_min", bindExtreme<-1>},
    {"array_position", bindSearch<&positionRows>},
    {"array_remove", bindRemove},
    {"array_size", bindSize},
    {"cardinality", bindSize},
    {"element_at", bindElementAt},
    {"get", bindGet},
    {"getarrayitem", bindGetItem},
    {"size", bindSize},
    {"slice", bindSlice},
    {"try_element_at", bindElementAt},
};

}  // namespace

std::span<const ScalarFunction> arrayElementFunctions() { return kFunctions; }

}  // namespace spate
