#include <arrow/array/array_nested.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Sequence.h"
#include "spate/functions/Signature.h"
#include "spate/functions/TextScan.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

/// Calls row(columns, i, lists), which ends its row, for each row.
template <class RowFunction>
Kernel listKernel(const std::shared_ptr<arrow::DataType>& type, RowFunction row) {
  return [type, row](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    ListMaker lists(type);
    for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
      SPATE_FAIL_IF_ERROR(row(in, i, lists));
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, lists.finish());
    return datumOf(std::move(made), isScalar);
  };
}

void appendList(const ArgumentColumn& lists, int64_t row, ListMaker& out) {
  out.append(*elementsOf(lists), lists.begin(row), lists.size(row));
}

/// array(a, b, ...).
Result<BoundFunction> bindArray(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  DataType element;
  for (const Argument& argument : arguments) {
    const auto common = commonType(element, argument.type, settings);
    if (!common) return failure(dataDiffTypes(name, callText(name, arguments), arguments));
    element = *common;
  }
  BoundFunction bound;
  bound.type = DataType::arrayOf(element, anyNullable(arguments));
  bound.argumentTypes.assign(arguments.size(), element);
  bound.nullable = false;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const int64_t count = isScalar ? 1 : rows;
    const auto width = static_cast<int64_t>(values.size());
    std::vector<int32_t> offsets(static_cast<size_t>(count) + 1);
    for (size_t i = 0; i < offsets.size(); ++i)
      offsets[i] = static_cast<int32_t>(static_cast<int64_t>(i) * width);
    if (width == 0) {
      ListMaker lists(type);
      lists.endRow();
      SPATE_ASSIGN_OR_FAIL(ArrayPtr made, lists.finish());
      return datumOf(std::move(made), true);
    }
    arrow::ArrayVector parts;
    std::vector<int64_t> starts;
    std::vector<int64_t> strides;
    int64_t start = 0;
    for (const ArgumentColumn& column : argumentColumns(values)) {
      parts.push_back(column.shared());
      starts.push_back(start);
      strides.push_back(column.isConstant() ? 0 : 1);
      start += column.array().length();
    }
    auto together = arrow::Concatenate(parts);
    if (!together.ok()) return failure(fromArrow(together.status()));
    std::vector<int64_t> places(static_cast<size_t>(count * width));
    for (int64_t i = 0; i < count; ++i)
      for (size_t k = 0; k < starts.size(); ++k)
        places[static_cast<size_t>(i * width) + k] = starts[k] + i * strides[k];
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr elements,
                         takeRows(*together, placeColumn(std::move(places))));
    return datumOf(listColumn(type, std::move(offsets), elements), isScalar);
  };
  return bound;
}

Result<BoundFunction> bindRepeat(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  BoundFunction bound;
  bound.type = DataType::arrayOf(arguments[0].type, arguments[0].nullable);
  bound.argumentTypes = {arguments[0].type, DataType::integerType()};
  bound.nullable = arguments[1].nullable;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = listKernel(type, [](const ArgumentColumns& in, int64_t i, ListMaker& out) {
    if (in[1].isNull(i)) {
      out.endNullRow();
      return Status::OK();
    }
    for (int32_t n = in[1].get<int32_t>(i); n > 0; --n) out.append(in[0].array(), in[0].at(i));
    out.endRow();
    return Status::OK();
  });
  return bound;
}

/// array_append, array_prepend, array_insert: an array, and one more element.
Result<BoundFunction> bindAdded(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  const bool isInsert = name == "array_insert";
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, isInsert ? 3 : 2, isInsert ? 3 : 2));
  const size_t valueIndex = isInsert ? 2 : 1;
  SPATE_ASSIGN_OR_FAIL(const DataType element,
                       commonElementType(name, arguments, 0, valueIndex, settings));
  BoundFunction bound;
  bound.type = DataType::arrayOf(
      element, isInsert || arguments[0].type.containsNull() || arguments[valueIndex].nullable);
  bound.argumentTypes = {bound.type, element};
  if (isInsert) bound.argumentTypes = {bound.type, DataType::integerType(), element};
  bound.nullable = arguments[0].nullable || (isInsert && arguments[1].nullable);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  if (isInsert) {
    bound.kernel =
        listKernel(type, [](const ArgumentColumns& in, int64_t i, ListMaker& out) -> Status {
          if (in[0].isNull(i) || in[1].isNull(i)) {
            out.endNullRow();
            return Status::OK();
          }
          const int64_t size = in[0].size(i);
          const int64_t position = in[1].get<int32_t>(i);
          if (position == 0) return indexOfZero();
          // From the end, -1 is behind the last element.
          const int64_t at = position > 0 ? position - 1 : size + position + 1;
          const ArrayPtr& elements = elementsOf(in[0]);
          const int64_t begin = in[0].begin(i);
          if (at < 0) {
            out.append(in[2].array(), in[2].at(i));
            out.appendNullElements(-at);
            out.append(*elements, begin, size);
          } else {
            const int64_t front = std::min(at, size);
            out.append(*elements, begin, front);
            out.appendNullElements(at - front);
            out.append(in[2].array(), in[2].at(i));
            out.append(*elements, begin + front, size - front);
          }
          out.endRow();
          return Status::OK();
        });
    return bound;
  }
  const bool isFront = name == "array_prepend";
  bound.kernel = listKernel(type, [isFront](const ArgumentColumns& in, int64_t i, ListMaker& out) {
    if (in[0].isNull(i)) {
      out.endNullRow();
      return Status::OK();
    }
    if (isFront) out.append(in[1].array(), in[1].at(i));
    appendList(in[0], i, out);
    if (!isFront) out.append(in[1].array(), in[1].at(i));
    out.endRow();
    return Status::OK();
  });
  return bound;
}

/// An array of arrays to one array; null when one of them is.
Result<BoundFunction> bindFlatten(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  const DataType& given = arguments[0].type;
  if (!given.is(TypeKind::kArray) || !given.elementType().is(TypeKind::kArray))
    return failure(unexpectedInputType(name, arguments, 0, "\"ARRAY\" of \"ARRAY\""));
  BoundFunction bound;
  bound.type = given.elementType();
  bound.argumentTypes = {given};
  bound.nullable = arguments[0].nullable || given.containsNull();
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = listKernel(type, [](const ArgumentColumns& in, int64_t i, ListMaker& out) {
    bool isNull = in[0].isNull(i);
    if (!isNull) {
      const ArgumentColumn inner(elementsOf(in[0]));
      for (int32_t k = in[0].begin(i); k < in[0].end(i); ++k) isNull = isNull || inner.isNull(k);
      if (!isNull)
        for (int32_t k = in[0].begin(i); k < in[0].end(i); ++k) appendList(inner, k, out);
    }
    if (isNull) {
      out.endNullRow();
    } else {
      out.endRow();
    }
    return Status::OK();
  });
  return bound;
}

Result<arrow::Datum> concatTextRows(EvalContext&, Arguments arguments, int64_t rows) {
  if (arguments.empty()) return arrow::Datum(std::make_shared<arrow::StringScalar>(""));
  auto made =
      forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
        for (const ArgumentColumn& column : in) out += column.text(i);
      });
  if (!made || arguments[0].type()->id() != arrow::Type::BINARY) return made;
  const ArgumentColumn texts(*made);
  auto data = texts.array().data()->Copy();
  data->type = arrow::binary();
  return datumOf(arrow::MakeArray(data), made->is_scalar());
}

/// concat of texts, of binaries, or of arrays.
Result<BoundFunction> bindConcat(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  BoundFunction bound;
  bound.nullable = anyNullable(arguments);
  const bool isArray = std::any_of(arguments.begin(), arguments.end(),
                                   [](const Argument& a) { return a.type.is(TypeKind::kArray); });
  if (!isArray) {
    const bool isBinary = !arguments.empty() &&
                          std::all_of(arguments.begin(), arguments.end(), [](const Argument& a) {
                            return a.type.is(TypeKind::kBinary);
                          });
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].type.isNested())
        return failure(
            unexpectedInputType(name, arguments, i, "(\"STRING\" or \"BINARY\" or \"ARRAY\")"));
    }
    bound.type = isBinary ? DataType::binaryType() : DataType::stringType();
    bound.argumentTypes.assign(arguments.size(), bound.type);
    bound.kernel = &concatTextRows;
    return bound;
  }
  DataType common;
  for (const Argument& argument : arguments) {
    const auto wider = commonType(common, argument.type, settings);
    if (!wider) return failure(dataDiffTypes(name, callText(name, arguments), arguments));
    common = *wider;
  }
  bound.type = common;
  bound.argumentTypes.assign(arguments.size(), common);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = listKernel(type, [](const ArgumentColumns& in, int64_t i, ListMaker& out) {
    for (const ArgumentColumn& column : in) {
      if (!column.isNull(i)) continue;
      out.endNullRow();
      return Status::OK();
    }
    for (const ArgumentColumn& column : in) appendList(column, i, out);
    out.endRow();
    return Status::OK();
  });
  return bound;
}

Result<arrow::Datum> reverseTextRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    const std::string_view text = in[0].text(i);
    out.resize(text.size());
    size_t end = text.size();
    for (size_t at = 0; at < text.size();) {
      const size_t next = skipCharacters(text, at, 1);
      end -= next - at;
      std::copy(text.begin() + static_cast<int64_t>(at), text.begin() + static_cast<int64_t>(next),
                out.begin() + static_cast<int64_t>(end));
      at = next;
    }
  });
}

Result<BoundFunction> bindReverse(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  if (!arguments[0].type.is(TypeKind::kArray)) {
    if (arguments[0].type.isNested())
      return failure(unexpectedInputType(name, arguments, 0, "(\"STRING\" or \"ARRAY\")"));
    return bindSignature(name, arguments, "s", "s", &reverseTextRows);
  }
  BoundFunction bound;
  bound.type = arguments[0].type;
  bound.argumentTypes = {bound.type};
  bound.nullable = arguments[0].nullable;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn in(values[0]);
    ListPicker lists(type, elementsOf(in));
    for (int64_t i = 0; i < (in.isConstant() ? 1 : rows); ++i) {
      if (in.isNull(i)) {
        lists.endNullRow();
        continue;
      }
      for (int32_t k = in.end(i); k > in.begin(i); --k) lists.pick(k - 1);
      lists.endRow();
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, lists.finish());
    return datumOf(std::move(made), in.isConstant());
  };
  return bound;
}

/// The name of a field of arrays_zip: a column's own, otherwise its number.
std::string zippedName(const Argument& argument, size_t index) {
  const std::string& sql = argument.sql;
  const auto isWord = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const bool isColumn = !argument.constant && !sql.empty() && !(sql[0] >= '0' && sql[0] <= '9') &&
                        std::all_of(sql.begin(), sql.end(), isWord);
  return isColumn ? sql : std::to_string(index);
}

Result<BoundFunction> bindZip(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  BoundFunction bound;
  std::vector<StructField> fields;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].type.is(TypeKind::kArray))
      return failure(unexpectedInputType(name, arguments, i, "\"ARRAY\""));
    fields.push_back({zippedName(arguments[i], i), arguments[i].type.elementType(), true});
    bound.argumentTypes.push_back(arguments[i].type);
  }
  bound.nullable = anyNullable(arguments);
  const DataType element = DataType::structOf(std::move(fields));
  bound.type = DataType::arrayOf(element, false);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  SPATE_ASSIGN_OR_FAIL(const auto elementType, toArrowType(element));
  bound.kernel = [type, elementType](EvalContext&, Arguments values,
                                     int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    std::vector<arrow::Int64Builder> places(in.size());
    std::vector<int32_t> offsets = {0};
    std::vector<bool> valid;
    bool hasNulls = false;
    for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
      bool isNull = false;
      int32_t longest = 0;
      for (const ArgumentColumn& column : in) {
        isNull = isNull || column.isNull(i);
        if (!column.isNull(i)) longest = std::max(longest, column.size(i));
      }
      if (isNull) longest = 0;
      for (size_t c = 0; c < in.size(); ++c) {
        for (int32_t k = 0; k < longest; ++k) {
          const auto appended =
              k < in[c].size(i) ? places[c].Append(in[c].begin(i) + k) : places[c].AppendNull();
          if (!appended.ok()) return failure(fromArrow(appended));
        }
      }
      offsets.push_back(offsets.back() + longest);
      valid.push_back(!isNull);
      hasNulls = hasNulls || isNull;
    }
    arrow::ArrayVector columns;
    for (size_t c = 0; c < in.size(); ++c) {
      SPATE_ASSIGN_OR_FAIL(ArrayPtr column,
                           takeRows(elementsOf(in[c]), places[c].Finish().ValueOrDie()));
      columns.push_back(std::move(column));
    }
    auto structs = std::make_shared<arrow::StructArray>(elementType, offsets.back(), columns);
    return datumOf(listColumn(type, std::move(offsets), structs, validityOf(valid, hasNulls)),
                   isScalar);
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"array", bindArray},         {"array_append", bindAdded},  {"array_insert", bindAdded},
    {"array_prepend", bindAdded}, {"array_repeat", bindRepeat}, {"arrays_zip", bindZip},
    {"concat", bindConcat},       {"flatten", bindFlatten},     {"reverse", bindReverse},
    {"sequence", bindSequence},
};

}  // namespace

std::span<const ScalarFunction> arrayMakingFunctions() { return kFunctions; }

}  // namespace spate
