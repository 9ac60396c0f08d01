#pragma once

#include <string>
#include <string_view>

#include "spate/base/Status.h"
#include "spate/types/DataType.h"

namespace spate {

/// What the rows of a state store are: `state/<operator>/0/_metadata/schema`.
struct StateSchema {
  DataType key;
  DataType value;

  /// Spark's bytes, version 2.
  std::string toBytes() const;
  /// Versions 1 and 2.
  /// Errors  kCorrupt; kUnsupported: another version
  static Result<StateSchema> fromBytes(std::string_view bytes);

  /// Whether rows of `*this` can go into a store of `stored`: the types are the same, names may
  /// differ, and what may be null may be null there.
  /// Errors  STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE, STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE
  Status checkFits(const StateSchema& stored) const;
};

}  // namespace spate
