#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/functions/OrderedDatum.h"
#include "spate/functions/Ordering.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"
#include "spate/types/Int128.h"
#include "spate/types/UnsafeRow.h"

/// How often each value of a group is there: what percentile and mode keep.
namespace spate {

/// Spark's order of values of the type, as the C++ types that Rows reads; but -0.0 is below 0.0,
/// since Spark counts the two apart.
struct ValueLess {
  DataType type;

  template <class T>
  bool operator()(const T& a, const T& b) const {
    if constexpr (std::same_as<T, Datum>) {
      return compareDatums(a, b, type) < 0;
    } else if constexpr (std::floating_point<T>) {
      const int order = compareFloats(a, b);
      return order != 0 ? order < 0 : a == 0 && std::signbit(a) && !std::signbit(b);
    } else {
      return a < b;
    }
  }
};

template <class T>
struct Counted {
  T value;
  int64_t count;
};

/// Values with their counts. Values are put in their places many at a time.
///
/// Threads: one at a time, also for what is const
template <class T>
class ValueCounts {
 public:
  void add(T value, int64_t count, const ValueLess& less) {
    pending_.push_back({std::move(value), count});
    if (pending_.size() >= std::max(kPending, sorted_.size())) settle(less);
  }

  /// Each value once, in order.
  const std::vector<Counted<T>>& sorted(const ValueLess& less) const {
    settle(less);
    return sorted_;
  }

 private:
  static constexpr size_t kPending = 256;

  void settle(const ValueLess& less) const {
    if (pending_.empty()) return;
    const auto before = [&less](const Counted<T>& a, const Counted<T>& b) {
      return less(a.value, b.value);
    };
    // What was kept by another accumulator comes in order.
    if (!std::ranges::is_sorted(pending_, before)) std::ranges::sort(pending_, before);
    std::vector<Counted<T>> merged;
    merged.reserve(sorted_.size() + pending_.size());
    const auto append = [&](Counted<T>& next) {
      if (!merged.empty() && !less(merged.back().value, next.value)) {
        merged.back().count += next.count;
      } else {
        merged.push_back(std::move(next));
      }
    };
    size_t at = 0;
    for (Counted<T>& next : pending_) {
      while (at < sorted_.size() && !before(next, sorted_[at])) append(sorted_[at++]);
      append(next);
    }
    while (at < sorted_.size()) append(sorted_[at++]);
    sorted_ = std::move(merged);
    pending_.clear();
  }

  mutable std::vector<Counted<T>> sorted_;
  mutable std::vector<Counted<T>> pending_;
};

/// Counts as the bytes that Spark keeps of its hash maps: for each value its size as int32be and an
/// UnsafeRow of it and its count, and -1 at the end.
///
/// Threads: immutable
template <class T>
class ValueCountCodec {
 public:
  /// Errors UNSUPPORTED_DATATYPE
  static Result<ValueCountCodec> make(const DataType& type) {
    auto codec = UnsafeRowCodec::make(
        DataType::structOf({{"key", type, true}, {"count", DataType::longType(), false}}));
    if (!codec) return failure(codec.error());
    return ValueCountCodec(*std::move(codec),
                           !type.is(TypeKind::kDecimal) || type.precision() <= 18);
  }

  Status encode(const std::vector<Counted<T>>& counts, std::string& out) const {
    for (const Counted<T>& each : counts) {
      const size_t start = out.size();
      appendSize(out, kWordRow);
      if (isWord()) {
        int64_t word = 0;
        if constexpr (std::same_as<T, Int128>) {
          word = static_cast<int64_t>(each.value);
        } else if constexpr (kFixed) {
          std::memcpy(&word, &each.value, sizeof(T));
        }
        const int64_t row[3] = {0, word, each.count};
        out.append(reinterpret_cast<const char*>(row), sizeof(row));
        continue;
      }
      SPATE_RETURN_IF_ERROR(row_.encode(Row{datumOf(each.value), Datum(each.count)}, out));
      std::string size;
      appendSize(size, static_cast<int32_t>(out.size() - start - sizeof(int32_t)));
      out.replace(start, sizeof(int32_t), size);
    }
    appendSize(out, -1);
    return {};
  }

  /// Calls f(value, count) for each. The bytes may come from outside.
  ///
  /// Errors kCorrupt
  template <class F>
  Status decode(std::string_view bytes, F f) const {
    for (;;) {
      if (bytes.size() < sizeof(int32_t)) return Status::corrupt("counts of values end early");
      const int32_t size = sizeAt(bytes);
      bytes.remove_prefix(sizeof(int32_t));
      if (size < 0) return {};
      if (static_cast<size_t>(size) > bytes.size())
        return Status::corrupt("a counted value of " + std::to_string(size) + " bytes in " +
                               std::to_string(bytes.size()));
      const std::string_view row = bytes.substr(0, static_cast<size_t>(size));
      bytes.remove_prefix(row.size());
      if (isWord() && size == kWordRow) {
        int64_t words[3];
        std::memcpy(words, row.data(), sizeof(words));
        if (words[0] != 0) continue;
        if constexpr (std::same_as<T, Int128>) {
          f(static_cast<T>(words[1]), words[2]);
        } else if constexpr (kFixed) {
          f(fixedOf(words[1]), words[2]);
        }
        continue;
      }
      SPATE_ASSIGN_OR_RETURN(Row pair, row_.decode(row));
      const auto* count = pair[1].template as<int64_t>();
      // Spark counts no nulls for these functions.
      if (count == nullptr || pair[0].isNull()) continue;
      f(valueOf(std::move(pair[0])), *count);
    }
  }

 private:
  static constexpr bool kFixed = std::is_arithmetic_v<T>;
  /// The bits of nulls, a value in one word, and the count.
  static constexpr int32_t kWordRow = 24;

  ValueCountCodec(UnsafeRowCodec row, bool isShort) : row_(std::move(row)), isShort_(isShort) {}

  bool isWord() const { return kFixed || (std::same_as<T, Int128> && isShort_); }

  static T fixedOf(int64_t word) {
    if constexpr (std::same_as<T, bool>) {
      return (word & 1) != 0;
    } else {
      T value;
      std::memcpy(&value, &word, sizeof(T));
      return value;
    }
  }
  static Datum datumOf(const T& value) {
    if constexpr (std::same_as<T, Int128>) {
      return Datum(Decimal{value});
    } else {
      return Datum(value);
    }
  }
  static T valueOf(Datum value) {
    if constexpr (std::same_as<T, Datum>) {
      return value;
    } else if constexpr (std::same_as<T, Int128>) {
      return value.as<Decimal>()->unscaled;
    } else {
      return *value.as<T>();
    }
  }

  static void appendSize(std::string& out, int32_t size) {
    const auto bits = static_cast<uint32_t>(size);
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
  }
  static int32_t sizeAt(std::string_view bytes) {
    uint32_t bits = 0;
    for (size_t i = 0; i < sizeof(bits); ++i) bits = bits << 8 | static_cast<uint8_t>(bytes[i]);
    return static_cast<int32_t>(bits);
  }

  UnsafeRowCodec row_;
  /// Not a decimal of more digits than a long has.
  bool isShort_;
};

}  // namespace spate
