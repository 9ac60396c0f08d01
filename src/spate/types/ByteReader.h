#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace spate {

static_assert(std::endian::native == std::endian::little,
              "formats are little-endian and written with memcpy; a big-endian port has to swap");

/// A bounds-checked cursor over encoded bytes. Failure is sticky: after the first read past the
/// end or the first fail(), every read gives zero or an empty view and ok() stays false. So a
/// decoder reads on without a check per field and asks ok() once.
///
/// Keeps  a view of the bytes; the caller keeps them alive
/// Threads one reader per thread
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : cursor_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return !failed_; }
  /// All bytes were read and nothing failed.
  bool atEnd() const { return ok() && cursor_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - cursor_); }

  /// Marks the bytes as corrupt, for a decoder that finds a value it cannot accept.
  void fail() {
    failed_ = true;
    cursor_ = end_;
  }

  /// A number of fixed width, little-endian.
  template <class T>
    requires std::is_arithmetic_v<T>
  T readFixed() {
    T value{};
    if (remaining() < sizeof(T)) {
      fail();
      return value;
    }
    std::memcpy(&value, cursor_, sizeof(T));
    cursor_ += sizeof(T);
    return value;
  }

  /// An unsigned LEB128 number of at most ten bytes.
  uint64_t readVarint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = readFixed<uint8_t>();
      const uint64_t bits = byte & 0x7f;
      if (shift == 63 && bits > 1) break;
      value |= bits << shift;
      if (byte < 0x80) return failed_ ? 0 : value;
    }
    fail();
    return 0;
  }

  /// The next `size` bytes; a view into the bytes given to the constructor.
  std::string_view readBytes(uint64_t size) {
    if (size > remaining()) {
      fail();
      return {};
    }
    std::string_view bytes(cursor_, static_cast<size_t>(size));
    cursor_ += size;
    return bytes;
  }

  /// Bytes behind their varint length.
  std::string_view readSizedBytes() { return readBytes(readVarint()); }

  /// The number of elements that follow, each of at least one byte: a count that cannot be true is
  /// a failure, so that no decoder allocates by a corrupt length.
  size_t readCount() {
    const uint64_t count = readVarint();
    if (count > remaining()) {
      fail();
      return 0;
    }
    return static_cast<size_t>(count);
  }

 private:
  const char* cursor_;
  const char* end_;
  bool failed_ = false;
};

/// Appends a number in its fixed width, little-endian.
template <class T>
  requires std::is_arithmetic_v<T>
void appendFixed(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

/// Appends an unsigned LEB128 number: one byte below 128.
inline void appendVarint(uint64_t value, std::string& out) {
  if (value < 0x80) {
    out.push_back(static_cast<char>(value));
    return;
  }
  char bytes[10];
  size_t size = 0;
  while (value >= 0x80) {
    bytes[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes[size++] = static_cast<char>(value);
  out.append(bytes, size);
}

}  // namespace spate
