#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "spate/types/CodecTrait.h"

// Numbers, strings and times; included by Codec.h.

namespace spate {

template <>
struct Codec<bool> {
  static void encode(bool value, std::string& out) { out.push_back(value ? 1 : 0); }
  static bool decode(ByteReader& in) {
    const auto byte = in.readFixed<uint8_t>();
    if (byte > 1) in.fail();
    return byte == 1;
  }
  static std::string typeName() { return "bool"; }
};

/// Integers of every width, char types, float and double: fixed width, little-endian. Two types of
/// the same width and signedness (long, long long) have the same name and bytes.
template <class T>
  requires std::is_arithmetic_v<T> && (!std::same_as<T, bool>) && (!std::same_as<T, long double>)
struct Codec<T> {
  static void encode(T value, std::string& out) { appendFixed(value, out); }
  static T decode(ByteReader& in) { return in.template readFixed<T>(); }
  static std::string typeName() {
    if constexpr (std::same_as<T, char>) return "char";
    constexpr const char* kind =
        std::is_floating_point_v<T> ? "f" : (std::is_signed_v<T> ? "i" : "u");
    return kind + std::to_string(8 * sizeof(T));
  }
};

/// As the underlying integer; values without a name are kept.
template <class T>
  requires std::is_enum_v<T>
struct Codec<T> {
  using Underlying = std::underlying_type_t<T>;
  static void encode(T value, std::string& out) {
    Codec<Underlying>::encode(static_cast<Underlying>(value), out);
  }
  static T decode(ByteReader& in) { return static_cast<T>(Codec<Underlying>::decode(in)); }
  static std::string typeName() { return "enum<" + Codec<Underlying>::typeName() + ">"; }
};

template <>
struct Codec<std::string_view> {
  static void encode(std::string_view value, std::string& out) {
    appendVarint(value.size(), out);
    out.append(value);
  }
  static std::string typeName() { return "string"; }
};

template <>
struct Codec<std::string> : Codec<std::string_view> {
  static std::string decode(ByteReader& in) { return std::string(in.readSizedBytes()); }
};

template <>
struct Codec<std::monostate> {
  static void encode(std::monostate, std::string& out) { out.push_back(0); }
  static std::monostate decode(ByteReader& in) {
    if (in.readFixed<uint8_t>() != 0) in.fail();
    return {};
  }
  static std::string typeName() { return "unit"; }
};

template <class Rep, class Period>
struct Codec<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;
  static void encode(const Duration& value, std::string& out) {
    Codec<Rep>::encode(value.count(), out);
  }
  static Duration decode(ByteReader& in) { return Duration(Codec<Rep>::decode(in)); }
  static std::string typeName() {
    return "duration<" + Codec<Rep>::typeName() + "," + std::to_string(Period::num) + "/" +
           std::to_string(Period::den) + ">";
  }
};

template <class Duration>
struct Codec<std::chrono::sys_time<Duration>> {
  using Time = std::chrono::sys_time<Duration>;
  static void encode(const Time& value, std::string& out) {
    Codec<Duration>::encode(value.time_since_epoch(), out);
  }
  static Time decode(ByteReader& in) { return Time(Codec<Duration>::decode(in)); }
  static std::string typeName() { return "time<" + Codec<Duration>::typeName() + ">"; }
};

}  // namespace spate
