#include "spate/types/ToString.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "spate/types/PythonPrintable.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

/// d.ddd * 10^exponent, without sign and point.
struct Digits {
  std::string digits;
  int exponent = 0;
};

template <class T>
Digits parseScientific(const char* begin, const char* end) {
  Digits result;
  const char* at = begin;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') result.digits += *at;
  }
  if (at != end) ++at;
  if (at != end && *at == '+') ++at;
  std::from_chars(at, end, result.exponent);
  return result;
}

/// The fewest digits that read back as the value, which is finite and not negative.
template <class T>
Digits shortestDigits(T value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
  return parseScientific<T>(text, end.ptr);
}

/// The digits as a plain number with at least one digit on each side of the point.
void appendPlain(const Digits& number, std::string& out) {
  const int size = static_cast<int>(number.digits.size());
  const int point = number.exponent + 1;
  if (point <= 0) {
    out += "0.";
    out.append(static_cast<size_t>(-point), '0');
    out += number.digits;
  } else if (point >= size) {
    out += number.digits;
    out.append(static_cast<size_t>(point - size), '0');
    out += ".0";
  } else {
    out.append(number.digits, 0, static_cast<size_t>(point));
    out += '.';
    out.append(number.digits, static_cast<size_t>(point));
  }
}

template <class T>
void appendJava(T value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out += '-';
  value = std::abs(value);
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  Digits number = shortestDigits(value);
  if (value == 0 || (value >= T(1e-3) && value < T(1e7))) {
    appendPlain(number, out);
    return;
  }
  if (number.digits.size() == 1) {
    // Java prints two digits at least, and then the nearest two: 4.9E-324, not 5.0E-324.
    char text[64];
    const auto end =
        std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific, 1);
    number = parseScientific<T>(text, end.ptr);
  }
  out += number.digits[0];
  out += '.';
  out.append(number.digits, 1);
  out += 'E' + std::to_string(number.exponent);
}

template <class T>
void appendPythonFloat(T value, std::string& out) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  if (std::signbit(value)) out += '-';
  value = std::abs(value);
  if (std::isinf(value)) {
    out += "inf";
    return;
  }
  const Digits number = shortestDigits(value);
  if (number.exponent >= -4 && number.exponent < 16) {
    appendPlain(number, out);
    return;
  }
  out += number.digits[0];
  if (number.digits.size() > 1) {
    out += '.';
    out.append(number.digits, 1);
  }
  char exponent[8];
  std::snprintf(exponent, sizeof(exponent), "e%+03d", number.exponent);
  out += exponent;
}

void appendPythonCodePoint(char32_t c, std::string_view encoded, char quote, std::string& out) {
  char escape[16];
  if (c == '\\' || c == static_cast<char32_t>(quote)) {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else if (isPythonPrintable(c)) {
    out += encoded;
  } else {
    const char* format = c <= 0xff ? "\\x%02x" : (c <= 0xffff ? "\\u%04x" : "\\U%08x");
    std::snprintf(escape, sizeof(escape), format, static_cast<unsigned>(c));
    out += escape;
  }
}

std::tm localTime(Timestamp time, int64_t& micros) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  micros = (time - seconds).count();
  const std::time_t raw = seconds.time_since_epoch().count();
  std::tm fields{};
  localtime_r(&raw, &fields);
  return fields;
}

}  // namespace

void appendJavaNumber(double value, std::string& out) { appendJava(value, out); }
void appendJavaNumber(float value, std::string& out) { appendJava(value, out); }
void appendPythonNumber(double value, std::string& out) { appendPythonFloat(value, out); }
void appendPythonNumber(float value, std::string& out) { appendPythonFloat(value, out); }

void appendPythonString(std::string_view text, std::string& out) {
  std::string repaired;
  if (!isValidUtf8(text)) {
    appendRepairedUtf8(text, repaired);
    text = repaired;
  }
  const bool singleQuoted =
      text.find('\'') == std::string_view::npos || text.find('"') != std::string_view::npos;
  const char quote = singleQuoted ? '\'' : '"';
  out += quote;
  size_t at = 0;
  while (at < text.size()) {
    const Utf8CodePoint next = utf8CodePointAt(text, at);
    appendPythonCodePoint(next.value, text.substr(at, next.size), quote, out);
    at += next.size;
  }
  out += quote;
}

void appendJavaTime(Timestamp time, std::string& out) {
  int64_t micros = 0;
  const std::tm t = localTime(time, micros);
  char text[64];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d.%06d", t.tm_year + 1900,
                t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, static_cast<int>(micros));
  std::string formatted = text;
  while (formatted.back() == '0' && formatted[formatted.size() - 2] != '.') formatted.pop_back();
  out += formatted;
}

void appendPythonTime(Timestamp time, std::string& out) {
  int64_t micros = 0;
  const std::tm t = localTime(time, micros);
  out += "datetime.datetime(" + std::to_string(t.tm_year + 1900);
  for (const int field : {t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min}) {
    out += ", " + std::to_string(field);
  }
  if (t.tm_sec != 0 || micros != 0) out += ", " + std::to_string(t.tm_sec);
  if (micros != 0) out += ", " + std::to_string(micros);
  out += ')';
}

void appendPythonDuration(Micros duration, std::string& out) {
  using Days = std::chrono::duration<int64_t, std::ratio<86400>>;
  const auto days = std::chrono::floor<Days>(duration);
  const auto rest = duration - days;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(rest);
  const auto micros = rest - seconds;
  out += "datetime.timedelta(";
  const char* separator = "";
  const auto part = [&](const char* name, int64_t value) {
    if (value == 0) return;
    out += separator;
    out += name;
    out += '=' + std::to_string(value);
    separator = ", ";
  };
  part("days", days.count());
  part("seconds", seconds.count());
  part("microseconds", micros.count());
  if (duration.count() == 0) out += '0';
  out += ')';
}

}  // namespace spate
