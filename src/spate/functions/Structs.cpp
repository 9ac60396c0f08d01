#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/datum.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/Families.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

/// A struct column without nulls of these arguments.
Kernel structKernel(const std::shared_ptr<arrow::DataType>& type, size_t first, size_t stride) {
  return [=](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const int64_t count = isScalar ? 1 : rows;
    arrow::ArrayVector columns;
    for (size_t i = first; i < values.size(); i += stride) {
      SPATE_ASSIGN_OR_FAIL(ArrayPtr column, stretched(values[i], count));
      columns.push_back(std::move(column));
    }
    return datumOf(std::make_shared<arrow::StructArray>(type, count, std::move(columns)), isScalar);
  };
}

/// named_struct(name, value, ...).
Result<BoundFunction> bindNamedStruct(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  if (arguments.size() % 2 != 0 || arguments.empty())
    return failure(wrongNumArgs(name, "2n (n > 0)", arguments.size()));
  BoundFunction bound;
  std::vector<StructField> fields;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    const auto text = constantText(arguments[i]);
    if (!text) {
      return failure(dataTypeMismatch(
          "CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", name, arguments,
          "Only foldable `STRING` expressions are allowed to appear at odd position, but they are "
          "[\"" +
              arguments[i].sql + "\"].",
          {{"inputExprs", "[\"" + arguments[i].sql + "\"]"}}));
    }
    fields.push_back({*text, arguments[i + 1].type, arguments[i + 1].nullable});
    bound.argumentTypes.push_back(DataType::stringType());
    bound.argumentTypes.push_back(arguments[i + 1].type);
  }
  bound.type = DataType::structOf(std::move(fields));
  bound.nullable = false;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = structKernel(type, 1, 2);
  return bound;
}

/// struct(a, b): the fields are named after columns, otherwise col1, col2, ...
Result<BoundFunction> bindStruct(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, kAnyCount));
  BoundFunction bound;
  std::vector<StructField> fields;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& sql = arguments[i].sql;
    const auto isWord = [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    const bool isColumn = !arguments[i].constant && !sql.empty() &&
                          !(sql[0] >= '0' && sql[0] <= '9') &&
                          std::all_of(sql.begin(), sql.end(), isWord);
    fields.push_back(
        {isColumn ? sql : fmt::format("col{}", i + 1), arguments[i].type, arguments[i].nullable});
    bound.argumentTypes.push_back(arguments[i].type);
  }
  bound.type = DataType::structOf(std::move(fields));
  bound.nullable = false;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = structKernel(type, 0, 1);
  return bound;
}

bool sameName(std::string_view a, std::string_view b, bool caseSensitive) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) {
           return caseSensitive ? x == y : lower(x) == lower(y);
         });
}

Result<size_t> fieldIndex(const DataType& type, const std::string& wanted,
                          const SessionSettings& settings) {
  size_t found = SIZE_MAX;
  size_t count = 0;
  std::string names;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    names += (i > 0 ? ", `" : "`") + type.fields()[i].name + "`";
    if (!sameName(type.fields()[i].name, wanted, settings.caseSensitive)) continue;
    if (count++ == 0) found = i;
  }
  if (count == 1) return found;
  const std::string field = "`" + wanted + "`";
  if (count > 1) {
    return failure(Status::invalidArgument(
                       fmt::format("Ambiguous reference to the field {}. It appears {} times in "
                                   "the schema.",
                                   field, count))
                       .withErrorClass("AMBIGUOUS_REFERENCE_TO_FIELDS", "42000",
                                       {{"field", field}, {"count", std::to_string(count)}}));
  }
  return failure(
      Status::invalidArgument(fmt::format("No such struct field {} in {}.", field, names))
          .withErrorClass("FIELD_NOT_FOUND", "42704", {{"fieldName", field}, {"fields", names}}));
}

Result<ArrayPtr> flattenedField(const arrow::Array& structs, size_t index) {
  auto field =
      static_cast<const arrow::StructArray&>(structs).GetFlattenedField(static_cast<int>(index));
  if (!field.ok()) return failure(fromArrow(field.status()));
  return std::move(field).ValueUnsafe();
}

/// getStructField(value, 'name') of a struct, or of an array of structs: then an array.
Result<BoundFunction> bindGetField(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  const DataType& given = arguments[0].type;
  const bool isArray = given.is(TypeKind::kArray);
  const DataType& structType = isArray ? given.elementType() : given;
  const auto field = constantText(arguments[1]);
  if (!structType.is(TypeKind::kStruct) || !field)
    return failure(unexpectedInputType(name, arguments, 0, "\"STRUCT\""));
  SPATE_ASSIGN_OR_FAIL(const size_t index, fieldIndex(structType, *field, settings));
  const StructField& found = structType.fields()[index];
  BoundFunction bound;
  bound.argumentTypes = {given, DataType::stringType()};
  bound.sql = arguments[0].sql + "." + found.name;
  bound.nullable = arguments[0].nullable || (!isArray && found.nullable);
  bound.type = found.type;
  if (!isArray) {
    bound.kernel = [index](EvalContext&, Arguments values, int64_t) -> Result<arrow::Datum> {
      const ArgumentColumn structs(values[0]);
      SPATE_ASSIGN_OR_FAIL(ArrayPtr column, flattenedField(structs.array(), index));
      return datumOf(std::move(column), structs.isConstant());
    };
    return bound;
  }
  bound.type = DataType::arrayOf(found.type, given.containsNull() || found.nullable);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [index, type](EvalContext&, Arguments values, int64_t) -> Result<arrow::Datum> {
    const ArgumentColumn lists(values[0]);
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr column, flattenedField(*elementsOf(lists), index));
    auto data = lists.array().data()->Copy();
    data->type = type;
    data->child_data = {column->data()};
    return datumOf(arrow::MakeArray(data), lists.isConstant());
  };
  return bound;
}

/// The fields of a struct column after a change, with the struct's own nulls.
Result<arrow::Datum> restructured(const arrow::Datum& given, arrow::ArrayVector columns,
                                  const std::shared_ptr<arrow::DataType>& type, int64_t rows,
                                  bool isScalar) {
  SPATE_ASSIGN_OR_FAIL(const ArrayPtr structs, stretched(given, rows));
  std::shared_ptr<arrow::Buffer> validity;
  if (structs->null_count() > 0) {
    std::vector<bool> valid;
    for (int64_t i = 0; i < rows; ++i) valid.push_back(structs->IsValid(i));
    std::vector<uint8_t> bits((valid.size() + 7) / 8);
    for (size_t i = 0; i < valid.size(); ++i)
      if (valid[i]) bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | 1U << i % 8);
    validity = arrow::Buffer::FromVector(std::move(bits));
  }
  return datumOf(std::make_shared<arrow::StructArray>(type, rows, std::move(columns), validity),
                 isScalar);
}

/// updateField(struct, 'name', value): sets a field, or adds it at the end.
/// dropField(struct, 'name').
Result<BoundFunction> bindUpdateField(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings& settings) {
  const bool isDrop = name == "dropfield";
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, isDrop ? 2 : 3, isDrop ? 2 : 3));
  const DataType& given = arguments[0].type;
  const auto field = constantText(arguments[1]);
  if (!given.is(TypeKind::kStruct) || !field) {
    return failure(unexpectedInputType("update_fields", arguments, 0, "\"STRUCT\""));
  }
  // For each field of the result: the old field's index, or none for the new value.
  std::vector<StructField> fields;
  std::vector<size_t> from;
  bool isReplaced = false;
  for (size_t i = 0; i < given.fields().size(); ++i) {
    StructField each = given.fields()[i];
    const bool isNamed = sameName(each.name, *field, settings.caseSensitive);
    if (isNamed && isDrop) continue;
    if (isNamed) {
      each = {*field, arguments[2].type, arguments[2].nullable};
      isReplaced = true;
    }
    fields.push_back(std::move(each));
    from.push_back(isNamed ? SIZE_MAX : i);
  }
  if (!isDrop && !isReplaced) {
    fields.push_back({*field, arguments[2].type, arguments[2].nullable});
    from.push_back(SIZE_MAX);
  }
  if (fields.empty()) {
    return failure(dataTypeMismatch("CANNOT_DROP_ALL_FIELDS", "update_fields", arguments,
                                    "Cannot drop all fields in struct.", {}));
  }
  BoundFunction bound;
  bound.type = DataType::structOf(std::move(fields));
  bound.nullable = arguments[0].nullable;
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  bound.sql =
      isDrop ? fmt::format("update_fields({}, dropfield())", arguments[0].sql)
             : fmt::format("update_fields({}, WithField({}))", arguments[0].sql, arguments[2].sql);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, from](EvalContext&, Arguments values,
                              int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const int64_t count = isScalar ? 1 : rows;
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr structs, stretched(values[0], count));
    arrow::ArrayVector columns;
    for (const size_t index : from) {
      if (index == SIZE_MAX) {
        SPATE_ASSIGN_OR_FAIL(ArrayPtr column, stretched(values[2], count));
        columns.push_back(std::move(column));
      } else {
        columns.push_back(
            static_cast<const arrow::StructArray&>(*structs).field(static_cast<int>(index)));
      }
    }
    return restructured(values[0], std::move(columns), type, count, isScalar);
  };
  return bound;
}

/// What struct(a, b AS c) becomes: its text, then the arguments of named_struct().
Result<BoundFunction> bindStructOf(std::string_view, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound,
                       bindNamedStruct("struct", arguments.subspan(1), settings));
  bound.argumentTypes.insert(bound.argumentTypes.begin(), DataType::stringType());
  bound.sql = constantText(arguments[0]).value_or("struct");
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = structKernel(type, 2, 2);
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"dropfield", bindUpdateField},    {"getstructfield", bindGetField},
    {"named_struct", bindNamedStruct}, {"struct", bindStruct},
    {"structof", bindStructOf},        {"updatefield", bindUpdateField},
};

}  // namespace

std::span<const ScalarFunction> structFunctions() { return kFunctions; }

}  // namespace spate
