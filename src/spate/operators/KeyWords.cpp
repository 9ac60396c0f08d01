#include "spate/operators/KeyWords.h"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/util/bit_util.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace spate {
namespace {

/// What a value takes; a struct, with its fields.
struct Width {
  size_t words = 0;
  size_t flags = 1;
};

std::optional<Width> widthOf(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval:
    case TypeKind::kFloat:
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval:
    case TypeKind::kDouble: return Width{1};
    case TypeKind::kDecimal: return Width{2};
    case TypeKind::kStruct: {
      Width sum;
      for (const StructField& field : type.fields()) {
        const auto width = widthOf(field.type);
        if (!width) return std::nullopt;
        sum.words += width->words;
        sum.flags += width->flags;
      }
      return sum;
    }
    default: return std::nullopt;
  }
}

template <class T>
uint64_t wordOf(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) value = std::numeric_limits<T>::quiet_NaN();
    if (value == 0) value = 0;
    using Bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
    return std::bit_cast<Bits>(value);
  } else {
    return static_cast<uint64_t>(value);
  }
}

/// Rows of a column of keys and where they go.
class ColumnEncoder {
 public:
  ColumnEncoder(int64_t count, size_t stride, uint64_t* out)
      : count_(count), stride_(stride), out_(out) {}

  /// The rows of `data` from `begin` on, an offset that counts from the start of its buffers.
  void encode(const arrow::ArrayData& data, int64_t begin, const DataType& type, size_t word,
              size_t flag) const {
    switch (type.kind()) {
      case TypeKind::kBoolean: {
        const uint8_t* bits = data.buffers[1]->data();
        forRows([&](int64_t row, uint64_t* at) {
          at[word] = arrow::bit_util::GetBit(bits, begin + row) ? 1 : 0;
        });
        break;
      }
      case TypeKind::kByte: numbers<int8_t>(data, begin, word); break;
      case TypeKind::kShort: numbers<int16_t>(data, begin, word); break;
      case TypeKind::kInteger:
      case TypeKind::kDate:
      case TypeKind::kYearMonthInterval: numbers<int32_t>(data, begin, word); break;
      case TypeKind::kFloat: numbers<float>(data, begin, word); break;
      case TypeKind::kDouble: numbers<double>(data, begin, word); break;
      case TypeKind::kDecimal: {
        const uint64_t* values = data.GetValues<uint64_t>(1, begin * 2);
        forRows([&](int64_t row, uint64_t* at) { std::memcpy(at + word, values + row * 2, 16); });
        break;
      }
      case TypeKind::kStruct: {
        size_t fieldWord = word;
        size_t fieldFlag = flag + 1;
        for (size_t i = 0; i < type.fields().size(); ++i) {
          const DataType& field = type.fields()[i].type;
          const arrow::ArrayData& child = *data.child_data[i];
          encode(child, child.offset + begin, field, fieldWord, fieldFlag);
          const Width width = *widthOf(field);
          fieldWord += width.words;
          fieldFlag += width.flags;
        }
        break;
      }
      default: numbers<int64_t>(data, begin, word);
    }
    if (data.GetNullCount() == 0) return;
    const Width width = *widthOf(type);
    const uint64_t flags = ((uint64_t{1} << (width.flags - 1) << 1) - 1) << flag;
    const uint8_t* valid = data.buffers[0]->data();
    forRows([&](int64_t row, uint64_t* at) {
      if (arrow::bit_util::GetBit(valid, begin + row)) return;
      at[0] &= ~flags;
      std::fill_n(at + word, width.words, 0);
    });
  }

  template <class Use>
  void forRows(Use use) const {
    uint64_t* at = out_;
    for (int64_t row = 0; row < count_; ++row, at += stride_) use(row, at);
  }

 private:
  template <class T>
  void numbers(const arrow::ArrayData& data, int64_t begin, size_t word) const {
    const T* values = data.GetValues<T>(1, begin);
    forRows([&](int64_t row, uint64_t* at) { at[word] = wordOf(values[row]); });
  }

  const int64_t count_;
  const size_t stride_;
  uint64_t* const out_;
};

}  // namespace

std::optional<KeyWords> KeyWords::of(std::span<const DataType> types) {
  KeyWords keys({types.begin(), types.end()});
  for (const DataType& type : types) {
    const auto width = widthOf(type);
    if (!width) return std::nullopt;
    keys.words_ += width->words;
    keys.flags_ += width->flags;
  }
  return keys.flags_ <= 64 ? std::optional(std::move(keys)) : std::nullopt;
}

void KeyWords::encode(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t begin,
                      int64_t count, std::vector<uint64_t>& out) const {
  out.resize(static_cast<size_t>(count) * words_);
  const ColumnEncoder encoder(count, words_, out.data());
  const uint64_t allValid = ~uint64_t{0} >> (64 - flags_);
  encoder.forRows([&](int64_t, uint64_t* at) { at[0] = allValid; });
  size_t word = 1;
  size_t flag = 0;
  for (size_t i = 0; i < types_.size(); ++i) {
    const arrow::ArrayData& data = *columns[i]->data();
    encoder.encode(data, data.offset + begin, types_[i], word, flag);
    const Width width = *widthOf(types_[i]);
    word += width.words;
    flag += width.flags;
  }
}

}  // namespace spate
