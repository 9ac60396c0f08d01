#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>

#include "spate/base/Status.h"

namespace spate {

/// Compares values of two columns of one type, as Spark orders them: NaN is equal to itself and
/// above all numbers, -0.0 equals 0.0, texts go by bytes, arrays and structs by their parts.
///
/// Threads: immutable
class ElementOrder {
 public:
  virtual ~ElementOrder() = default;

  static Result<std::unique_ptr<ElementOrder>> make(const arrow::Array& left,
                                                    const arrow::Array& right);

  /// Below, at or above 0; both values are not null.
  virtual int compare(int64_t left, int64_t right) const = 0;
  /// The same where a null is equal to a null and below anything else.
  int compareNullable(int64_t left, int64_t right) const;
  bool isLeftNull(int64_t left) const;
  bool isRightNull(int64_t right) const;

 protected:
  ElementOrder(const arrow::Array& left, const arrow::Array& right)
      : leftArray_(left), rightArray_(right) {}
  const arrow::Array& leftArray_;
  const arrow::Array& rightArray_;
};

}  // namespace spate
