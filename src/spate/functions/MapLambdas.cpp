#include <arrow/array/array_nested.h>
#include <arrow/datum.h>
#include <arrow/type.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/ElementOrder.h"
#include "spate/functions/ExpandedBatch.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/MapMaker.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

/// The entries of the maps of all rows, one behind the other.
struct Entries {
  std::vector<int32_t> offsets = {0};
  std::vector<int64_t> parents;
  ArrayPtr keys;
  ArrayPtr values;

  static Result<Entries> of(const ArgumentColumn& maps, int64_t rows) {
    Entries all;
    std::vector<int64_t> places;
    for (int64_t i = 0; i < rows; ++i) {
      if (!maps.isNull(i)) {
        for (int32_t k = maps.begin(i); k < maps.end(i); ++k) {
          all.parents.push_back(i);
          places.push_back(k);
        }
      }
      all.offsets.push_back(static_cast<int32_t>(all.parents.size()));
    }
    const auto& map = static_cast<const arrow::MapArray&>(maps.array());
    const ArrayPtr taken = placeColumn(std::move(places));
    SPATE_ASSIGN_OR_FAIL(all.keys, takeRows(map.keys(), taken));
    SPATE_ASSIGN_OR_FAIL(all.values, takeRows(map.items(), taken));
    return all;
  }
};

Result<BoundExpressionPtr> bindEntryBody(std::string_view name,
                                         std::span<const Argument> arguments) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  const DataType& map = arguments[0].type;
  if (!map.is(TypeKind::kMap)) return failure(unexpectedInputType(name, arguments, 0, "\"MAP\""));
  const LambdaSource* lambda = arguments[1].lambda;
  if (lambda == nullptr || lambda->parameters != 2)
    return failure(unexpectedInputType(name, arguments, 1, "\"LAMBDA\""));
  return lambda->bind(
      {{"k", map.keyType(), false}, {"v", map.valueType(), map.valueContainsNull()}});
}

enum class EntryUse : uint8_t { kFilter, kKeys, kValues };

/// map_filter, transform_keys, transform_values.
template <EntryUse kUse>
Result<BoundFunction> bindEntries(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(const BoundExpressionPtr body, bindEntryBody(name, arguments));
  const DataType& map = arguments[0].type;
  DataType result = map;
  if (kUse == EntryUse::kKeys) {
    SPATE_FAIL_IF_ERROR(requireMapKey(name, arguments, body->type()));
    result = DataType::mapOf(body->type(), map.valueType(), map.valueContainsNull());
  }
  if (kUse == EntryUse::kValues)
    result = DataType::mapOf(map.keyType(), body->type(), body->nullable());
  BoundFunction bound;
  bound.type = result;
  bound.argumentTypes = {map, arguments[1].type};
  bound.nullable = arguments[0].nullable;
  bound.isFoldable = false;
  bound.isDeterministic = body->isDeterministic();
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, body, key = result.keyType()](EvalContext& context, Arguments values,
                                                      int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn maps(values[0]);
    SPATE_ASSIGN_OR_FAIL(const Entries entries, Entries::of(maps, rows));
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr results, evaluateExpanded(*body, context, entries.parents,
                                                                  {entries.keys, entries.values}));
    const ArgumentColumn given(results);
    const auto putRow = [&](MapMaker& made, int64_t i) {
      for (int32_t k = entries.offsets[static_cast<size_t>(i)];
           k < entries.offsets[static_cast<size_t>(i) + 1]; ++k) {
        if (kUse == EntryUse::kFilter) {
          if (!given.isNull(k) && given.boolean(k)) made.put(*entries.keys, k, *entries.values, k);
        } else if (kUse == EntryUse::kKeys) {
          made.put(*results, k, *entries.values, k);
        } else {
          made.put(*entries.keys, k, *results, k);
        }
      }
      return !maps.isNull(i);
    };
    SPATE_ASSIGN_OR_FAIL(ArrayPtr column, mapsOfRows(rows, type, key, context.settings, putRow));
    return arrow::Datum(std::move(column));
  };
  return bound;
}

/// map_zip_with(left, right, body): over the keys of both, a missing value being null.
Result<BoundFunction> bindMapZipWith(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 3, 3));
  for (size_t i = 0; i < 2; ++i) {
    if (!arguments[i].type.is(TypeKind::kMap))
      return failure(unexpectedInputType(name, arguments, i, "\"MAP\""));
  }
  const DataType& left = arguments[0].type;
  const DataType& right = arguments[1].type;
  const auto key = commonType(left.keyType(), right.keyType(), settings);
  if (!key) {
    return failure(dataTypeMismatch(
        "MAP_ZIP_WITH_DIFF_TYPES", name, arguments,
        "Input to the `map_zip_with` should have been two \"MAP\"s with compatible key types, but "
        "it's [" +
            quotedType(left.keyType()) + ", " + quotedType(right.keyType()) + "].",
        {{"functionName", "`map_zip_with`"},
         {"leftType", quotedType(left.keyType())},
         {"rightType", quotedType(right.keyType())}}));
  }
  const LambdaSource* lambda = arguments[2].lambda;
  if (lambda == nullptr || lambda->parameters != 3)
    return failure(unexpectedInputType(name, arguments, 2, "\"LAMBDA\""));
  SPATE_ASSIGN_OR_FAIL(
      const BoundExpressionPtr body,
      lambda->bind(
          {{"k", *key, false}, {"v1", left.valueType(), true}, {"v2", right.valueType(), true}}));
  BoundFunction bound;
  bound.type = DataType::mapOf(*key, body->type(), body->nullable());
  bound.argumentTypes = {DataType::mapOf(*key, left.valueType(), left.valueContainsNull()),
                         DataType::mapOf(*key, right.valueType(), right.valueContainsNull()),
                         arguments[2].type};
  bound.nullable = arguments[0].nullable || arguments[1].nullable;
  bound.isFoldable = false;
  bound.isDeterministic = body->isDeterministic();
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, body, keyType = *key](EvalContext& context, Arguments values,
                                              int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumns in = argumentColumns(values.first(2));
    const auto& a = static_cast<const arrow::MapArray&>(in[0].array());
    const auto& b = static_cast<const arrow::MapArray&>(in[1].array());
    SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*a.keys(), *b.keys()));
    // All keys, then the values of each side, -1 where it has none.
    ListMaker keys(arrow::list(a.map_type()->key_type()));
    arrow::Int64Builder leftPlaces;
    arrow::Int64Builder rightPlaces;
    std::vector<int64_t> parents;
    std::vector<int32_t> offsets = {0};
    std::vector<bool> valid;
    const auto add = [&](arrow::Int64Builder& builder, int64_t place) {
      return place < 0 ? builder.AppendNull() : builder.Append(place);
    };
    for (int64_t i = 0; i < rows; ++i) {
      valid.push_back(!in[0].isNull(i) && !in[1].isNull(i));
      if (valid.back()) {
        const auto put = [&](const ArrayPtr& column, int64_t place, int64_t l, int64_t r) {
          keys.append(*column, place);
          parents.push_back(i);
          auto added = add(leftPlaces, l);
          return added.ok() ? add(rightPlaces, r) : added;
        };
        std::vector<bool> used(static_cast<size_t>(in[1].size(i)));
        for (int32_t l = in[0].begin(i); l < in[0].end(i); ++l) {
          int64_t match = -1;
          for (int32_t r = in[1].begin(i); r < in[1].end(i) && match < 0; ++r)
            if (order->compare(l, r) == 0) match = r;
          if (match >= 0) used[static_cast<size_t>(match - in[1].begin(i))] = true;
          if (const auto added = put(a.keys(), l, l, match); !added.ok())
            return failure(fromArrow(added));
        }
        for (int32_t r = in[1].begin(i); r < in[1].end(i); ++r) {
          if (used[static_cast<size_t>(r - in[1].begin(i))]) continue;
          if (const auto added = put(b.keys(), r, -1, r); !added.ok())
            return failure(fromArrow(added));
        }
      }
      offsets.push_back(static_cast<int32_t>(parents.size()));
    }
    keys.endRow();
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr keyList, keys.finish());
    const ArrayPtr allKeys = static_cast<const arrow::ListArray&>(*keyList).values();
    SPATE_ASSIGN_OR_FAIL(ArrayPtr lefts, takeRows(a.items(), leftPlaces.Finish().ValueOrDie()));
    SPATE_ASSIGN_OR_FAIL(ArrayPtr rights, takeRows(b.items(), rightPlaces.Finish().ValueOrDie()));
    SPATE_ASSIGN_OR_FAIL(
        const ArrayPtr results,
        evaluateExpanded(*body, context, parents, {allKeys, std::move(lefts), std::move(rights)}));
    const auto putRow = [&](MapMaker& made, int64_t i) -> bool {
      const auto row = static_cast<size_t>(i);
      for (int32_t k = offsets[row]; k < offsets[row + 1]; ++k) made.put(*allKeys, k, *results, k);
      return valid[row];
    };
    SPATE_ASSIGN_OR_FAIL(ArrayPtr column,
                         mapsOfRows(rows, type, keyType, context.settings, putRow));
    return arrow::Datum(std::move(column));
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"map_filter", bindEntries<EntryUse::kFilter>},
    {"map_zip_with", bindMapZipWith},
    {"transform_keys", bindEntries<EntryUse::kKeys>},
    {"transform_values", bindEntries<EntryUse::kValues>},
};

}  // namespace

std::span<const ScalarFunction> mapLambdaFunctions() { return kFunctions; }

}  // namespace spate
