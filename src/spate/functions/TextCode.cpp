#include <arrow/array/data.h>
#include <arrow/array/util.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "spate/functions/Base64.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/StringFamilies.h"
#include "spate/functions/TextScan.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int valueOfCharacter(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

Result<arrow::Datum> asBinary(Result<arrow::Datum> made) {
  if (!made) return made;
  const ArgumentColumn texts(*made);
  auto data = texts.array().data()->Copy();
  data->type = arrow::binary();
  return datumOf(arrow::MakeArray(data), made->is_scalar());
}

Result<arrow::Datum> base64Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    appendBase64(in[0].text(i), out);
  });
}

Status invalidConversion(std::string_view text, std::string_view format,
                         std::string_view function) {
  const std::string shown = "'" + std::string(text) + "'";
  return Status::invalidArgument("The value " + shown +
                                 " (\"STRING\") cannot be converted to "
                                 "\"BINARY\" because it is malformed. Correct the value as per the "
                                 "syntax, or change its format. Use `try_to_binary` to tolerate "
                                 "malformed input and return NULL instead.")
      .withErrorClass("CONVERSION_INVALID_INPUT", "22018",
                      {{"str", shown},
                       {"fmt", "'" + std::string(format) + "'"},
                       {"targetType", "\"BINARY\""},
                       {"suggestion", "`" + std::string(function) + "`"}});
}

Result<arrow::Datum> unbase64Rows(EvalContext&, Arguments arguments, int64_t rows) {
  std::string bytes;
  return asBinary(forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        bytes.clear();
        if (!decodeBase64(in[0].text(i), bytes))
          return invalidConversion(in[0].text(i), "BASE64", "try_to_binary");
        out.append(bytes);
        return Status::OK();
      }));
}

enum class Charset : uint8_t { kUtf8, kLatin1, kAscii, kUtf16, kUtf16Big, kUtf16Little, kUtf32 };

std::optional<Charset> charsetNamed(std::string_view name) {
  std::string upper;
  appendUpper(name, upper);
  constexpr std::pair<std::string_view, Charset> kNames[] = {
      {"UTF-8", Charset::kUtf8},        {"ISO-8859-1", Charset::kLatin1},
      {"US-ASCII", Charset::kAscii},    {"UTF-16", Charset::kUtf16},
      {"UTF-16BE", Charset::kUtf16Big}, {"UTF-16LE", Charset::kUtf16Little},
      {"UTF-32", Charset::kUtf32}};
  for (const auto& [text, charset] : kNames)
    if (text == upper) return charset;
  return std::nullopt;
}

Status invalidCharset(std::string_view charset, std::string_view function) {
  const std::string charsets = "iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8";
  return invalidParameterValue(
      "CHARSET", "charset", function,
      "expects one of the " + charsets + ", but got " + std::string(charset) + ".",
      {{"charset", std::string(charset)}, {"charsets", charsets}});
}

Status malformedCharacters(std::string_view function, std::string_view charset) {
  return Status::invalidArgument("Invalid value found when performing `" + std::string(function) +
                                 "` with " + std::string(charset))
      .withErrorClass(
          "MALFORMED_CHARACTER_CODING", "22000",
          {{"function", "`" + std::string(function) + "`"}, {"charset", std::string(charset)}});
}

void appendUnit(char32_t unit, size_t size, bool isBigEndian, std::string& out) {
  for (size_t i = 0; i < size; ++i) {
    const size_t shift = 8 * (isBigEndian ? size - 1 - i : i);
    out += static_cast<char>(unit >> shift & 0xFF);
  }
}

/// False: a character that the charset has not.
bool encodeText(std::string_view text, Charset charset, std::string& out) {
  if (charset == Charset::kUtf8) {
    out += text;
    return true;
  }
  std::string repaired;
  if (!isValidUtf8(text)) {
    appendRepairedUtf8(text, repaired);
    text = repaired;
  }
  if (charset == Charset::kUtf16 && !text.empty()) out += "\xFE\xFF";
  const bool isBig = charset != Charset::kUtf16Little;
  for (size_t at = 0; at < text.size();) {
    const Utf8CodePoint point = utf8CodePointAt(text, at);
    at += point.size;
    if (charset == Charset::kLatin1 || charset == Charset::kAscii) {
      if (point.value > (charset == Charset::kAscii ? 0x7FU : 0xFFU)) return false;
      out += static_cast<char>(point.value);
    } else if (charset == Charset::kUtf32) {
      appendUnit(point.value, 4, true, out);
    } else if (point.value >= 0x10000) {
      appendUnit(0xD800 + ((point.value - 0x10000) >> 10), 2, isBig, out);
      appendUnit(0xDC00 + ((point.value - 0x10000) & 0x3FF), 2, isBig, out);
    } else {
      appendUnit(point.value, 2, isBig, out);
    }
  }
  return true;
}

bool decodeBytes(std::string_view bytes, Charset charset, std::string& out) {
  switch (charset) {
    case Charset::kUtf8: out += bytes; return isValidUtf8(bytes);
    case Charset::kAscii: out += bytes; return isAscii(bytes);
    case Charset::kLatin1:
      for (const char c : bytes) appendUtf8(static_cast<unsigned char>(c), out);
      return true;
    default: break;
  }
  const size_t size = charset == Charset::kUtf32 ? 4 : 2;
  bool isBig = charset != Charset::kUtf16Little;
  if (charset == Charset::kUtf16 && bytes.size() >= 2) {
    if (bytes.starts_with("\xFF\xFE")) isBig = false;
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
  }
  if (bytes.size() % size != 0) return false;
  const auto unitAt = [&](size_t at) {
    char32_t unit = 0;
    for (size_t i = 0; i < size; ++i)
      unit = unit << 8 | static_cast<unsigned char>(bytes[at + (isBig ? i : size - 1 - i)]);
    return unit;
  };
  for (size_t at = 0; at < bytes.size(); at += size) {
    char32_t unit = unitAt(at);
    if (size == 2 && unit >= 0xD800 && unit < 0xDC00 && at + 4 <= bytes.size()) {
      const char32_t low = unitAt(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      }
    }
    if ((unit >= 0xD800 && unit < 0xE000) || unit > 0x10FFFF) return false;
    appendUtf8(unit, out);
  }
  return true;
}

/// encode(text, charset) and decode(bytes, charset).
template <bool kEncode>
Result<arrow::Datum> codeRows(EvalContext&, Arguments arguments, int64_t rows) {
  constexpr std::string_view kName = kEncode ? "encode" : "decode";
  std::string coded;
  auto made = forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        const auto charset = charsetNamed(in[1].text(i));
        if (!charset) return invalidCharset(in[1].text(i), kName);
        coded.clear();
        const bool fits = kEncode ? encodeText(in[0].text(i), *charset, coded)
                                  : decodeBytes(in[0].text(i), *charset, coded);
        if (!fits) return malformedCharacters(kName, in[1].text(i));
        out.append(coded);
        return Status::OK();
      });
  return kEncode ? asBinary(std::move(made)) : made;
}

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool decodeHex(std::string_view text, std::string& out) {
  std::string even;
  if (text.size() % 2 != 0) even = "0";
  even += text;
  for (size_t i = 0; i < even.size(); i += 2) {
    const int high = hexValue(even[i]);
    const int low = hexValue(even[i + 1]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
  }
  return true;
}

/// to_binary(text, format = 'hex').
template <bool kTry>
Result<arrow::Datum> toBinaryRows(EvalContext&, Arguments arguments, int64_t rows) {
  std::string bytes;
  return asBinary(forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        std::string format = "hex";
        if (in.size() > 1) {
          format.clear();
          appendLower(in[1].text(i), format);
        }
        const std::string_view text = in[0].text(i);
        bytes.clear();
        bool fits = true;
        if (format == "hex") {
          fits = decodeHex(text, bytes);
        } else if (format == "base64") {
          fits = decodeBase64(text, bytes);
        } else if (format == "utf-8" || format == "utf8") {
          bytes = text;
        } else {
          return invalidParameterValue("BINARY_FORMAT", "fmt", "to_binary",
                                       "expects one of binary formats 'base64', 'hex', 'utf-8', "
                                       "but got '" +
                                           format + "'.",
                                       {{"invalidFormat", "'" + format + "'"}});
        }
        if (!fits && !kTry) return invalidConversion(text, format, "try_to_binary");
        if (fits) {
          out.append(bytes);
        } else {
          out.appendNull();
        }
        return Status::OK();
      }));
}

Result<arrow::Datum> asciiRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    std::string text(in[0].text(i).substr(0, 4));
    if (text.empty()) return 0;
    repairUtf8(text);
    return static_cast<int32_t>(utf8CodePointAt(text, 0).value);
  });
}

Result<arrow::Datum> chrRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    const int64_t number = in[0].get<int64_t>(i);
    if (number >= 0) appendUtf8(static_cast<char32_t>(number & 0xFF), out);
  });
}

Result<arrow::Datum> isValidUtf8Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachBoolean(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return isValidUtf8(in[0].text(i));
  });
}

Result<arrow::Datum> makeValidUtf8Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    appendRepairedUtf8(in[0].text(i), out);
  });
}

template <bool kTry>
Result<arrow::Datum> validateUtf8Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        const std::string_view text = in[0].text(i);
        if (isValidUtf8(text)) {
          out.append(text);
        } else if (kTry) {
          out.appendNull();
        } else {
          std::string shown;
          for (const char c : text) {
            constexpr char kDigits[] = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            shown += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
          }
          return Status::invalidArgument("Invalid UTF8 byte sequence found in string: " + shown +
                                         ".")
              .withErrorClass("INVALID_UTF8_STRING", "22029", {{"str", shown}});
        }
        return Status::OK();
      });
}

constexpr ScalarFunction kFunctions[] = {
    {"ascii", bindRows<"s", "i", &asciiRows>},
    {"base64", bindRows<"x", "s", &base64Rows>},
    {"char", bindRows<"l", "s", &chrRows>},
    {"chr", bindRows<"l", "s", &chrRows>},
    {"decode", bindRows<"xs", "s", &codeRows<false>>},
    {"encode", bindRows<"ss", "x", &codeRows<true>>},
    {"is_valid_utf8", bindRows<"s", "t", &isValidUtf8Rows>},
    {"make_valid_utf8", bindRows<"s", "s", &makeValidUtf8Rows>},
    {"to_binary", bindRows<"s|s", "x", &toBinaryRows<false>>},
    {"try_to_binary", bindRows<"s|s", "x?", &toBinaryRows<true>>},
    {"try_validate_utf8", bindRows<"s", "s?", &validateUtf8Rows<true>>},
    {"unbase64", bindRows<"s", "x", &unbase64Rows>},
    {"validate_utf8", bindRows<"s", "s", &validateUtf8Rows<false>>},
};

}  // namespace

void appendBase64(std::string_view bytes, std::string& out) {
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
}

bool decodeBase64(std::string_view text, std::string& out) {
  uint32_t group = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int value = valueOfCharacter(c);
    if (value < 0) continue;
    group = group << 6 | static_cast<uint32_t>(value);
    if (++count == 4) {
      for (const int shift : {16, 8, 0}) out += static_cast<char>(group >> shift & 0xFF);
      group = 0;
      count = 0;
    }
  }
  if (count == 1) return false;
  if (count >= 2) out += static_cast<char>(group >> (count == 2 ? 4 : 10) & 0xFF);
  if (count == 3) out += static_cast<char>(group >> 2 & 0xFF);
  return true;
}

std::span<const ScalarFunction> textCodeFunctions() { return kFunctions; }

}  // namespace spate
