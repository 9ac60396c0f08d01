#include "spate/functions/MapMaker.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "spate/functions/ArgumentColumn.h"
#include "spate/functions/ElementOrder.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/Cast.h"

namespace spate {

struct MapMaker::Parts {
  std::shared_ptr<arrow::DataType> type;
  DataType keyType;
  bool lastWins = false;
  std::string timeZone;
  std::unique_ptr<arrow::ArrayBuilder> keys;
  std::unique_ptr<arrow::ArrayBuilder> values;
  std::vector<int32_t> offsets = {0};
  std::vector<bool> valid;
  bool hasNulls = false;
  Status failed;

  void keep(const arrow::Status& status) {
    if (!status.ok() && failed.ok()) failed = fromArrow(status);
  }
  void end(bool isValid) {
    offsets.push_back(static_cast<int32_t>(keys->length()));
    valid.push_back(isValid);
    hasNulls = hasNulls || !isValid;
  }

  Status duplicate(const std::shared_ptr<arrow::Array>& array, int64_t place) const {
    const arrow::Datum column(array->Slice(place, 1));
    auto text = castColumn(column, keyType, DataType::stringType(), CastPolicy::kTry, timeZone);
    std::string shown;
    if (text) shown = std::string(ArgumentColumn(*text).text(0));
    const std::string policy = "\"spark.sql.mapKeyDedupPolicy\"";
    return Status::invalidArgument(
               "Duplicate map key " + shown +
               " was found, please check the input data.\nIf you want to remove the duplicated "
               "keys, you can set " +
               policy + " to \"LAST_WIN\" so that the key inserted at last takes precedence.")
        .withErrorClass("DUPLICATED_MAP_KEY", "23505",
                        {{"key", shown}, {"mapKeyDedupPolicy", policy}});
  }
};

MapMaker::MapMaker() : parts_(std::make_unique<Parts>()) {}
MapMaker::~MapMaker() = default;
MapMaker::MapMaker(MapMaker&&) noexcept = default;
MapMaker& MapMaker::operator=(MapMaker&&) noexcept = default;

Result<MapMaker> MapMaker::make(std::shared_ptr<arrow::DataType> type, DataType keyType,
                                const SessionSettings& settings) {
  MapMaker maker;
  Parts& parts = *maker.parts_;
  parts.type = std::move(type);
  parts.keyType = std::move(keyType);
  parts.timeZone = settings.timeZone;
  if (settings.conf) {
    const auto policy = settings.conf("spark.sql.mapKeyDedupPolicy");
    parts.lastWins = policy && (*policy == "LAST_WIN" || *policy == "last_win");
  }
  const auto& map = static_cast<const arrow::MapType&>(*parts.type);
  parts.keep(arrow::MakeBuilder(arrow::default_memory_pool(), map.key_type(), &parts.keys));
  parts.keep(arrow::MakeBuilder(arrow::default_memory_pool(), map.item_type(), &parts.values));
  if (!parts.failed.ok()) return failure(parts.failed);
  return maker;
}

void MapMaker::put(const arrow::Array& keys, int64_t key, const arrow::Array& values,
                   int64_t value) {
  if (!parts_->failed.ok()) return;
  if (keys.IsNull(key)) {
    parts_->failed = Status::invalidArgument("Cannot use null as map key.")
                         .withErrorClass("NULL_MAP_KEY", "2200E");
    return;
  }
  parts_->keep(parts_->keys->AppendArraySlice(*keys.data(), key, 1));
  parts_->keep(parts_->values->AppendArraySlice(*values.data(), value, 1));
}

void MapMaker::endRow() { parts_->end(true); }
void MapMaker::endNullRow() { parts_->end(false); }

Result<std::shared_ptr<arrow::Array>> MapMaker::finish() {
  Parts& parts = *parts_;
  if (!parts.failed.ok()) return failure(parts.failed);
  std::shared_ptr<arrow::Array> keys = parts.keys->Finish().ValueOrDie();
  std::shared_ptr<arrow::Array> values = parts.values->Finish().ValueOrDie();

  // Equal keys of a row stand side by side once its places are sorted.
  SPATE_ASSIGN_OR_FAIL(const auto order, ElementOrder::make(*keys, *keys));
  std::vector<int64_t> keyPlaces;
  std::vector<int64_t> valuePlaces;
  std::vector<int32_t> offsets = {0};
  bool hasDuplicates = false;
  std::vector<int64_t> sorted;
  for (size_t row = 0; row + 1 < parts.offsets.size(); ++row) {
    const int32_t begin = parts.offsets[row];
    const int32_t end = parts.offsets[row + 1];
    sorted.resize(static_cast<size_t>(end - begin));
    std::iota(sorted.begin(), sorted.end(), begin);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](int64_t a, int64_t b) { return order->compare(a, b) < 0; });
    std::vector<std::pair<int64_t, int64_t>> kept;
    for (const int64_t place : sorted) {
      if (!kept.empty() && order->compare(kept.back().first, place) == 0) {
        if (!parts.lastWins) return failure(parts.duplicate(keys, place));
        kept.back().second = place;
        hasDuplicates = true;
      } else {
        kept.emplace_back(place, place);
      }
    }
    std::sort(kept.begin(), kept.end());
    for (const auto& [key, value] : kept) {
      keyPlaces.push_back(key);
      valuePlaces.push_back(value);
    }
    offsets.push_back(static_cast<int32_t>(keyPlaces.size()));
  }
  if (hasDuplicates) {
    SPATE_ASSIGN_OR_FAIL(keys, takeRows(keys, placeColumn(std::move(keyPlaces))));
    SPATE_ASSIGN_OR_FAIL(values, takeRows(values, placeColumn(std::move(valuePlaces))));
  }
  const auto entries = std::make_shared<arrow::StructArray>(
      parts.type->field(0)->type(), keys->length(), arrow::ArrayVector{keys, values});
  return listColumn(parts.type, std::move(offsets), entries,
                    validityOf(parts.valid, parts.hasNulls));
}

Status requireMapKey(std::string_view name, std::span<const Argument> arguments,
                     const DataType& key) {
  const bool holdsMap = key.is(TypeKind::kMap);
  if (key.is(TypeKind::kArray)) return requireMapKey(name, arguments, key.elementType());
  if (key.is(TypeKind::kStruct)) {
    for (const StructField& field : key.fields())
      SPATE_RETURN_IF_ERROR(requireMapKey(name, arguments, field.type));
  }
  if (!holdsMap) return Status::OK();
  return dataTypeMismatch("INVALID_MAP_KEY_TYPE", name, arguments,
                          "The key of map cannot be/contain " + quotedType(key) + ".",
                          {{"keyType", quotedType(key)}});
}

}  // namespace spate
