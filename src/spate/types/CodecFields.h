#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "spate/types/CodecScalars.h"

// Values of a fixed number of parts; included by Codec.h. Parts follow each other with nothing in
// between; braces make the decoders run from left to right.

namespace spate {

/// "name<part,part>"
template <class... Parts>
std::string codecTypeName(const char* name) {
  std::string text = name;
  text += '<';
  [[maybe_unused]] const char* separator = "";
  ((text += separator, text += Codec<Parts>::typeName(), separator = ","), ...);
  return text += '>';
}

template <EncodableOnly A, EncodableOnly B>
struct Codec<std::pair<A, B>> {
  static void encode(const std::pair<A, B>& value, std::string& out) {
    Codec<A>::encode(value.first, out);
    Codec<B>::encode(value.second, out);
  }
  static std::pair<A, B> decode(ByteReader& in)
    requires Encodable<A> && Encodable<B>
  {
    return std::pair<A, B>{Codec<A>::decode(in), Codec<B>::decode(in)};
  }
  static std::string typeName() { return codecTypeName<A, B>("pair"); }
};

template <EncodableOnly... Ts>
struct Codec<std::tuple<Ts...>> {
  static void encode(const std::tuple<Ts...>& value, std::string& out) {
    std::apply([&out](const Ts&... parts) { (Codec<Ts>::encode(parts, out), ...); }, value);
  }
  static std::tuple<Ts...> decode(ByteReader& in)
    requires(Encodable<Ts> && ...)
  {
    return std::tuple<Ts...>{Codec<Ts>::decode(in)...};
  }
  static std::string typeName() { return codecTypeName<Ts...>("tuple"); }
};

/// As std::monostate, since every value takes at least one byte.
template <>
struct Codec<std::tuple<>> {
  static void encode(const std::tuple<>&, std::string& out) {
    Codec<std::monostate>::encode({}, out);
  }
  static std::tuple<> decode(ByteReader& in) {
    Codec<std::monostate>::decode(in);
    return {};
  }
  static std::string typeName() { return "tuple<>"; }
};

template <EncodableOnly T>
struct Codec<std::optional<T>> {
  static void encode(const std::optional<T>& value, std::string& out) {
    Codec<bool>::encode(value.has_value(), out);
    if (value) Codec<T>::encode(*value, out);
  }
  static std::optional<T> decode(ByteReader& in)
    requires Encodable<T>
  {
    if (!Codec<bool>::decode(in)) return std::nullopt;
    return Codec<T>::decode(in);
  }
  static std::string typeName() { return codecTypeName<T>("optional"); }
};

/// The index as a varint, then the value. A variant that lost its value by an exception throws
/// std::bad_variant_access.
template <EncodableOnly... Ts>
struct Codec<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;
  static void encode(const Variant& value, std::string& out) {
    std::visit(
        [&]<class T>(const T& held) {
          appendVarint(value.index(), out);
          Codec<T>::encode(held, out);
        },
        value);
  }
  static Variant decode(ByteReader& in)
    requires(Encodable<Ts> && ...)
  {
    const uint64_t index = in.readVarint();
    if (index >= sizeof...(Ts)) in.fail();
    return decodeAt<0>(in.ok() ? index : 0, in);
  }
  static std::string typeName() { return codecTypeName<Ts...>("variant"); }

 private:
  template <size_t I>
  static Variant decodeAt(uint64_t index, ByteReader& in) {
    if constexpr (I + 1 < sizeof...(Ts)) {
      if (index != I) return decodeAt<I + 1>(index, in);
    }
    return Variant(std::in_place_index<I>,
                   Codec<std::variant_alternative_t<I, Variant>>::decode(in));
  }
};

template <EncodableOnly T, size_t N>
  requires(N > 0)
struct Codec<std::array<T, N>> {
  static void encode(const std::array<T, N>& value, std::string& out) {
    for (const T& element : value) Codec<T>::encode(element, out);
  }
  static std::array<T, N> decode(ByteReader& in)
    requires Encodable<T>
  {
    return decodeAll(in, std::make_index_sequence<N>());
  }
  static std::string typeName() {
    return "array<" + Codec<T>::typeName() + "," + std::to_string(N) + ">";
  }

 private:
  template <size_t... I>
  static std::array<T, N> decodeAll(ByteReader& in, std::index_sequence<I...>) {
    return {{(static_cast<void>(I), Codec<T>::decode(in))...}};
  }
};

template <class Member>
struct MemberOf;
template <class Struct, class Field>
struct MemberOf<Field Struct::*> {
  using StructType = Struct;
  using FieldType = Field;
};

/// A base for the Codec of a struct: its members in the order given. The order and the types are
/// the format; a member added later makes old bytes kCorrupt.
template <auto First, auto... Rest>
struct FieldsCodec {
  using T = typename MemberOf<decltype(First)>::StructType;

  static void encode(const T& value, std::string& out) {
    encodeMember<First>(value, out);
    (encodeMember<Rest>(value, out), ...);
  }
  static T decode(ByteReader& in) {
    T value{};
    decodeMember<First>(value, in);
    (decodeMember<Rest>(value, in), ...);
    return value;
  }
  static std::string typeName() {
    return codecTypeName<typename MemberOf<decltype(First)>::FieldType,
                         typename MemberOf<decltype(Rest)>::FieldType...>("struct");
  }

 private:
  template <auto Member>
  static void encodeMember(const T& value, std::string& out) {
    Codec<typename MemberOf<decltype(Member)>::FieldType>::encode(value.*Member, out);
  }
  template <auto Member>
  static void decodeMember(T& value, ByteReader& in) {
    value.*Member = Codec<typename MemberOf<decltype(Member)>::FieldType>::decode(in);
  }
};

}  // namespace spate
