#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/ElementOrder.h"
#include "spate/functions/Families.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/MapLookup.h"
#include "spate/functions/MapMaker.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

const arrow::MapArray& mapOf(const ArgumentColumn& maps) {
  return static_cast<const arrow::MapArray&>(maps.array());
}

bool anyNull(const ArgumentColumns& columns, int64_t row) {
  return std::any_of(columns.begin(), columns.end(),
                     [row](const ArgumentColumn& column) { return column.isNull(row); });
}

Status requireMap(std::string_view name, std::span<const Argument> arguments, size_t index) {
  if (arguments[index].type.is(TypeKind::kMap)) return Status::OK();
  return unexpectedInputType(name, arguments, index, "\"MAP\"");
}

/// map(key, value, key, value, ...).
Result<BoundFunction> bindMap(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings& settings) {
  if (arguments.size() % 2 != 0) {
    return failure(wrongNumArgs(name, "2n (n > 0)", arguments.size()));
  }
  DataType key;
  DataType value;
  bool valueNullable = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    DataType& type = i % 2 == 0 ? key : value;
    const auto common = commonType(type, arguments[i].type, settings);
    if (!common) {
      const std::string_view part = i % 2 == 0 ? "keys" : "values";
      return failure(dataTypeMismatch(
          i % 2 == 0 ? "CREATE_MAP_KEY_DIFF_TYPES" : "CREATE_MAP_VALUE_DIFF_TYPES", name, arguments,
          fmt::format("The given {} of function `map` should all be the same type, but they are "
                      "[{}, {}].",
                      part, quotedType(type), quotedType(arguments[i].type)),
          {{"functionName", "`map`"},
           {"dataType", "[" + quotedType(type) + ", " + quotedType(arguments[i].type) + "]"}}));
    }
    type = *common;
    if (i % 2 == 1) valueNullable = valueNullable || arguments[i].nullable;
  }
  SPATE_FAIL_IF_ERROR(requireMapKey(name, arguments, key));
  BoundFunction bound;
  bound.type = DataType::mapOf(key, value, valueNullable);
  for (size_t i = 0; i < arguments.size(); ++i)
    bound.argumentTypes.push_back(i % 2 == 0 ? key : value);
  bound.nullable = false;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, key](EvalContext& context, Arguments values,
                             int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, mapsOfRows(isScalar ? 1 : rows, type, key, context.settings,
                                                   [&](MapMaker& maps, int64_t i) {
                                                     for (size_t k = 0; k + 1 < in.size(); k += 2)
                                                       maps.put(in[k].array(), in[k].at(i),
                                                                in[k + 1].array(), in[k + 1].at(i));
                                                     return true;
                                                   }));
    return datumOf(std::move(made), isScalar);
  };
  return bound;
}

Result<BoundFunction> bindFromArrays(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  for (size_t i = 0; i < 2; ++i) {
    if (!arguments[i].type.is(TypeKind::kArray))
      return failure(unexpectedInputType(name, arguments, i, "\"ARRAY\""));
  }
  const DataType& key = arguments[0].type.elementType();
  SPATE_FAIL_IF_ERROR(requireMapKey(name, arguments, key));
  BoundFunction bound;
  bound.type =
      DataType::mapOf(key, arguments[1].type.elementType(), arguments[1].type.containsNull());
  bound.argumentTypes = {arguments[0].type, arguments[1].type};
  bound.nullable = anyNullable(arguments);
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, key](EvalContext& context, Arguments values,
                             int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    const auto putRow = [&](MapMaker& maps, int64_t i) -> Result<bool> {
      if (in[0].isNull(i) || in[1].isNull(i)) return false;
      if (in[0].size(i) != in[1].size(i)) {
        return failure(Status::invalidArgument(
            "The key array and value array of MapData must have the same length."));
      }
      for (int32_t k = 0; k < in[0].size(i); ++k)
        maps.put(*elementsOf(in[0]), in[0].begin(i) + k, *elementsOf(in[1]), in[1].begin(i) + k);
      return true;
    };
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made,
                         mapsOfRows(isScalar ? 1 : rows, type, key, context.settings, putRow));
    return datumOf(std::move(made), isScalar);
  };
  return bound;
}

Result<BoundFunction> bindFromEntries(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  const DataType& given = arguments[0].type;
  if (!given.is(TypeKind::kArray) || !given.elementType().is(TypeKind::kStruct) ||
      given.elementType().fields().size() != 2)
    return failure(unexpectedInputType(name, arguments, 0, "\"ARRAY\" of pair \"STRUCT\""));
  const auto& fields = given.elementType().fields();
  const DataType key = fields[0].type;
  SPATE_FAIL_IF_ERROR(requireMapKey(name, arguments, key));
  BoundFunction bound;
  bound.type = DataType::mapOf(key, fields[1].type, fields[1].nullable);
  bound.argumentTypes = {given};
  bound.nullable = arguments[0].nullable || given.containsNull();
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, key](EvalContext& context, Arguments values,
                             int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn in(values[0]);
    const auto& entries = static_cast<const arrow::StructArray&>(*elementsOf(in));
    const ArrayPtr keys = entries.field(0);
    const ArrayPtr items = entries.field(1);
    const auto putRow = [&](MapMaker& maps, int64_t i) {
      bool isNull = in.isNull(i);
      for (int32_t k = in.begin(i); !isNull && k < in.end(i); ++k) isNull = entries.IsNull(k);
      if (isNull) return false;
      for (int32_t k = in.begin(i); k < in.end(i); ++k) maps.put(*keys, k, *items, k);
      return true;
    };
    const int64_t count = in.isConstant() ? 1 : rows;
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, mapsOfRows(count, type, key, context.settings, putRow));
    return datumOf(std::move(made), in.isConstant());
  };
  return bound;
}

Result<BoundFunction> bindMapConcat(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings& settings) {
  DataType common = arguments.empty()
                        ? DataType::mapOf(DataType::stringType(), DataType::stringType(), false)
                        : arguments[0].type;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto wider = commonType(common, arguments[i].type, settings);
    if (!arguments[i].type.is(TypeKind::kMap) || !wider) {
      return failure(dataTypeMismatch("MAP_CONCAT_DIFF_TYPES", name, arguments,
                                      "The `map_concat` should all be of type map, but it's [" +
                                          quotedType(arguments[i].type) + "].",
                                      {{"functionName", "`map_concat`"},
                                       {"dataType", "[" + quotedType(arguments[i].type) + "]"}}));
    }
    common = *wider;
  }
  BoundFunction bound;
  bound.type = common;
  bound.argumentTypes.assign(arguments.size(), common);
  bound.nullable = anyNullable(arguments);
  const DataType key = common.keyType();
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, key](EvalContext& context, Arguments values,
                             int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    const auto putRow = [&](MapMaker& maps, int64_t i) {
      if (anyNull(in, i)) return false;
      for (const ArgumentColumn& column : in) {
        const ArrayPtr keys = mapOf(column).keys();
        const ArrayPtr items = mapOf(column).items();
        for (int32_t k = column.begin(i); k < column.end(i); ++k) maps.put(*keys, k, *items, k);
      }
      return true;
    };
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made,
                         mapsOfRows(isScalar ? 1 : rows, type, key, context.settings, putRow));
    return datumOf(std::move(made), isScalar);
  };
  return bound;
}

/// A map and its parts share offsets and nulls: keys, values and entries are only other views.
ArrayPtr sameShape(const ArgumentColumn& maps, const std::shared_ptr<arrow::DataType>& type,
                   const ArrayPtr& elements) {
  auto data = maps.array().data()->Copy();
  auto child = elements->data()->Copy();
  child->type = type->field(0)->type();
  data->type = type;
  data->child_data = {std::move(child)};
  return arrow::MakeArray(data);
}

enum class MapPart : uint8_t { kKeys, kValues, kEntries };

template <MapPart kPart>
Result<BoundFunction> bindPart(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  SPATE_FAIL_IF_ERROR(requireMap(name, arguments, 0));
  const DataType& map = arguments[0].type;
  BoundFunction bound;
  if (kPart == MapPart::kKeys) {
    bound.type = DataType::arrayOf(map.keyType(), false);
  } else if (kPart == MapPart::kValues) {
    bound.type = DataType::arrayOf(map.valueType(), map.valueContainsNull());
  } else {
    bound.type =
        DataType::arrayOf(DataType::structOf({{"key", map.keyType(), false},
                                              {"value", map.valueType(), map.valueContainsNull()}}),
                          false);
  }
  bound.argumentTypes = {map};
  bound.nullable = arguments[0].nullable;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type](EvalContext&, Arguments values, int64_t) -> Result<arrow::Datum> {
    const ArgumentColumn in(values[0]);
    const ArrayPtr elements = kPart == MapPart::kKeys     ? mapOf(in).keys()
                              : kPart == MapPart::kValues ? mapOf(in).items()
                                                          : mapOf(in).values();
    return datumOf(sameShape(in, type, elements), in.isConstant());
  };
  return bound;
}

/// The place of the row's key among the map's keys, or -1. With equal keys the last one counts.
int64_t placeOfKey(const ArgumentColumn& maps, const ArgumentColumn& keys,
                   const ElementOrder& order, int64_t row) {
  for (int32_t k = maps.begin(row); k < maps.end(row); ++k)
    if (order.compare(k, keys.at(row)) == 0) return k;
  return -1;
}

Result<arrow::Datum> containsKeyRows(EvalContext&, Arguments arguments, int64_t rows) {
  const ArgumentColumns in = argumentColumns(arguments);
  const ArrayPtr keys = mapOf(in[0]).keys();
  SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*keys, in[1].array()));
  return forEachBoolean(arguments, rows, [&](const ArgumentColumns&, int64_t i) {
    return placeOfKey(in[0], in[1], *order, i) >= 0;
  });
}

Result<DataType> commonKeyType(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  SPATE_FAIL_IF_ERROR(requireMap(name, arguments, 0));
  const DataType& map = arguments[0].type;
  if (const auto common = commonType(map.keyType(), arguments[1].type, settings)) return *common;
  return failure(dataTypeMismatch(
      "MAP_FUNCTION_DIFF_TYPES", name, arguments,
      fmt::format("Input to `{}` should have been \"MAP\" followed by a value with same key type, "
                  "but it's [{}, {}].",
                  name, quotedType(map), quotedType(arguments[1].type)),
      {{"functionName", fmt::format("`{}`", name)},
       {"dataType", "\"MAP\""},
       {"leftType", quotedType(map)},
       {"rightType", quotedType(arguments[1].type)}}));
}

Result<BoundFunction> bindContainsKey(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType key, commonKeyType(name, arguments, settings));
  const DataType& map = arguments[0].type;
  BoundFunction bound;
  bound.type = DataType::booleanType();
  bound.argumentTypes = {DataType::mapOf(key, map.valueType(), map.valueContainsNull()), key};
  bound.nullable = anyNullable(arguments);
  bound.kernel = &containsKeyRows;
  return bound;
}

/// str_to_map(text, pairs = ",", keyValue = ":"); the separators are read as plain texts.
Result<arrow::Datum> textToMapRows(EvalContext& context, Arguments arguments, int64_t rows) {
  const bool isScalar = areAllScalar(arguments);
  const ArgumentColumns in = argumentColumns(arguments);
  const DataType text = DataType::stringType();
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(DataType::mapOf(text, text)));
  arrow::StringBuilder keys;
  arrow::StringBuilder items;
  std::vector<int32_t> offsets = {0};
  std::vector<bool> valid;
  for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
    const bool isNull = anyNull(in, i);
    valid.push_back(!isNull);
    if (!isNull) {
      std::string_view rest = in[0].text(i);
      const std::string_view pairs = in.size() > 1 ? in[1].text(i) : ",";
      const std::string_view between = in.size() > 2 ? in[2].text(i) : ":";
      for (bool isLast = false; !isLast;) {
        const size_t end = pairs.empty() ? std::string_view::npos : rest.find(pairs);
        isLast = end == std::string_view::npos;
        const std::string_view pair = rest.substr(0, end);
        if (!isLast) rest.remove_prefix(end + pairs.size());
        const size_t middle = between.empty() ? std::string_view::npos : pair.find(between);
        auto appended = keys.Append(pair.substr(0, middle));
        if (appended.ok()) {
          appended = middle == std::string_view::npos
                         ? items.AppendNull()
                         : items.Append(pair.substr(middle + between.size()));
        }
        if (!appended.ok()) return failure(fromArrow(appended));
      }
    }
    offsets.push_back(static_cast<int32_t>(keys.length()));
  }
  const ArrayPtr keyArray = keys.Finish().ValueOrDie();
  const ArrayPtr itemArray = items.Finish().ValueOrDie();
  const auto putRow = [&](MapMaker& maps, int64_t i) -> bool {
    const auto row = static_cast<size_t>(i);
    for (int32_t k = offsets[row]; k < offsets[row + 1]; ++k) maps.put(*keyArray, k, *itemArray, k);
    return valid[row];
  };
  SPATE_ASSIGN_OR_FAIL(ArrayPtr made,
                       mapsOfRows(isScalar ? 1 : rows, type, text, context.settings, putRow));
  return datumOf(std::move(made), isScalar);
}

Result<BoundFunction> bindTextToMap(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound,
                       bindSignature(name, arguments, "s|ss", "s", &textToMapRows));
  bound.type = DataType::mapOf(DataType::stringType(), DataType::stringType());
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"getmapvalue", bindMapLookup},
    {"map", bindMap},
    {"map_concat", bindMapConcat},
    {"map_contains_key", bindContainsKey},
    {"map_entries", bindPart<MapPart::kEntries>},
    {"map_from_arrays", bindFromArrays},
    {"map_from_entries", bindFromEntries},
    {"map_keys", bindPart<MapPart::kKeys>},
    {"map_values", bindPart<MapPart::kValues>},
    {"str_to_map", bindTextToMap},
};

}  // namespace

Result<BoundFunction> bindMapLookup(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const DataType key, commonKeyType(name, arguments, settings));
  const DataType& map = arguments[0].type;
  BoundFunction bound;
  bound.type = map.valueType();
  bound.argumentTypes = {DataType::mapOf(key, map.valueType(), map.valueContainsNull()), key};
  if (name == "getmapvalue") bound.sql = arguments[0].sql + "[" + arguments[1].sql + "]";
  bound.kernel = [](EvalContext&, Arguments values, int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const ArgumentColumns in = argumentColumns(values);
    const ArrayPtr keys = mapOf(in[0]).keys();
    SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*keys, in[1].array()));
    arrow::Int64Builder places;
    for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
      const int64_t place =
          in[0].isNull(i) || in[1].isNull(i) ? -1 : placeOfKey(in[0], in[1], *order, i);
      const auto appended = place < 0 ? places.AppendNull() : places.Append(place);
      if (!appended.ok()) return failure(fromArrow(appended));
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr taken,
                         takeRows(mapOf(in[0]).items(), places.Finish().ValueOrDie()));
    return datumOf(std::move(taken), isScalar);
  };
  return bound;
}

std::span<const ScalarFunction> mapFunctions() { return kFunctions; }

}  // namespace spate
