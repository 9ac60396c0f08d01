#include "spate/functions/OrderedDatum.h"

#include <algorithm>
#include <tuple>

#include "spate/functions/Ordering.h"

namespace spate {
namespace {

int compareRows(const Row& a, const Row& b, const DataType& element) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const int order = compareDatums(a[i], b[i], element);
    if (order != 0) return order;
  }
  return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
}

struct Compare {
  const Datum& other;
  const DataType& type;

  template <class T>
  int operator()(const T& value) const {
    const T& right = *other.as<T>();
    if constexpr (std::is_same_v<T, std::monostate>) {
      return 0;
    } else if constexpr (std::is_floating_point_v<T>) {
      return compareFloats(value, right);
    } else if constexpr (std::is_same_v<T, Decimal>) {
      return value.unscaled < right.unscaled ? -1 : (right.unscaled < value.unscaled ? 1 : 0);
    } else if constexpr (std::is_same_v<T, CalendarInterval>) {
      const auto key = [](const CalendarInterval& v) {
        return std::tuple(v.months, v.days, v.micros);
      };
      return key(value) < key(right) ? -1 : (key(right) < key(value) ? 1 : 0);
    } else if constexpr (std::is_same_v<T, MapValue>) {
      const int keys = compareRows(value.keys, right.keys, type.keyType());
      return keys != 0 ? keys : compareRows(value.values, right.values, type.valueType());
    } else if constexpr (std::is_same_v<T, Row>) {
      if (type.is(TypeKind::kArray)) return compareRows(value, right, type.elementType());
      for (size_t i = 0; i < value.size(); ++i) {
        const int order = compareDatums(value[i], right[i], type.fields()[i].type);
        if (order != 0) return order;
      }
      return 0;
    } else {
      return value < right ? -1 : (right < value ? 1 : 0);
    }
  }
};

}  // namespace

int compareDatums(const Datum& a, const Datum& b, const DataType& type) {
  if (a.isNull() || b.isNull()) {
    return static_cast<int>(b.isNull()) - static_cast<int>(a.isNull());
  }
  return std::visit(Compare{b, type}, a.value);
}

}  // namespace spate
