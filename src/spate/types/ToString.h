#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "spate/base/Time.h"

namespace spate {

/// A number as Java prints it ("1.0E10", "NaN") and as
/// Python's repr does ("10000000000.0", "nan"): the shortest text that reads back as the number.
void appendJavaNumber(double value, std::string& out);
void appendJavaNumber(float value, std::string& out);
void appendPythonNumber(double value, std::string& out);
void appendPythonNumber(float value, std::string& out);
/// Python's repr of a str: quotes and escapes. Invalid UTF-8 shows as U+FFFD.
void appendPythonString(std::string_view text, std::string& out);
/// java.sql.Timestamp's text, in local time: "2017-10-21 20:10:00.0".
void appendJavaTime(Timestamp time, std::string& out);
/// "datetime.datetime(2017, 10, 21, 20, 10)" in local time; "datetime.timedelta(seconds=1)".
void appendPythonTime(Timestamp time, std::string& out);
void appendPythonDuration(Micros duration, std::string& out);

/// How a container presents itself; chosen by what it offers, so that any map or set type fits.
template <class T>
concept RangeLike = requires(const T& v) {
  typename T::value_type;
  v.begin();
  v.end();
} && !std::convertible_to<const T&, std::string_view>;
template <class T>
concept MapLike = RangeLike<T> && requires { typename T::mapped_type; };
template <class T>
concept SetLike = RangeLike<T> && requires { typename T::key_type; } && !MapLike<T>;
template <class T>
concept TupleLike = requires { std::tuple_size<T>::value; } && !RangeLike<T>;
template <class T>
concept Streamable = requires(std::ostream& out, const T& v) { out << v; };

template <class>
inline constexpr bool isOptional = false;
template <class T>
inline constexpr bool isOptional<std::optional<T>> = true;
template <class>
inline constexpr bool isVariant = false;
template <class... Ts>
inline constexpr bool isVariant<std::variant<Ts...>> = true;
template <class>
inline constexpr bool isDuration = false;
template <class Rep, class Period>
inline constexpr bool isDuration<std::chrono::duration<Rep, Period>> = true;
template <class>
inline constexpr bool isSysTime = false;
template <class Duration>
inline constexpr bool isSysTime<std::chrono::sys_time<Duration>> = true;

/// Elements with ", " between them.
template <class Range, class Append>
void appendJoined(const Range& range, std::string& out, Append append) {
  const char* separator = "";
  for (const typename Range::value_type& element : range) {
    out += separator;
    append(element);
    separator = ", ";
  }
}

template <class T>
void appendStreamed(const T& value, std::string& out) {
  static_assert(Streamable<T>, "to print this type give it operator<<(std::ostream&, const T&)");
  std::ostringstream stream;
  stream << value;
  out += stream.str();
}

/// What Scala's toString prints for the value's counterpart in Spark; see scalaString().
template <class T>
void appendScala(const T& value, std::string& out) {
  const auto each = [&out](const auto& element) { appendScala(element, out); };
  if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::same_as<T, char>) {
    out += value;
  } else if constexpr (std::integral<T>) {
    out += std::to_string(value);
  } else if constexpr (std::floating_point<T>) {
    appendJavaNumber(value, out);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    out += std::string_view(value);
  } else if constexpr (std::same_as<T, std::monostate>) {
    out += "()";
  } else if constexpr (isOptional<T>) {
    if (!value) {
      out += "None";
      return;
    }
    out += "Some(";
    each(*value);
    out += ')';
  } else if constexpr (isVariant<T>) {
    std::visit(each, value);
  } else if constexpr (TupleLike<T>) {
    [[maybe_unused]] const char* separator = "(";
    if constexpr (std::tuple_size_v<T> == 0) out += '(';
    std::apply(
        [&](const auto&... parts) { ((out += separator, each(parts), separator = ","), ...); },
        value);
    out += ')';
  } else if constexpr (MapLike<T>) {
    out += "Map(";
    appendJoined(value, out, [&](const auto& entry) {
      each(entry.first);
      out += " -> ";
      each(entry.second);
    });
    out += ')';
  } else if constexpr (RangeLike<T>) {
    out += SetLike<T> ? "Set(" : "CompactBuffer(";
    appendJoined(value, out, each);
    out += ')';
  } else if constexpr (isSysTime<T>) {
    appendJavaTime(std::chrono::floor<Micros>(value), out);
  } else if constexpr (isDuration<T>) {
    out += std::to_string(std::chrono::floor<Millis>(value).count()) + " ms";
  } else {
    appendStreamed(value, out);
  }
}

/// The text that Spark's Scala API prints and saves for a value (print(), saveAsTextFile):
/// "(and,11)", "Some(1)", "1.0E10". A std::vector prints as "CompactBuffer(1, 2)", since what
/// Spark itself puts into records as a sequence are the values of groupByKey and cogroup. Types
/// of your own print by operator<<.
template <class T>
std::string scalaString(const T& value) {
  std::string out;
  appendScala(value, out);
  return out;
}

/// Python's repr; see pythonRepr().
template <class T>
void appendPython(const T& value, std::string& out) {
  const auto each = [&out](const auto& element) { appendPython(element, out); };
  if constexpr (std::same_as<T, bool>) {
    out += value ? "True" : "False";
  } else if constexpr (std::same_as<T, char>) {
    appendPythonString(std::string_view(&value, 1), out);
  } else if constexpr (std::integral<T>) {
    out += std::to_string(value);
  } else if constexpr (std::floating_point<T>) {
    appendPythonNumber(value, out);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    appendPythonString(value, out);
  } else if constexpr (std::same_as<T, std::monostate>) {
    out += "None";
  } else if constexpr (isOptional<T>) {
    if (value) {
      each(*value);
    } else {
      out += "None";
    }
  } else if constexpr (isVariant<T>) {
    std::visit(each, value);
  } else if constexpr (TupleLike<T>) {
    out += '(';
    [[maybe_unused]] const char* separator = "";
    std::apply(
        [&](const auto&... parts) { ((out += separator, each(parts), separator = ", "), ...); },
        value);
    out += std::tuple_size_v<T> == 1 ? ",)" : ")";
  } else if constexpr (MapLike<T>) {
    out += '{';
    appendJoined(value, out, [&](const auto& entry) {
      each(entry.first);
      out += ": ";
      each(entry.second);
    });
    out += '}';
  } else if constexpr (RangeLike<T>) {
    if (SetLike<T> && value.begin() == value.end()) {
      out += "set()";
      return;
    }
    out += SetLike<T> ? '{' : '[';
    appendJoined(value, out, each);
    out += SetLike<T> ? '}' : ']';
  } else if constexpr (isSysTime<T>) {
    appendPythonTime(std::chrono::floor<Micros>(value), out);
  } else if constexpr (isDuration<T>) {
    appendPythonDuration(std::chrono::floor<Micros>(value), out);
  } else {
    appendStreamed(value, out);
  }
}

/// Python 3's repr of the value's counterpart: "('and', 11)", "[1.0, None]", "{'a': True}".
template <class T>
std::string pythonRepr(const T& value) {
  std::string out;
  appendPython(value, out);
  return out;
}

/// Python's str(), which is what PySpark's pprint and saveAsTextFiles write for a record: its
/// repr, but a string as it is and a time as "2017-10-21 20:10:00".
template <class T>
std::string pythonStr(const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    return std::string(std::string_view(value));
  } else if constexpr (std::same_as<T, char>) {
    return std::string(1, value);
  } else if constexpr (isSysTime<T>) {
    return formatLocalTime(std::chrono::floor<Micros>(value));
  } else {
    return pythonRepr(value);
  }
}

}  // namespace spate
