#pragma once

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/datum.h>
#include <arrow/type_fwd.h>
#include <arrow/util/bit_util.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "spate/base/Status.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/Datum.h"
#include "spate/types/Int128.h"

/// Loops over the raw values of Arrow columns. Values are read as the C++ types that Datum lists,
/// but texts as std::string_view and decimals as Int128.
///
/// Threads: everything here is a value or a pure function.
namespace spate {

/// Declares `lhs` from an arrow::Result, or returns its error out of a Result function.
#define SPATE_ASSIGN_OR_FAIL_ARROW(lhs, expr)                                                   \
  auto SPATE_CONCAT(arrowResult_, __LINE__) = (expr);                                           \
  if (!SPATE_CONCAT(arrowResult_, __LINE__).ok())                                               \
    return ::spate::failure(::spate::fromArrow(SPATE_CONCAT(arrowResult_, __LINE__).status())); \
  lhs = std::move(SPATE_CONCAT(arrowResult_, __LINE__)).MoveValueUnsafe()
#define SPATE_FAIL_IF_ARROW_ERROR(expr)                                                \
  do {                                                                                 \
    const ::arrow::Status arrowStatus_ = (expr);                                       \
    if (!arrowStatus_.ok()) return ::spate::failure(::spate::fromArrow(arrowStatus_)); \
  } while (false)

/// The values of an array by row; of a null, anything.
template <class T>
struct ArrayValues {
  const T* values;
  explicit ArrayValues(const arrow::ArrayData& data) : values(data.GetValues<T>(1)) {}
  T operator[](int64_t i) const { return values[i]; }
};

template <>
struct ArrayValues<bool> {
  const uint8_t* bits;
  int64_t offset;
  explicit ArrayValues(const arrow::ArrayData& data)
      : bits(data.buffers[1] ? data.buffers[1]->data() : nullptr), offset(data.offset) {}
  bool operator[](int64_t i) const { return arrow::bit_util::GetBit(bits, offset + i); }
};

template <>
struct ArrayValues<Int128> {
  const uint8_t* bytes;
  explicit ArrayValues(const arrow::ArrayData& data)
      : bytes((data.buffers[1] ? data.buffers[1]->data() : nullptr) + data.offset * 16) {}
  Int128 operator[](int64_t i) const {
    Int128 value;
    std::memcpy(&value, bytes + i * 16, 16);
    return value;
  }
};

template <>
struct ArrayValues<std::string_view> {
  const int32_t* offsets;
  const char* characters;
  explicit ArrayValues(const arrow::ArrayData& data)
      : offsets(data.GetValues<int32_t>(1)),
        characters(data.buffers[2] ? reinterpret_cast<const char*>(data.buffers[2]->data()) : "") {}
  std::string_view operator[](int64_t i) const {
    return {characters + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i])};
  }
};

/// How an INTERVAL lies in a column.
struct MonthDayNano {
  int32_t months;
  int32_t days;
  int64_t nanos;
};

template <>
struct ArrayValues<CalendarInterval> {
  const MonthDayNano* values;
  explicit ArrayValues(const arrow::ArrayData& data) : values(data.GetValues<MonthDayNano>(1)) {}
  CalendarInterval operator[](int64_t i) const {
    return {values[i].months, values[i].days, values[i].nanos / 1000};
  }
};

/// The array behind a datum; a scalar becomes an array of one.
std::shared_ptr<arrow::ArrayData> arrayDataOf(const arrow::Datum& value);

/// The values of an array, or of a scalar for every row.
template <class T>
class Column {
 public:
  explicit Column(const arrow::Datum& value)
      : data_(arrayDataOf(value)), values_(*data_), mask_(value.is_scalar() ? 0 : -1) {
    if (data_->GetNullCount() > 0) validity_ = data_->buffers[0]->data();
  }

  bool isScalar() const { return mask_ == 0; }
  bool hasNulls() const { return validity_ != nullptr; }
  bool isNull(int64_t i) const {
    return validity_ != nullptr && !arrow::bit_util::GetBit(validity_, data_->offset + (i & mask_));
  }
  T operator[](int64_t i) const { return values_[i & mask_]; }
  /// The values of an array, without the test for a scalar.
  const ArrayValues<T>& values() const { return values_; }

 private:
  std::shared_ptr<arrow::ArrayData> data_;
  ArrayValues<T> values_;
  const uint8_t* validity_ = nullptr;
  int64_t mask_;
};

/// Calls f with something that gives the value of a row; f is compiled for arrays and for scalars.
template <class T, class F>
decltype(auto) withValues(const Column<T>& column, F&& f) {
  if (column.isScalar()) return f([value = column[0]](int64_t) { return value; });
  return f([values = column.values()](int64_t i) { return values[i]; });
}

/// Which rows have a value.
struct Validity {
  /// One bit a row from bit 0 on; null when all have one.
  std::shared_ptr<arrow::Buffer> bitmap;
  bool isAllNull = false;

  bool isValid(int64_t i) const {
    return bitmap == nullptr || arrow::bit_util::GetBit(bitmap->data(), i);
  }
  /// Takes the value of a row away.
  Status setNull(int64_t row, int64_t rows);
};

/// Valid where all arguments are. isAllNull: a scalar is null, and there is no bitmap.
Result<Validity> commonValidity(std::span<const arrow::Datum> arguments, int64_t rows);

bool allScalars(std::span<const arrow::Datum> arguments);
arrow::Datum nullScalar(const std::shared_ptr<arrow::DataType>& type);

/// The values of a new column of fixed width.
template <class T>
class ColumnWriter {
 public:
  /// BOOLEAN is written a byte a value and packed at the end.
  using Stored =
      std::conditional_t<std::is_same_v<T, bool>, uint8_t,
                         std::conditional_t<std::is_same_v<T, CalendarInterval>, MonthDayNano, T>>;

  static Result<ColumnWriter> make(int64_t rows);

  void set(int64_t i, T value) {
    if constexpr (std::is_same_v<T, CalendarInterval>) {
      values_[i] = {value.months, value.days, value.micros * 1000};
    } else if constexpr (std::is_same_v<T, Int128>) {
      std::memcpy(reinterpret_cast<char*>(values_) + i * 16, &value, 16);
    } else {
      values_[i] = static_cast<Stored>(value);
    }
  }

  Result<std::shared_ptr<arrow::Array>> finish(const std::shared_ptr<arrow::DataType>& type,
                                               Validity validity) &&;

 private:
  ColumnWriter(std::shared_ptr<arrow::Buffer> buffer, int64_t rows)
      : buffer_(std::move(buffer)),
        values_(reinterpret_cast<Stored*>(buffer_->mutable_data())),
        rows_(rows) {}

  std::shared_ptr<arrow::Buffer> buffer_;
  Stored* values_;
  int64_t rows_;
};

// The buffers behind ColumnWriter, for every type at once.
Result<std::shared_ptr<arrow::Buffer>> allocateValues(int64_t bytes);
Result<std::shared_ptr<arrow::Buffer>> packBits(const uint8_t* bytes, int64_t rows);
std::shared_ptr<arrow::Array> makeFixedArray(const std::shared_ptr<arrow::DataType>& type,
                                             int64_t rows, Validity validity,
                                             std::shared_ptr<arrow::Buffer> values);

template <class T>
Result<ColumnWriter<T>> ColumnWriter<T>::make(int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(auto buffer, allocateValues(rows * int64_t{sizeof(Stored)}));
  return ColumnWriter(std::move(buffer), rows);
}

template <class T>
Result<std::shared_ptr<arrow::Array>> ColumnWriter<T>::finish(
    const std::shared_ptr<arrow::DataType>& type, Validity validity) && {
  if constexpr (std::is_same_v<T, bool>) {
    SPATE_ASSIGN_OR_FAIL(buffer_, packBits(values_, rows_));
  }
  return makeFixedArray(type, rows_, std::move(validity), std::move(buffer_));
}

/// f(value...) for each row. f is also called for nulls, with any values, so it must be total.
template <class Out, class... In, class F>
Result<arrow::Datum> mapColumns(const std::shared_ptr<arrow::DataType>& type,
                                std::span<const arrow::Datum> arguments, int64_t rows, F f) {
  if (allScalars(arguments)) rows = 1;
  SPATE_ASSIGN_OR_FAIL(Validity validity, commonValidity(arguments, rows));
  if (validity.isAllNull) return nullScalar(type);
  SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<Out>::make(rows));
  [&]<size_t... index>(std::index_sequence<index...>) {
    std::tuple<Column<In>...> columns{Column<In>(arguments[index])...};
    if constexpr (sizeof...(In) == 1) {
      withValues(std::get<0>(columns), [&](auto a) {
        for (int64_t i = 0; i < rows; ++i) out.set(i, f(a(i)));
      });
    } else if constexpr (sizeof...(In) == 2) {
      withValues(std::get<0>(columns), [&](auto a) {
        withValues(std::get<1>(columns), [&](auto b) {
          for (int64_t i = 0; i < rows; ++i) out.set(i, f(a(i), b(i)));
        });
      });
    } else {
      for (int64_t i = 0; i < rows; ++i) out.set(i, f(std::get<index>(columns)[i]...));
    }
  }(std::index_sequence_for<In...>());
  SPATE_ASSIGN_OR_FAIL(auto array, std::move(out).finish(type, std::move(validity)));
  return arrow::Datum(std::move(array));
}

/// f(value..., Out& result) for each row, false where there is no result. Such a row is null, or,
/// when `error` is not null, ends the loop with *error(value...). f is also called for nulls, with
/// any values; what it says of them does not count.
template <class Out, class... In, class F, class E>
Result<arrow::Datum> mapChecked(const std::shared_ptr<arrow::DataType>& type,
                                std::span<const arrow::Datum> arguments, int64_t rows, F f,
                                const E* error) {
  if (allScalars(arguments)) rows = 1;
  SPATE_ASSIGN_OR_FAIL(Validity validity, commonValidity(arguments, rows));
  if (validity.isAllNull) return nullScalar(type);
  SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<Out>::make(rows));
  Status failed;
  [&]<size_t... index>(std::index_sequence<index...>) {
    std::tuple<Column<In>...> columns{Column<In>(arguments[index])...};
    bool allGood = true;
    const auto one = [&](int64_t i, In... values) {
      Out result{};
      allGood &= f(values..., result);
      out.set(i, result);
    };
    if constexpr (sizeof...(In) == 1) {
      withValues(std::get<0>(columns), [&](auto a) {
        for (int64_t i = 0; i < rows; ++i) one(i, a(i));
      });
    } else if constexpr (sizeof...(In) == 2) {
      withValues(std::get<0>(columns), [&](auto a) {
        withValues(std::get<1>(columns), [&](auto b) {
          for (int64_t i = 0; i < rows; ++i) one(i, a(i), b(i));
        });
      });
    } else {
      for (int64_t i = 0; i < rows; ++i) one(i, std::get<index>(columns)[i]...);
    }
    if (allGood) return;
    // The rare case: which rows were they, and had they values at all?
    for (int64_t i = 0; i < rows && failed.ok(); ++i) {
      Out result{};
      if (!validity.isValid(i) || f(std::get<index>(columns)[i]..., result)) continue;
      failed =
          error != nullptr ? (*error)(std::get<index>(columns)[i]...) : validity.setNull(i, rows);
    }
  }(std::index_sequence_for<In...>());
  SPATE_FAIL_IF_ERROR(failed);
  SPATE_ASSIGN_OR_FAIL(auto array, std::move(out).finish(type, std::move(validity)));
  return arrow::Datum(std::move(array));
}

/// Builds a column of texts (utf8 or binary).
class TextWriter {
 public:
  TextWriter();
  ~TextWriter();
  Status reserve(int64_t rows, int64_t bytes);
  Status append(std::string_view text);
  Status appendNull();
  Result<std::shared_ptr<arrow::Array>> finish(const std::shared_ptr<arrow::DataType>& type);

 private:
  std::unique_ptr<arrow::BinaryBuilder> builder_;
};

/// f(value..., std::string& result) for each row whose arguments all have values, false for null;
/// `result` is empty before each call. Gives a column of `type`, utf8 or binary.
template <class... In, class F>
Result<arrow::Datum> mapToText(const std::shared_ptr<arrow::DataType>& type,
                               std::span<const arrow::Datum> arguments, int64_t rows, F f) {
  if (allScalars(arguments)) rows = 1;
  SPATE_ASSIGN_OR_FAIL(const Validity validity, commonValidity(arguments, rows));
  if (validity.isAllNull) return nullScalar(type);
  TextWriter out;
  SPATE_FAIL_IF_ERROR(out.reserve(rows, rows * 8));
  Status failed;
  [&]<size_t... index>(std::index_sequence<index...>) {
    std::tuple<Column<In>...> columns{Column<In>(arguments[index])...};
    std::string text;
    for (int64_t i = 0; i < rows && failed.ok(); ++i) {
      text.clear();
      const bool hasValue = validity.isValid(i) && f(std::get<index>(columns)[i]..., text);
      failed = hasValue ? out.append(text) : out.appendNull();
    }
  }(std::index_sequence_for<In...>());
  SPATE_FAIL_IF_ERROR(failed);
  SPATE_ASSIGN_OR_FAIL(auto array, out.finish(type));
  return arrow::Datum(std::move(array));
}

}  // namespace spate
