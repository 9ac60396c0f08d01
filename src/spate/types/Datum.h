#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "spate/types/Int128.h"

namespace spate {

struct Datum;

/// A row of a struct, in the order of its fields; also the elements of an array.
using Row = std::vector<Datum>;

/// The digits of a decimal; precision and scale stand in its type.
struct Decimal {
  Int128 unscaled = 0;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

struct CalendarInterval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t micros = 0;
  friend bool operator==(const CalendarInterval&, const CalendarInterval&) = default;
};

/// Keys and values of a map, side by side.
struct MapValue {
  Row keys;
  Row values;
  friend bool operator==(const MapValue& a, const MapValue& b);
};

/// One value of any Spark type, or null: the plain form that state rows, constants and casts use
/// where columns would be too much.
///
///     BOOLEAN bool     TINYINT int8_t   SMALLINT int16_t
///     INT, DATE (days), INTERVAL YEAR TO MONTH (months)                        int32_t
///     BIGINT, TIMESTAMP and TIMESTAMP_NTZ (micros), INTERVAL DAY TO SECOND     int64_t
///     FLOAT float      DOUBLE double    DECIMAL Decimal    INTERVAL CalendarInterval
///     STRING, CHAR, VARCHAR, BINARY std::string
///     ARRAY, STRUCT Row                 MAP MapValue       null, VOID std::monostate
struct Datum {
  using Value = std::variant<std::monostate, bool, int8_t, int16_t, int32_t, int64_t, float, double,
                             Decimal, std::string, CalendarInterval, Row, MapValue>;

  Datum() = default;
  /// From exactly one of the types above: Datum(int64_t{1}) is a BIGINT, Datum(1) an INT.
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Datum>) &&
            (!std::convertible_to<T, std::string_view>) && requires(T&& v) {
              std::variant<std::monostate, bool, int8_t, int16_t, int32_t, int64_t, float, double,
                           Decimal, std::string, CalendarInterval, Row, MapValue>(
                  std::in_place_type<std::remove_cvref_t<T>>, std::forward<T>(v));
            }
  Datum(T&& v) : value(std::in_place_type<std::remove_cvref_t<T>>, std::forward<T>(v)) {}
  Datum(std::string text) : value(std::move(text)) {}
  Datum(std::string_view text) : value(std::string(text)) {}
  Datum(const char* text) : value(std::string(text)) {}

  bool isNull() const { return value.index() == 0; }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }

  friend bool operator==(const Datum& a, const Datum& b) { return a.value == b.value; }

  Value value;
};

inline bool operator==(const MapValue& a, const MapValue& b) {
  return a.keys == b.keys && a.values == b.values;
}

/// The fewest bytes of a two's complement number, high byte first: Java's BigInteger.toByteArray().
std::string bigEndianBytes(Int128 value);
/// The way back; needs 1 to 16 bytes.
Int128 fromBigEndianBytes(std::string_view bytes);

}  // namespace spate
