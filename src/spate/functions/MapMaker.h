#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/functions/Function.h"

namespace spate {

/// Builds a column of maps out of keys and values of other columns.
///
/// Errors, out of finish(): NULL_MAP_KEY; DUPLICATED_MAP_KEY, unless
///        spark.sql.mapKeyDedupPolicy is LAST_WIN: then the last value of a key stands at its place
class MapMaker {
 public:
  static Result<MapMaker> make(std::shared_ptr<arrow::DataType> type, DataType keyType,
                               const SessionSettings& settings);
  ~MapMaker();
  MapMaker(MapMaker&&) noexcept;
  MapMaker& operator=(MapMaker&&) noexcept;

  void put(const arrow::Array& keys, int64_t key, const arrow::Array& values, int64_t value);
  void endRow();
  void endNullRow();
  Result<std::shared_ptr<arrow::Array>> finish();

 private:
  MapMaker();
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// A column of `rows` maps. `row(maps, i)` puts the entries of row i into the MapMaker and gives
/// true, or false (nothing was put) when the row is null; it returns a bool or a Result of one.
///
/// Errors: MapMaker's, and those of `row`
template <class RowFunction>
Result<std::shared_ptr<arrow::Array>> mapsOfRows(int64_t rows,
                                                 std::shared_ptr<arrow::DataType> type,
                                                 const DataType& keyType,
                                                 const SessionSettings& settings,
                                                 RowFunction&& row) {
  SPATE_ASSIGN_OR_FAIL(MapMaker maps, MapMaker::make(std::move(type), keyType, settings));
  for (int64_t i = 0; i < rows; ++i) {
    const Result<bool> isMap = row(maps, i);
    if (!isMap) return failure(isMap.error());
    if (*isMap) {
      maps.endRow();
    } else {
      maps.endNullRow();
    }
  }
  return maps.finish();
}

/// DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE for keys that are or hold maps.
Status requireMapKey(std::string_view name, std::span<const Argument> arguments,
                     const DataType& key);

}  // namespace spate
