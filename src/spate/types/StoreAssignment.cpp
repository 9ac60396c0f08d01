#include "spate/types/StoreAssignment.h"

#include <algorithm>

namespace spate {
namespace {

using Kind = TypeKind;

bool isMoment(const DataType& type) {
  return type.is(Kind::kDate) || type.is(Kind::kTimestamp) || type.is(Kind::kTimestampNtz);
}

}  // namespace

bool isStoreAssignable(const DataType& from, const DataType& to) {
  if (from == to || from.is(Kind::kNull)) return true;
  if (to.isText()) return !from.isNested() && !from.is(Kind::kCalendarInterval);
  if (from.isNumeric() && to.isNumeric()) return true;
  if (isMoment(from) && isMoment(to)) return true;
  if (from.kind() != to.kind()) return false;
  switch (from.kind()) {
    case Kind::kArray: return isStoreAssignable(from.elementType(), to.elementType());
    case Kind::kMap:
      return isStoreAssignable(from.keyType(), to.keyType()) &&
             isStoreAssignable(from.valueType(), to.valueType());
    case Kind::kStruct:
      // Whatever the fields are called.
      return std::ranges::equal(from.fields(), to.fields(),
                                [](const StructField& a, const StructField& b) {
                                  return isStoreAssignable(a.type, b.type);
                                });
    default: return false;
  }
}

}  // namespace spate
