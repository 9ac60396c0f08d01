#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spate/types/CodecFields.h"

// Values of any number of elements: the count as a varint, then the elements in the container's
// own order; included by Codec.h.

namespace spate {

template <EncodableOnly T, class Range>
void encodeElements(const Range& elements, std::string& out) {
  appendVarint(elements.size(), out);
  for (const auto& element : elements) {
    [[maybe_unused]] const size_t before = out.size();
    Codec<T>::encode(element, out);
    assert(out.size() > before && "a Codec must write at least one byte");
  }
}

/// Calls add(T) for each element until the bytes end or turn out to be corrupt.
template <Encodable T, class Add>
void decodeElements(size_t count, ByteReader& in, Add add) {
  for (size_t i = 0; i < count; ++i) {
    T element = Codec<T>::decode(in);
    if (!in.ok()) return;
    add(std::move(element));
  }
}

/// What is reserved at once for a count that stands in the bytes: a corrupt one costs little.
inline size_t reservable(size_t count) { return std::min<size_t>(count, 1 << 16); }

template <EncodableOnly T>
struct Codec<std::vector<T>> {
  /// Elements whose bytes in memory are the encoding are copied as a block.
  static constexpr bool kBlock = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

  static void encode(const std::vector<T>& value, std::string& out) {
    if constexpr (kBlock) {
      appendVarint(value.size(), out);
      if (!value.empty()) {
        out.append(reinterpret_cast<const char*>(value.data()), value.size() * sizeof(T));
      }
    } else {
      encodeElements<T>(value, out);
    }
  }
  static std::vector<T> decode(ByteReader& in)
    requires Encodable<T>
  {
    std::vector<T> value;
    const size_t count = in.readCount();
    if constexpr (kBlock) {
      const std::string_view block = in.readBytes(uint64_t{count} * sizeof(T));
      value.resize(block.size() / sizeof(T));
      if (!block.empty()) std::memcpy(value.data(), block.data(), block.size());
    } else {
      value.reserve(reservable(count));
      decodeElements<T>(count, in, [&value](T&& e) { value.push_back(std::move(e)); });
    }
    return value;
  }
  static std::string typeName() { return codecTypeName<T>("vector"); }
};

/// The four map types, ordered or not: they share a name per kind, since a decoder of one reads
/// the bytes of another.
template <class Map>
struct MapCodec {
  using K = typename Map::key_type;
  using V = typename Map::mapped_type;
  static void encode(const Map& value, std::string& out) {
    appendVarint(value.size(), out);
    for (const auto& [k, v] : value) {
      Codec<K>::encode(k, out);
      Codec<V>::encode(v, out);
    }
  }
  static Map decode(ByteReader& in)
    requires Encodable<K> && Encodable<V>
  {
    Map value;
    const size_t count = in.readCount();
    if constexpr (requires { value.reserve(1); }) value.reserve(reservable(count));
    decodeElements<std::pair<K, V>>(count, in, [&value](auto&& e) { value.insert(std::move(e)); });
    return value;
  }
  static std::string typeName() { return codecTypeName<K, V>("map"); }
};

template <class Set>
struct SetCodec {
  using K = typename Set::key_type;
  static void encode(const Set& value, std::string& out) { encodeElements<K>(value, out); }
  static Set decode(ByteReader& in)
    requires Encodable<K>
  {
    Set value;
    const size_t count = in.readCount();
    if constexpr (requires { value.reserve(1); }) value.reserve(reservable(count));
    decodeElements<K>(count, in, [&value](K&& e) { value.insert(std::move(e)); });
    return value;
  }
  static std::string typeName() { return codecTypeName<K>("set"); }
};

template <EncodableOnly K, EncodableOnly V, class Less, class Allocator>
struct Codec<std::map<K, V, Less, Allocator>> : MapCodec<std::map<K, V, Less, Allocator>> {};

template <EncodableOnly K, EncodableOnly V, class Hash, class Equal, class Allocator>
struct Codec<std::unordered_map<K, V, Hash, Equal, Allocator>>
    : MapCodec<std::unordered_map<K, V, Hash, Equal, Allocator>> {};

template <EncodableOnly K, class Less, class Allocator>
struct Codec<std::set<K, Less, Allocator>> : SetCodec<std::set<K, Less, Allocator>> {};

template <EncodableOnly K, class Hash, class Equal, class Allocator>
struct Codec<std::unordered_set<K, Hash, Equal, Allocator>>
    : SetCodec<std::unordered_set<K, Hash, Equal, Allocator>> {};

}  // namespace spate
