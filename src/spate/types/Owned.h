#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace spate {

template <class T>
struct OwnedType {
  using type = T;
};
template <>
struct OwnedType<std::string_view> {
  using type = std::string;
};
template <class A, class B>
struct OwnedType<std::pair<A, B>> {
  using type = std::pair<typename OwnedType<A>::type, typename OwnedType<B>::type>;
};
template <class... Ts>
struct OwnedType<std::tuple<Ts...>> {
  using type = std::tuple<typename OwnedType<Ts>::type...>;
};
template <class T>
struct OwnedType<std::optional<T>> {
  using type = std::optional<typename OwnedType<T>::type>;
};
template <class T>
struct OwnedType<std::vector<T>> {
  using type = std::vector<typename OwnedType<T>::type>;
};
template <class T, size_t N>
struct OwnedType<std::array<T, N>> {
  using type = std::array<typename OwnedType<T>::type, N>;
};

/// T with every std::string_view in it replaced by std::string, through pairs, tuples, optionals,
/// vectors and arrays. A fused loop passes views into the line it reads; what outlives the line (a
/// shuffle, a cache, a collected result) is kept as Owned.
template <class T>
using Owned = typename OwnedType<std::remove_cvref_t<T>>::type;

/// T points into memory of someone else.
template <class T>
inline constexpr bool isView = !std::is_same_v<Owned<T>, std::remove_cvref_t<T>>;

/// The value as its Owned type. Copies the text that views point to; a value without views is
/// moved or copied as it was given.
template <class T>
Owned<T> toOwned(T&& value) {
  using Value = std::remove_cvref_t<T>;
  if constexpr (!isView<Value>) {
    return std::forward<T>(value);
  } else if constexpr (std::is_same_v<Value, std::string_view>) {
    return std::string(value);
  } else if constexpr (requires { std::tuple_size<Value>::value; }) {
    return std::apply(
        []<class... P>(P&&... parts) { return Owned<Value>{toOwned(std::forward<P>(parts))...}; },
        std::forward<T>(value));
  } else if constexpr (requires { value.has_value(); }) {
    if (!value) return std::nullopt;
    return toOwned(*std::forward<T>(value));
  } else {
    Owned<Value> elements;
    elements.reserve(value.size());
    for (const auto& element : value) elements.push_back(toOwned(element));
    return elements;
  }
}

}  // namespace spate
