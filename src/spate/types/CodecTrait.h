#pragma once

#include <concepts>
#include <string>

#include "spate/types/ByteReader.h"

namespace spate {

/// How a value of T stands in state, shuffle files, caches and checkpoints. The bytes are a format
/// of their own, docs/formats/codec.md: they mean the same in every later version.
///
/// Given: bool, integers, float, double, char, enums, std::string, std::pair, std::tuple,
/// std::optional, std::variant, std::monostate, std::vector, std::array, std::map, std::set and
/// their unordered forms, std::chrono durations and times; std::string_view to encode only.
/// For a type of your own, specialise it with these three functions, or from a list of members:
///
///     template <> struct spate::Codec<Trip> : spate::FieldsCodec<&Trip::id, &Trip::minutes> {};
///
/// encode    appends to out; never fails. A value must take at least one byte.
/// decode    gives some value of T when the bytes are bad, and leaves in.ok() false
/// typeName  stable text such as "pair<string,i64>"; part of a graph's fingerprint
template <class T>
struct Codec;

/// T can be written; std::string_view and what contains one can only be written.
template <class T>
concept EncodableOnly = requires(const T& value, std::string& out) {
  { Codec<T>::encode(value, out) } -> std::same_as<void>;
  { Codec<T>::typeName() } -> std::convertible_to<std::string>;
};

/// T can be written and read back.
template <class T>
concept Encodable = EncodableOnly<T> && requires(ByteReader& in) {
  { Codec<T>::decode(in) } -> std::same_as<T>;
};

}  // namespace spate
