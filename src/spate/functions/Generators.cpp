#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/datum.h>
#include <arrow/type.h>

#include <memory>
#include <utility>
#include <vector>

#include "spate/functions/ArgumentColumn.h"
#include "spate/functions/Families.h"
#include "spate/functions/JsonPath.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Rows = BoundGenerator::Rows;
using ArrayPtr = std::shared_ptr<arrow::Array>;

ArrayPtr int64Array(std::vector<int64_t> values) {
  const auto size = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::Int64Array>(size, arrow::Buffer::FromVector(std::move(values)));
}

ArrayPtr int32Array(std::vector<int32_t> values) {
  const auto size = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::Int32Array>(size, arrow::Buffer::FromVector(std::move(values)));
}

/// Which element of the child array each row that comes out is made of.
struct Exploded {
  std::vector<int64_t> parents;
  std::vector<int32_t> positions;
  /// The elements are the child's from `first` on, in their order; otherwise `indices` names them,
  /// and -1 stands for the nulls of a row without elements.
  bool isContiguous = true;
  int64_t first = 0;
  std::vector<int64_t> indices;

  int64_t rows() const { return static_cast<int64_t>(parents.size()); }

  /// The elements out of the child array of the lists.
  Result<ArrayPtr> elementsOf(const ArrayPtr& child) const {
    if (isContiguous) return child->Slice(first, rows());
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr places, indexArray());
    return takeRows(child, places);
  }
  Result<ArrayPtr> positionArray(bool isOuter) const {
    if (isContiguous || !isOuter) return int32Array(positions);
    arrow::Int32Builder builder;
    for (size_t i = 0; i < indices.size(); ++i) {
      const auto appended = indices[i] < 0 ? builder.AppendNull() : builder.Append(positions[i]);
      if (!appended.ok()) return failure(fromArrow(appended));
    }
    return std::shared_ptr<arrow::Array>(builder.Finish().ValueOrDie());
  }

 private:
  Result<ArrayPtr> indexArray() const {
    arrow::Int64Builder builder;
    if (const auto reserved = builder.Reserve(rows()); !reserved.ok())
      return failure(fromArrow(reserved));
    for (const int64_t index : indices) {
      if (index >= 0) {
        builder.UnsafeAppend(index);
      } else {
        builder.UnsafeAppendNull();
      }
    }
    return ArrayPtr(builder.Finish().ValueOrDie());
  }
};

Exploded exploded(const ArgumentColumn& lists, int64_t rows, bool isOuter, bool hasPositions) {
  Exploded out;
  int64_t total = 0;
  // Lists lie one behind the other unless a null one has elements, or a row is to be put between.
  for (int64_t i = 0; i < rows; ++i) {
    const bool isNull = lists.isNull(i);
    const int32_t size = isNull ? 0 : lists.size(i);
    if (isNull && lists.size(i) > 0) out.isContiguous = false;
    if (size == 0 && isOuter) {
      out.isContiguous = false;
      ++total;
    }
    total += size;
  }
  if (lists.isConstant() && rows > 1) out.isContiguous = false;
  out.first = rows == 0 ? 0 : lists.begin(0);
  out.parents.resize(static_cast<size_t>(total));
  if (hasPositions) out.positions.resize(static_cast<size_t>(total));
  if (!out.isContiguous) out.indices.resize(static_cast<size_t>(total));
  size_t at = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const int32_t size = lists.isNull(i) ? 0 : lists.size(i);
    if (size == 0 && isOuter) {
      out.parents[at] = i;
      out.indices[at] = -1;
      ++at;
      continue;
    }
    for (int32_t k = 0; k < size; ++k, ++at) {
      out.parents[at] = i;
      if (hasPositions) out.positions[at] = k;
      if (!out.isContiguous) out.indices[at] = int64_t{lists.begin(i)} + k;
    }
  }
  return out;
}

Result<BoundGenerator> bindExplode(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  const DataType& type = arguments[0].type;
  const bool hasPositions = name.starts_with("pos");
  const bool isMap = type.is(TypeKind::kMap);
  const bool alwaysOuter = name.ends_with("_outer");
  BoundGenerator bound;
  bound.argumentTypes = {type};
  if (hasPositions) bound.columns.push_back({"pos", DataType::integerType(), alwaysOuter});
  if (isMap) {
    bound.columns.push_back({"key", type.keyType(), alwaysOuter});
    bound.columns.push_back({"value", type.valueType(), type.valueContainsNull() || alwaysOuter});
  } else if (type.is(TypeKind::kArray)) {
    bound.columns.push_back({"col", type.elementType(), type.containsNull() || alwaysOuter});
  } else {
    return failure(unexpectedInputType(name, arguments, 0, "(\"ARRAY\" or \"MAP\")"));
  }
  bound.generate = [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows,
                       bool isOuter) -> Result<Rows> {
    isOuter = isOuter || alwaysOuter;
    const ArgumentColumn lists(values[0]);
    const Exploded parts = exploded(lists, rows, isOuter, hasPositions);
    Rows out;
    if (hasPositions) {
      SPATE_ASSIGN_OR_FAIL(ArrayPtr positions, parts.positionArray(isOuter));
      out.columns.push_back(std::move(positions));
    }
    if (isMap) {
      const auto& map = static_cast<const arrow::MapArray&>(lists.array());
      for (const ArrayPtr& child : {map.keys(), map.items()}) {
        SPATE_ASSIGN_OR_FAIL(ArrayPtr column, parts.elementsOf(child));
        out.columns.push_back(std::move(column));
      }
    } else {
      const auto& list = static_cast<const arrow::ListArray&>(lists.array());
      SPATE_ASSIGN_OR_FAIL(ArrayPtr column, parts.elementsOf(list.values()));
      out.columns.push_back(std::move(column));
    }
    out.parents = int64Array(parts.parents);
    return out;
  };
  return bound;
}

Result<BoundGenerator> bindInline(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  const DataType& type = arguments[0].type;
  if (!type.is(TypeKind::kArray) || !type.elementType().is(TypeKind::kStruct))
    return failure(unexpectedInputType(name, arguments, 0, "\"ARRAY<STRUCT>\""));
  const bool alwaysOuter = name.ends_with("_outer");
  BoundGenerator bound;
  bound.argumentTypes = {type};
  for (const StructField& field : type.elementType().fields()) {
    bound.columns.push_back(
        {field.name, field.type, field.nullable || type.containsNull() || alwaysOuter});
  }
  bound.generate = [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows,
                       bool isOuter) -> Result<Rows> {
    const ArgumentColumn lists(values[0]);
    const Exploded parts = exploded(lists, rows, isOuter || alwaysOuter, false);
    const auto& list = static_cast<const arrow::ListArray&>(lists.array());
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr elements, parts.elementsOf(list.values()));
    // Flattened: a field of a null struct is null.
    auto fields = static_cast<const arrow::StructArray&>(*elements).Flatten();
    if (!fields.ok()) return failure(fromArrow(fields.status()));
    return Rows{int64Array(parts.parents), std::move(fields).ValueUnsafe()};
  };
  return bound;
}

Result<BoundGenerator> bindStack(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, kAnyCount));
  const auto* given = arguments[0].constant ? arguments[0].constant->as<int32_t>() : nullptr;
  if (given == nullptr) return failure(nonFoldableInput(name, arguments, 0, "n", "INT"));
  if (*given <= 0) {
    return failure(dataTypeMismatch(
        "VALUE_OUT_OF_RANGE", name, arguments,
        "The `n` must be between (0, 2147483647] (current value = " + std::to_string(*given) + ").",
        {{"exprName", "`n`"},
         {"valueRange", "(0, 2147483647]"},
         {"currentValue", std::to_string(*given)}}));
  }
  const auto count = static_cast<size_t>(*given);
  const size_t width = (arguments.size() - 1 + count - 1) / count;
  BoundGenerator bound;
  bound.argumentTypes.resize(arguments.size(), DataType::nullType());
  bound.argumentTypes[0] = DataType::integerType();
  for (size_t column = 0; column < width; ++column) {
    DataType type;
    for (size_t i = 1 + column; i < arguments.size(); i += width) {
      const auto common = commonType(type, arguments[i].type, settings);
      if (!common) {
        const std::string index = std::to_string(column);
        return failure(dataTypeMismatch("STACK_COLUMN_DIFF_TYPES", name, arguments,
                                        "The data type of the column (" + index +
                                            ") do not have the same type: " + quotedType(type) +
                                            " <> " + quotedType(arguments[i].type) + ".",
                                        {{"columnIndex", index},
                                         {"leftType", quotedType(type)},
                                         {"rightType", quotedType(arguments[i].type)}}));
      }
      type = *common;
    }
    for (size_t i = 1 + column; i < arguments.size(); i += width) bound.argumentTypes[i] = type;
    bound.columns.push_back({"col" + std::to_string(column), type, true});
  }
  bound.generate = [count, width](EvalContext&, std::span<const arrow::Datum> values, int64_t rows,
                                  bool) -> Result<Rows> {
    Rows out;
    const int64_t total = rows * static_cast<int64_t>(count);
    std::vector<int64_t> parents(static_cast<size_t>(total));
    for (size_t i = 0; i < parents.size(); ++i) parents[i] = static_cast<int64_t>(i / count);
    for (size_t column = 0; column < width; ++column) {
      arrow::ArrayVector parts;
      for (size_t i = 1 + column; i < values.size(); i += width) {
        SPATE_ASSIGN_OR_FAIL(ArrayPtr part, stretched(values[i], rows));
        parts.push_back(std::move(part));
      }
      auto together = arrow::Concatenate(parts);
      if (!together.ok()) return failure(fromArrow(together.status()));
      arrow::Int64Builder indices;
      for (int64_t i = 0; i < total; ++i) {
        const auto part = static_cast<size_t>(i) % count;
        const auto appended = part < parts.size()
                                  ? indices.Append(static_cast<int64_t>(part) * rows +
                                                   parents[static_cast<size_t>(i)])
                                  : indices.AppendNull();
        if (!appended.ok()) return failure(fromArrow(appended));
      }
      SPATE_ASSIGN_OR_FAIL(ArrayPtr taken, takeRows(*together, indices.Finish().ValueOrDie()));
      out.columns.push_back(std::move(taken));
    }
    out.parents = int64Array(std::move(parents));
    return out;
  };
  return bound;
}

Result<BoundGenerator> bindJsonTuple(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, kAnyCount));
  BoundGenerator bound;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].type.isText() && !arguments[i].type.is(TypeKind::kNull)) {
      return failure(dataTypeMismatch("NON_STRING_TYPE", name, arguments,
                                      "all arguments of the function `json_tuple` must be strings.",
                                      {{"funcName", "`json_tuple`"}}));
    }
    bound.argumentTypes.push_back(DataType::stringType());
    if (i > 0) bound.columns.push_back({"c" + std::to_string(i - 1), DataType::stringType(), true});
  }
  bound.generate = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows,
                      bool) -> Result<Rows> {
    std::vector<ArgumentColumn> in = argumentColumns(values);
    std::vector<arrow::StringBuilder> builders(in.size() - 1);
    std::vector<int64_t> parents(static_cast<size_t>(rows));
    std::vector<std::optional<std::string_view>> fields(in.size() - 1);
    std::vector<std::optional<std::string>> found;
    for (int64_t i = 0; i < rows; ++i) {
      parents[static_cast<size_t>(i)] = i;
      for (size_t k = 0; k < fields.size(); ++k) {
        fields[k].reset();
        if (!in[k + 1].isNull(i)) fields[k] = in[k + 1].text(i);
      }
      found.assign(fields.size(), std::nullopt);
      if (!in[0].isNull(i)) jsonFields(in[0].text(i), fields, found);
      for (size_t k = 0; k < fields.size(); ++k) {
        const auto appended = found[k] ? builders[k].Append(*found[k]) : builders[k].AppendNull();
        if (!appended.ok()) return failure(fromArrow(appended));
      }
    }
    Rows out;
    out.parents = int64Array(std::move(parents));
    for (arrow::StringBuilder& builder : builders) out.columns.push_back(*builder.Finish());
    return out;
  };
  return bound;
}

constexpr GeneratorFunction kFunctions[] = {
    {"explode", bindExplode},          {"explode_outer", bindExplode}, {"inline", bindInline},
    {"inline_outer", bindInline},      {"json_tuple", bindJsonTuple},  {"posexplode", bindExplode},
    {"posexplode_outer", bindExplode}, {"stack", bindStack},
};

}  // namespace

std::span<const GeneratorFunction> generatorFunctions() { return kFunctions; }

}  // namespace spate
