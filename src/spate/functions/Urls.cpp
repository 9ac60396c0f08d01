#include <string>

#include "spate/functions/Families.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
constexpr size_t kNone = std::string_view::npos;

bool isAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// java.net.URLEncoder: a form's encoding, space is '+'.
Result<arrow::Datum> encodeRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    for (const char c : in[0].text(i)) {
      if (isAlphanumeric(c) || c == '.' || c == '-' || c == '*' || c == '_') {
        out += c;
      } else if (c == ' ') {
        out += '+';
      } else {
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
      }
    }
  });
}

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

template <bool kTry>
Result<arrow::Datum> decodeRows(EvalContext&, Arguments arguments, int64_t rows) {
  std::string decoded;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        const std::string_view text = in[0].text(i);
        decoded.clear();
        for (size_t at = 0; at < text.size(); ++at) {
          if (text[at] != '%') {
            decoded += text[at] == '+' ? ' ' : text[at];
            continue;
          }
          const int high = at + 2 < text.size() ? hexValue(text[at + 1]) : -1;
          const int low = at + 2 < text.size() ? hexValue(text[at + 2]) : -1;
          if (high < 0 || low < 0) {
            if (kTry) {
              out.appendNull();
              return Status::OK();
            }
            return Status::invalidArgument(
                       "The provided URL cannot be decoded: " + std::string(text) +
                       ". Please ensure that the URL is properly formatted and "
                       "try again.")
                .withErrorClass("CANNOT_DECODE_URL", "22546", {{"url", std::string(text)}});
          }
          decoded += static_cast<char>(high * 16 + low);
          at += 2;
        }
        out.append(decoded);
        return Status::OK();
      });
}

/// The parts of a URL as java.net.URI finds them; one that is not there has no data pointer.
struct UrlParts {
  std::string_view protocol;
  std::string_view authority;
  std::string_view userInfo;
  std::string_view host;
  std::string_view path;
  std::string_view query;
  std::string_view fragment;
  bool isValid = true;
};

UrlParts partsOf(std::string_view url) {
  UrlParts parts;
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || std::string_view("\"<>\\^`{|}").find(c) != kNone)
      parts.isValid = false;
  }
  if (const size_t at = url.find('#'); at != kNone) {
    parts.fragment = url.substr(at + 1);
    url = url.substr(0, at);
  }
  if (const size_t at = url.find('?'); at != kNone) {
    parts.query = url.substr(at + 1);
    url = url.substr(0, at);
  }
  const size_t colon = url.find(':');
  if (colon != kNone && colon > 0 && url.substr(0, colon).find('/') == kNone) {
    parts.protocol = url.substr(0, colon);
    url.remove_prefix(colon + 1);
  }
  if (url.starts_with("//")) {
    url.remove_prefix(2);
    const size_t slash = url.find('/');
    parts.authority = url.substr(0, slash);
    url = slash == kNone ? url.substr(url.size()) : url.substr(slash);
    std::string_view host = parts.authority;
    if (const size_t at = host.rfind('@'); at != kNone) {
      parts.userInfo = host.substr(0, at);
      host.remove_prefix(at + 1);
    }
    const size_t bracket = host.rfind(']');
    const size_t port = host.rfind(':');
    if (port != kNone && (bracket == kNone || port > bracket)) host = host.substr(0, port);
    parts.host = host;
  }
  parts.path = url;
  return parts;
}

/// The value of a key in a query, the first one; null data: it is not there.
std::string_view queryValue(std::string_view query, std::string_view key) {
  while (query.data() != nullptr && !query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    if (equals != kNone && pair.substr(0, equals) == key) return pair.substr(equals + 1);
    if (end == kNone) break;
    query.remove_prefix(end + 1);
  }
  return {};
}

template <bool kTry>
Result<arrow::Datum> parseRows(EvalContext& context, Arguments arguments, int64_t rows) {
  std::string file;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        const UrlParts parts = partsOf(in[0].text(i));
        if (!parts.isValid) {
          if (kTry || !context.settings.ansi) {
            out.appendNull();
            return Status::OK();
          }
          const std::string url(in[0].text(i));
          return Status::invalidArgument("The url is invalid: " + url +
                                         ". Use `try_parse_url` to tolerate invalid URL and return "
                                         "NULL instead.")
              .withErrorClass("INVALID_URL", "22P02", {{"url", url}});
        }
        const std::string_view wanted = in[1].text(i);
        std::string_view found;
        if (wanted == "HOST") found = parts.host;
        if (wanted == "PATH") found = parts.path;
        if (wanted == "QUERY") found = parts.query;
        if (wanted == "REF") found = parts.fragment;
        if (wanted == "PROTOCOL") found = parts.protocol;
        if (wanted == "AUTHORITY") found = parts.authority;
        if (wanted == "USERINFO") found = parts.userInfo;
        if (wanted == "FILE") {
          file = parts.path;
          if (parts.query.data() != nullptr) file += "?" + std::string(parts.query);
          found = file;
        }
        if (in.size() > 2)
          found = wanted == "QUERY" ? queryValue(parts.query, in[2].text(i)) : std::string_view();
        if (found.data() == nullptr || (found.empty() && wanted == "HOST")) {
          out.appendNull();
        } else {
          out.append(found);
        }
        return Status::OK();
      });
}

constexpr ScalarFunction kFunctions[] = {
    {"parse_url", bindRows<"ss|s", "s?", &parseRows<false>>},
    {"try_parse_url", bindRows<"ss|s", "s?", &parseRows<true>>},
    {"try_url_decode", bindRows<"s", "s?", &decodeRows<true>>},
    {"url_decode", bindRows<"s", "s", &decodeRows<false>>},
    {"url_encode", bindRows<"s", "s", &encodeRows>},
};

}  // namespace

std::span<const ScalarFunction> urlFunctions() { return kFunctions; }

}  // namespace spate
