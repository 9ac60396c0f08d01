#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "spate/types/HashMix.h"

namespace spate {

/// The way to give a type of your own a stable hash: specialise it with
/// `uint64_t operator()(const T&) const`, or define `uint64_t hashValue(const T&)` beside the type.
/// stableHash(t.a, t.b) makes a good one of the members. Equal values must have equal hashes, in
/// every process.
template <class T>
struct HashOf;

template <class T>
uint64_t hashSeeded(const T& value, uint64_t seed);

template <class T>
concept HasHashOf = requires(const T& v) {
  { HashOf<T>{}(v) } -> std::convertible_to<uint64_t>;
};
template <class T>
concept HasHashValue = requires(const T& v) {
  { hashValue(v) } -> std::convertible_to<uint64_t>;
};
template <class T>
concept StringLike = std::convertible_to<const T&, std::string_view>;

/// The given types; each specialisation hashes its parts in order, the seed being the hash so far.
template <class T>
struct GivenHash;

/// T can be a key: it and all its parts have a stable hash.
template <class T>
concept StableHashable = HasHashOf<std::remove_cv_t<T>> || HasHashValue<std::remove_cv_t<T>> ||
                         requires { sizeof(GivenHash<std::remove_cv_t<T>>); };

template <class T>
  requires std::integral<T> || std::is_enum_v<T>
struct GivenHash<T> {
  /// By value, not by width: int{5}, long{5} and an enum of 5 hash alike.
  static uint64_t hash(T value, uint64_t seed) {
    return hashBits(static_cast<uint64_t>(value), seed);
  }
};

template <std::floating_point T>
struct GivenHash<T> {
  static uint64_t hash(T value, uint64_t seed) {
    double canonical = static_cast<double>(value);
    if (canonical == 0) canonical = 0;  // -0.0 equals 0.0
    if (canonical != canonical) canonical = std::numeric_limits<double>::quiet_NaN();
    return hashBits(std::bit_cast<uint64_t>(canonical), seed);
  }
};

template <StringLike T>
struct GivenHash<T> {
  static uint64_t hash(std::string_view value, uint64_t seed) { return hashBytes(value, seed); }
};

template <StableHashable A, StableHashable B>
struct GivenHash<std::pair<A, B>> {
  static uint64_t hash(const std::pair<A, B>& value, uint64_t seed) {
    return hashSeeded(value.second, hashSeeded(value.first, seed));
  }
};

template <StableHashable... Ts>
struct GivenHash<std::tuple<Ts...>> {
  static uint64_t hash(const std::tuple<Ts...>& value, uint64_t seed) {
    std::apply([&seed](const Ts&... parts) { ((seed = hashSeeded(parts, seed)), ...); }, value);
    return seed;
  }
};

template <StableHashable T>
struct GivenHash<std::optional<T>> {
  static uint64_t hash(const std::optional<T>& value, uint64_t seed) {
    return value ? hashSeeded(*value, hashBits(1, seed)) : hashBits(0, seed);
  }
};

template <>
struct GivenHash<std::monostate> {
  static uint64_t hash(std::monostate, uint64_t seed) { return hashBits(0, seed); }
};

template <StableHashable... Ts>
struct GivenHash<std::variant<Ts...>> {
  static uint64_t hash(const std::variant<Ts...>& value, uint64_t seed) {
    const uint64_t tagged = hashBits(value.index(), seed);
    return std::visit([tagged](const auto& held) { return hashSeeded(held, tagged); }, value);
  }
};

template <class Rep, class Period>
struct GivenHash<std::chrono::duration<Rep, Period>> {
  static uint64_t hash(const std::chrono::duration<Rep, Period>& value, uint64_t seed) {
    return hashSeeded(value.count(), seed);
  }
};

template <class Clock, class Duration>
struct GivenHash<std::chrono::time_point<Clock, Duration>> {
  static uint64_t hash(const std::chrono::time_point<Clock, Duration>& value, uint64_t seed) {
    return hashSeeded(value.time_since_epoch(), seed);
  }
};

/// std::vector, std::array, std::map, std::set and their like: size, then elements in order. The
/// unordered containers add up the hashes of their elements instead.
template <class T>
  requires(!StringLike<T>) &&
          requires(const T& range) {
            typename T::value_type;
            range.begin();
            range.size();
          } && StableHashable<typename T::value_type>
struct GivenHash<T> {
  static uint64_t hash(const T& range, uint64_t seed) {
    using Element = typename T::value_type;
    seed = hashBits(range.size(), seed);
    if constexpr (requires { typename T::hasher; }) {
      uint64_t sum = 0;
      for (const Element& element : range) sum += hashSeeded(element, seed);
      return hashBits(sum, seed);
    } else {
      for (const Element& element : range) seed = hashSeeded(element, seed);
      return seed;
    }
  }
};

template <class T>
uint64_t hashSeeded(const T& value, uint64_t seed) {
  if constexpr (HasHashOf<T>) {
    return hashBits(HashOf<T>{}(value), seed);
  } else if constexpr (HasHashValue<T>) {
    return hashBits(hashValue(value), seed);
  } else {
    static_assert(
        StableHashable<T>,
        "this type has no stable hash: specialise spate::HashOf for it, or define hashValue(T)");
    return GivenHash<T>::hash(value, seed);
  }
}

/// One hash of several values, as that of their tuple.
template <class... Ts>
uint64_t stableHash(const Ts&... values) {
  uint64_t seed = 0;
  ((seed = hashSeeded(values, seed)), ...);
  return seed;
}

/// The hash by which keys find their bucket and their partition: the same in every process, run
/// and version, never salted, and good in its low and high bits alike.
///
/// std::string, std::string_view and const char* of one text hash alike, and so do pairs, tuples
/// and sequences that hold them; integers of one value; 0.0 and -0.0; all NaNs.
struct StableHash {
  using is_transparent = void;
  using is_avalanching = void;

  template <class T>
  uint64_t operator()(const T& value) const {
    return hashSeeded(value, 0);
  }
};

/// The partition of a key among `count`. Mixes once more, so that the keys of one partition still
/// differ in all bits of the hash that their hash map uses.
inline uint32_t hashPartition(uint64_t hash, uint32_t count) {
  const uint64_t mixed = mixMultiply(hash ^ kHashSecret3, kHashSecret2) >> 32;
  return static_cast<uint32_t>((mixed * count) >> 32);
}

/// The equality that goes with StableHash: across string types and integer widths, and NaN equals
/// NaN, as it does for Spark's grouping.
struct StableEqual {
  using is_transparent = void;

  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    if constexpr (StringLike<A> && StringLike<B>) {
      return std::string_view(a) == std::string_view(b);
    } else if constexpr (std::integral<A> && std::integral<B>) {
      return static_cast<uint64_t>(a) == static_cast<uint64_t>(b) && (a < A{}) == (b < B{});
    } else if constexpr (std::is_arithmetic_v<A> && std::is_arithmetic_v<B>) {
      static_assert(std::floating_point<A> == std::floating_point<B>,
                    "an integer and a float of one value have different hashes");
      return a == b || (a != a && b != b);
    } else if constexpr (
        requires { typename std::tuple_size<A>::type; } &&
        requires { typename std::tuple_size<B>::type; }) {
      return equalParts(a, b);
    } else if constexpr (
        requires {
          a.has_value();
          *a;
        } &&
        requires {
          b.has_value();
          *b;
        }) {
      return a.has_value() == b.has_value() && (!a.has_value() || (*this)(*a, *b));
    } else if constexpr (IndexedSequence<A> && IndexedSequence<B>) {
      return equalElements(a, b);
    } else {
      return a == b;
    }
  }

 private:
  template <class T>
  static constexpr bool IndexedSequence = requires(const T& v) {
    v.size();
    v[size_t{0}];
  } && !requires { typename T::key_type; };

  template <class A, class B>
  static bool equalParts(const A& a, const B& b) {
    static_assert(std::tuple_size_v<A> == std::tuple_size_v<B>);
    return [&]<size_t... I>(std::index_sequence<I...>) {
      return (StableEqual()(std::get<I>(a), std::get<I>(b)) && ...);
    }(std::make_index_sequence<std::tuple_size_v<A>>());
  }

  template <class A, class B>
  static bool equalElements(const A& a, const B& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      const typename A::value_type& x = a[i];
      const typename B::value_type& y = b[i];
      if (!StableEqual()(x, y)) return false;
    }
    return true;
  }
};

}  // namespace spate
