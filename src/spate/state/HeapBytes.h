#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace spate {

/// An estimate of what a value holds on the heap, beside its own sizeof. Strings, vectors, pairs,
/// tuples and optionals are followed; other types count as nothing: overload it beside yours.
template <class T>
size_t heapBytes(const T&) {
  return 0;
}
inline size_t heapBytes(const std::string& value) {
  static const size_t inlineCapacity = std::string().capacity();
  return value.capacity() > inlineCapacity ? value.capacity() + 1 : 0;
}
template <class A, class B>
size_t heapBytes(const std::pair<A, B>& value);
template <class... T>
size_t heapBytes(const std::tuple<T...>& value);
template <class T>
size_t heapBytes(const std::optional<T>& value);

template <class T>
size_t heapBytes(const std::vector<T>& value) {
  size_t bytes = value.capacity() * sizeof(T);
  if constexpr (!std::is_trivially_copyable_v<T>) {
    for (const auto& element : value) bytes += heapBytes(element);
  }
  return bytes;
}
template <class A, class B>
size_t heapBytes(const std::pair<A, B>& value) {
  return heapBytes(value.first) + heapBytes(value.second);
}
template <class... T>
size_t heapBytes(const std::tuple<T...>& value) {
  return std::apply([](const auto&... part) { return (size_t{0} + ... + heapBytes(part)); }, value);
}
template <class T>
size_t heapBytes(const std::optional<T>& value) {
  return value ? heapBytes(*value) : 0;
}

}  // namespace spate
