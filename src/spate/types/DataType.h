#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

enum class TypeKind : uint8_t {
  kNull,
  kBoolean,
  kByte,
  kShort,
  kInteger,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kChar,
  kVarchar,
  kBinary,
  kDate,
  kTimestamp,
  kTimestampNtz,
  kDayTimeInterval,
  kYearMonthInterval,
  kCalendarInterval,
  kArray,
  kMap,
  kStruct,
  /// A named type only: rooms that have no values of it refuse it by name.
  kVariant,
};

/// The units between which an interval type runs; DAY TO SECOND is {kDay, kSecond}.
enum class IntervalUnit : uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond };
std::string_view toString(IntervalUnit unit);

struct StructField;

/// Spark's SQL types: Spark's names, texts and JSON. An immutable value, cheap to copy; parts of
/// nested types are shared.
///
/// Strings have no collation (UTF8_BINARY only).
/// Threads: a value; copies may be used from any thread.
class DataType {
 public:
  static constexpr int kMaxDecimalPrecision = 38;
  /// How deep types from outside (JSON, DDL, Arrow) may nest.
  static constexpr int kMaxDepth = 100;

  /// The null type.
  DataType() = default;

  static DataType nullType() { return DataType(TypeKind::kNull); }
  static DataType booleanType() { return DataType(TypeKind::kBoolean); }
  static DataType byteType() { return DataType(TypeKind::kByte); }
  static DataType shortType() { return DataType(TypeKind::kShort); }
  static DataType integerType() { return DataType(TypeKind::kInteger); }
  static DataType longType() { return DataType(TypeKind::kLong); }
  static DataType floatType() { return DataType(TypeKind::kFloat); }
  static DataType doubleType() { return DataType(TypeKind::kDouble); }
  static DataType stringType() { return DataType(TypeKind::kString); }
  static DataType binaryType() { return DataType(TypeKind::kBinary); }
  static DataType dateType() { return DataType(TypeKind::kDate); }
  static DataType timestampType() { return DataType(TypeKind::kTimestamp); }
  static DataType timestampNtzType() { return DataType(TypeKind::kTimestampNtz); }
  static DataType calendarIntervalType() { return DataType(TypeKind::kCalendarInterval); }
  static DataType variantType() { return DataType(TypeKind::kVariant); }
  static DataType dayTimeIntervalType(IntervalUnit start = IntervalUnit::kDay,
                                      IntervalUnit end = IntervalUnit::kSecond);
  static DataType yearMonthIntervalType(IntervalUnit start = IntervalUnit::kYear,
                                        IntervalUnit end = IntervalUnit::kMonth);
  /// Needs 1 <= precision <= 38 and scale <= precision; makeDecimal checks.
  static DataType decimalType(int precision = 10, int scale = 0);
  static Result<DataType> makeDecimal(int64_t precision, int64_t scale);
  /// Need length >= 1.
  static DataType charType(int length);
  static DataType varcharType(int length);
  static DataType arrayOf(DataType element, bool containsNull = true);
  static DataType mapOf(DataType key, DataType value, bool valueContainsNull = true);
  static DataType structOf(std::vector<StructField> fields);

  TypeKind kind() const { return kind_; }
  bool is(TypeKind kind) const { return kind_ == kind; }
  bool isNumeric() const { return kind_ >= TypeKind::kByte && kind_ <= TypeKind::kDecimal; }
  bool isIntegral() const { return kind_ >= TypeKind::kByte && kind_ <= TypeKind::kLong; }
  /// STRING, CHAR(n) or VARCHAR(n).
  bool isText() const { return kind_ >= TypeKind::kString && kind_ <= TypeKind::kVarchar; }
  bool isNested() const { return kind_ >= TypeKind::kArray && kind_ <= TypeKind::kStruct; }

  // Each of these belongs to one kind and must not be called on another.
  int precision() const;
  int scale() const;
  int length() const;
  IntervalUnit startUnit() const;
  IntervalUnit endUnit() const;
  const DataType& elementType() const;
  bool containsNull() const;
  const DataType& keyType() const;
  const DataType& valueType() const;
  bool valueContainsNull() const;
  const std::vector<StructField>& fields() const;
  /// The first field of exactly this name.
  const StructField* findField(std::string_view name) const;

  /// Same names, nesting, nullability and metadata.
  friend bool operator==(const DataType& a, const DataType& b);

  /// "integer", "decimal(10,2)", "array": what printSchema shows, and leaf types in JSON.
  std::string typeName() const;
  /// "int", "array<int>", "struct<a:int,b:string>", with "... 2 more fields" behind maxFields.
  std::string simpleString(size_t maxFields = 25) const;
  /// "STRUCT<a: INT, b: STRING NOT NULL COMMENT 'x'>"
  std::string sql() const;
  /// Of a struct, what printSchema prints: "root\n |-- a: integer (nullable = true)\n".
  std::string treeString() const;

 private:
  explicit DataType(TypeKind kind, int first = 0, int second = 0)
      : kind_(kind), first_(first), second_(second) {}

  TypeKind kind_ = TypeKind::kNull;
  /// Precision and scale, length, or the units.
  int first_ = 0;
  int second_ = 0;
  /// The fields of a struct; the element, or the key and the value, with their nullability.
  std::shared_ptr<const std::vector<StructField>> parts_;
};

/// A named, nullable or not, column of a struct.
struct StructField {
  std::string name;
  DataType type;
  bool nullable = true;
  /// A JSON object without spaces, in its own order of keys, as Spark keeps it.
  std::string metadata = "{}";

  /// "a: INT NOT NULL COMMENT 'x'" as in a STRUCT<...>; with " " between, as in a table schema.
  std::string sql(std::string_view separator = ": ") const;

  std::optional<std::string> comment() const;
  /// The field with its comment set or replaced.
  StructField withComment(std::string_view comment) const;

  friend bool operator==(const StructField&, const StructField&) = default;
};

/// a, or `a b` in backquotes when it is no plain identifier.
std::string quoteIdentifierIfNeeded(std::string_view name);

}  // namespace spate
