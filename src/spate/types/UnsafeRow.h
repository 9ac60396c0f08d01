#pragma once

#include <string>
#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// Rows in Spark's UnsafeRow layout, byte for byte: the keys and values of state stores. A bit per
/// field for null, eight bytes per field, then strings and nested values, each padded to eight;
/// described in docs/formats/unsafe-row.md.
///
/// Threads: immutable; one codec may serve many threads
class UnsafeRowCodec {
 public:
  /// Errors kUnsupported with UNSUPPORTED_DATATYPE: not a struct, or a VARIANT in it
  static Result<UnsafeRowCodec> make(DataType structType);

  const DataType& type() const { return type_; }

  /// Appends the row. Its values must be of the schema's types (see Datum); null is taken in any
  /// place, as Spark takes it.
  ///
  /// Errors kInvalidArgument: a value of another type or another number of values (out is then as
  ///        before), or more than 2 GiB
  Status encode(const Row& row, std::string& out) const;

  /// Reads a row that may come from outside.
  ///
  /// Errors kCorrupt: offsets and sizes that do not hold. Never reads out of range, and allocates
  ///        in proportion to the bytes.
  Result<Row> decode(std::string_view bytes) const;

 private:
  explicit UnsafeRowCodec(DataType structType) : type_(std::move(structType)) {}

  DataType type_;
};

}  // namespace spate
