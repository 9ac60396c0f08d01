#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"
#include "spate/types/TimeZone.h"

/// VARIANT values: Spark's binary encoding of values that carry their types. A column of them is a
/// struct of two binaries, `value` and `metadata` (the names of the fields of objects).
namespace spate {

struct VariantBytes {
  std::string value;
  std::string metadata;
};

/// Builds one value from its parts, depth first: the elements of an array and the fields of an
/// object are appended before finishArray() and finishObject() put the header in front of them.
///
/// Threads: one at a time
class VariantBuilder {
 public:
  struct Field {
    std::string name;
    /// Where the field's value begins.
    size_t begin = 0;
  };
  /// To be called before the value of the field is appended; names are numbered in this order.
  Field startField(std::string name);

  size_t position() const { return bytes_.size(); }
  void appendNull();
  void appendBoolean(bool value);
  /// In as few bytes as it needs.
  void appendInteger(int64_t value);
  void appendFloat(float value);
  void appendDouble(double value);
  void appendDecimal(Int128 unscaled, int scale);
  void appendDate(int32_t days);
  void appendTimestamp(int64_t micros);
  void appendTimestampNtz(int64_t micros);
  void appendText(std::string_view text);
  void appendBinary(std::string_view bytes);
  /// A whole value of another variant.
  Status appendVariant(std::string_view value, std::string_view metadata);
  /// A value of a Spark type. Errors: DATATYPE_MISMATCH of what a variant cannot hold
  Status append(const Datum& value, const DataType& type);

  /// `begins`: position() before each element.
  void finishArray(size_t begin, const std::vector<size_t>& begins);
  /// Errors: VARIANT_DUPLICATE_KEY
  Status finishObject(size_t begin, std::vector<Field> fields);

  VariantBytes finish() &&;

 private:
  void appendHeader(int typeId);
  void insertHeader(size_t begin, const std::string& header) { bytes_.insert(begin, header); }
  uint32_t keyOf(const std::string& name);

  std::string bytes_;
  std::vector<std::string> names_;
  std::map<std::string, uint32_t, std::less<>> ids_;
};

/// A value inside a variant. It views the bytes, which must outlive it.
///
/// Errors: MALFORMED_VARIANT, of bytes that are none
class VariantView {
 public:
  enum class Kind : uint8_t { kNull, kBoolean, kScalar, kArray, kObject };

  VariantView(std::string_view value, std::string_view metadata)
      : value_(value), metadata_(metadata) {}

  Result<Kind> kind() const;
  /// Of kBoolean and kScalar: the value and its type, as Spark gives them: whole numbers are
  /// BIGINT.
  struct Scalar {
    Datum value;
    DataType type;
  };
  Result<Scalar> scalar() const;

  struct Field {
    std::string_view name;
    std::string_view value;
  };
  Result<std::vector<std::string_view>> elements() const;
  Result<std::vector<Field>> fields() const;
  VariantView inside(std::string_view value) const { return {value, metadata_}; }

  std::string_view value() const { return value_; }
  std::string_view metadata() const { return metadata_; }

  /// As JSON; timestamps as the clock of the zone shows them.
  Status appendJson(const TimeZone& zone, std::string& out, int depth = 0) const;
  /// What schema_of_variant() finds: STRUCT for objects, the null type for null.
  Result<DataType> schema(int depth = 0) const;

 private:
  Result<std::string_view> nameOf(uint32_t id) const;

  std::string_view value_;
  std::string_view metadata_;
};

/// The one type of both in schema_of_variant(); VARIANT where there is none.
DataType commonVariantType(const DataType& a, const DataType& b);
/// "OBJECT<a: BIGINT>".
std::string variantSchemaText(const DataType& type);

/// The value as one of `type`, as variant_get() gives it. Empty: it cannot be.
Result<std::optional<Datum>> castVariant(const VariantView& variant, const DataType& type,
                                         const std::string& timeZone, int depth = 0);

Status malformedVariant();

}  // namespace spate
