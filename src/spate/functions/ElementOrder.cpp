#include "spate/functions/ElementOrder.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

namespace spate {
namespace {

template <class T>
int compareValues(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b))
      return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  }
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <class ArrayType>
class PlainOrder : public ElementOrder {
 public:
  PlainOrder(const arrow::Array& left, const arrow::Array& right)
      : ElementOrder(left, right),
        left_(static_cast<const ArrayType&>(left)),
        right_(static_cast<const ArrayType&>(right)) {}
  int compare(int64_t i, int64_t j) const override {
    if constexpr (std::is_same_v<ArrayType, arrow::Decimal128Array>) {
      return compareValues(arrow::Decimal128(left_.GetValue(i)),
                           arrow::Decimal128(right_.GetValue(j)));
    } else if constexpr (std::is_same_v<ArrayType, arrow::BinaryArray>) {
      return left_.GetView(i).compare(right_.GetView(j));
    } else {
      return compareValues(left_.Value(i), right_.Value(j));
    }
  }

 private:
  const ArrayType& left_;
  const ArrayType& right_;
};

class IntervalOrder : public ElementOrder {
 public:
  IntervalOrder(const arrow::Array& left, const arrow::Array& right) : ElementOrder(left, right) {}
  int compare(int64_t i, int64_t j) const override {
    const auto a = static_cast<const arrow::MonthDayNanoIntervalArray&>(leftArray_).GetValue(i);
    const auto b = static_cast<const arrow::MonthDayNanoIntervalArray&>(rightArray_).GetValue(j);
    if (a.months != b.months) return a.months < b.months ? -1 : 1;
    if (a.days != b.days) return a.days < b.days ? -1 : 1;
    return compareValues(a.nanoseconds, b.nanoseconds);
  }
};

class NullOrder : public ElementOrder {
 public:
  NullOrder(const arrow::Array& left, const arrow::Array& right) : ElementOrder(left, right) {}
  int compare(int64_t, int64_t) const override { return 0; }
};

class ListOrder : public ElementOrder {
 public:
  ListOrder(const arrow::Array& left, const arrow::Array& right,
            std::unique_ptr<ElementOrder> elements)
      : ElementOrder(left, right), elements_(std::move(elements)) {}
  int compare(int64_t i, int64_t j) const override {
    const auto& a = static_cast<const arrow::ListArray&>(leftArray_);
    const auto& b = static_cast<const arrow::ListArray&>(rightArray_);
    const int32_t size = std::min(a.value_length(i), b.value_length(j));
    for (int32_t k = 0; k < size; ++k) {
      const int order = elements_->compareNullable(a.value_offset(i) + k, b.value_offset(j) + k);
      if (order != 0) return order;
    }
    return compareValues(a.value_length(i), b.value_length(j));
  }

 private:
  std::unique_ptr<ElementOrder> elements_;
};

class StructOrder : public ElementOrder {
 public:
  StructOrder(const arrow::Array& left, const arrow::Array& right, arrow::ArrayVector kept,
              std::vector<std::unique_ptr<ElementOrder>> fields)
      : ElementOrder(left, right), kept_(std::move(kept)), fields_(std::move(fields)) {}
  int compare(int64_t i, int64_t j) const override {
    for (const auto& field : fields_)
      if (const int order = field->compareNullable(i, j); order != 0) return order;
    return 0;
  }

 private:
  arrow::ArrayVector kept_;
  std::vector<std::unique_ptr<ElementOrder>> fields_;
};

}  // namespace

bool ElementOrder::isLeftNull(int64_t left) const { return leftArray_.IsNull(left); }
bool ElementOrder::isRightNull(int64_t right) const { return rightArray_.IsNull(right); }

int ElementOrder::compareNullable(int64_t left, int64_t right) const {
  const bool a = leftArray_.IsNull(left);
  const bool b = rightArray_.IsNull(right);
  if (a || b) return static_cast<int>(b) - static_cast<int>(a);
  return compare(left, right);
}

Result<std::unique_ptr<ElementOrder>> ElementOrder::make(const arrow::Array& left,
                                                         const arrow::Array& right) {
  using Made = std::unique_ptr<ElementOrder>;
  switch (left.type_id()) {
    case arrow::Type::NA: return Made(new NullOrder(left, right));
    case arrow::Type::BOOL: return Made(new PlainOrder<arrow::BooleanArray>(left, right));
    case arrow::Type::INT8: return Made(new PlainOrder<arrow::Int8Array>(left, right));
    case arrow::Type::INT16: return Made(new PlainOrder<arrow::Int16Array>(left, right));
    case arrow::Type::INT32: return Made(new PlainOrder<arrow::Int32Array>(left, right));
    case arrow::Type::INT64: return Made(new PlainOrder<arrow::Int64Array>(left, right));
    case arrow::Type::FLOAT: return Made(new PlainOrder<arrow::FloatArray>(left, right));
    case arrow::Type::DOUBLE: return Made(new PlainOrder<arrow::DoubleArray>(left, right));
    case arrow::Type::DATE32: return Made(new PlainOrder<arrow::Date32Array>(left, right));
    case arrow::Type::TIMESTAMP: return Made(new PlainOrder<arrow::TimestampArray>(left, right));
    case arrow::Type::DURATION: return Made(new PlainOrder<arrow::DurationArray>(left, right));
    case arrow::Type::INTERVAL_MONTHS:
      return Made(new PlainOrder<arrow::MonthIntervalArray>(left, right));
    case arrow::Type::INTERVAL_MONTH_DAY_NANO: return Made(new IntervalOrder(left, right));
    case arrow::Type::DECIMAL128: return Made(new PlainOrder<arrow::Decimal128Array>(left, right));
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return Made(new PlainOrder<arrow::BinaryArray>(left, right));
    case arrow::Type::LIST:
    case arrow::Type::MAP: {
      SPATE_ASSIGN_OR_FAIL(Made elements,
                           make(*static_cast<const arrow::ListArray&>(left).values(),
                                *static_cast<const arrow::ListArray&>(right).values()));
      return Made(new ListOrder(left, right, std::move(elements)));
    }
    case arrow::Type::STRUCT: {
      arrow::ArrayVector kept;
      std::vector<Made> fields;
      for (int i = 0; i < left.num_fields(); ++i) {
        const auto a = static_cast<const arrow::StructArray&>(left).field(i);
        const auto b = static_cast<const arrow::StructArray&>(right).field(i);
        SPATE_ASSIGN_OR_FAIL(Made field, make(*a, *b));
        kept.push_back(a);
        kept.push_back(b);
        fields.push_back(std::move(field));
      }
      return Made(new StructOrder(left, right, std::move(kept), std::move(fields)));
    }
    default: return failure(Status::internal("no order of " + left.type()->ToString()));
  }
}

}  // namespace spate
