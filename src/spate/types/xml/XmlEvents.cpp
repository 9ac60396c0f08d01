#include "spate/types/xml/XmlEvents.h"

#include <expat.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "spate/types/Utf8.h"

namespace spate {
namespace {

bool isWhiteSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The character that a byte stands for, or -1: it is none, or not one by itself.
int codePointOf(iconv_t handle, unsigned char byte) {
  char in = static_cast<char>(byte);
  std::array<char, 4> utf32{};
  char* from = &in;
  char* to = utf32.data();
  size_t left = 1;
  size_t room = utf32.size();
  ::iconv(handle, nullptr, nullptr, nullptr, nullptr);
  if (::iconv(handle, &from, &left, &to, &room) == size_t(-1) || room != 0) return -1;
  uint32_t value = 0;
  std::memcpy(&value, utf32.data(), sizeof(value));
  return static_cast<int>(value);
}

/// Encodings of one byte per character that expat does not know itself.
int XMLCALL describeEncoding(void*, const XML_Char* name, XML_Encoding* info) {
  const iconv_t handle = ::iconv_open("UTF-32LE", name);
  if (handle == reinterpret_cast<iconv_t>(-1)) return XML_STATUS_ERROR;
  for (int byte = 0; byte < 256; ++byte)
    info->map[byte] = codePointOf(handle, static_cast<unsigned char>(byte));
  ::iconv_close(handle);
  info->data = nullptr;
  info->convert = nullptr;
  info->release = nullptr;
  // Not a kin of ASCII, or of several bytes: the tags could not be told.
  return info->map['<'] == '<' && info->map['a'] == 'a' ? XML_STATUS_OK : XML_STATUS_ERROR;
}

}  // namespace

bool XmlEvent::isBlank() const {
  return kind == Kind::kText && std::all_of(text.begin(), text.end(), isWhiteSpace);
}

/// Feeds expat block by block and keeps what it says until it is asked for.
struct XmlEvents::Reader {
  struct Piece {
    size_t at = 0;
    size_t size = 0;
  };
  struct Stored {
    XmlEvent::Kind kind = XmlEvent::Kind::kText;
    Piece text;
    size_t firstAttribute = 0;
    size_t attributes = 0;
  };

  Reader(Source bytes, bool isUtf8)
      : source(std::move(bytes)), parser(XML_ParserCreate(isUtf8 ? "UTF-8" : nullptr)) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &onStart, &onEnd);
    XML_SetCharacterDataHandler(parser, &onText);
    XML_SetCommentHandler(parser, [](void* self, const XML_Char*) { of(self).endText(); });
    XML_SetProcessingInstructionHandler(
        parser, [](void* self, const XML_Char*, const XML_Char*) { of(self).endText(); });
    // With these two, entities of the document are not put in place, but told.
    XML_SetDefaultHandler(parser, [](void*, const XML_Char*, int) {});
    XML_SetSkippedEntityHandler(parser, [](void* self, const XML_Char*, int) { of(self).stop(); });
    // Entities out of other files are refused, not left out.
    XML_SetExternalEntityRefHandler(
        parser,
        [](XML_Parser, const XML_Char*, const XML_Char*, const XML_Char*, const XML_Char*) -> int {
          return XML_STATUS_ERROR;
        });
    XML_SetUnknownEncodingHandler(parser, &describeEncoding, nullptr);
    // In attributes they are; expat stops where they grow to a hundred times the document.
  }
  ~Reader() { XML_ParserFree(parser); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  static Reader& of(void* self) { return *static_cast<Reader*>(self); }

  static void XMLCALL onStart(void* self, const XML_Char* name, const XML_Char** attributes) {
    Reader& reader = of(self);
    if (reader.isStopped) return;
    if (++reader.depth > kMaxDepth) return reader.stop();
    reader.endText();
    Stored event{XmlEvent::Kind::kStart, reader.keep(name), reader.attributes.size(), 0};
    for (; *attributes != nullptr; attributes += 2, ++event.attributes)
      reader.attributes.emplace_back(reader.keep(attributes[0]), reader.keep(attributes[1]));
    reader.events.push_back(event);
  }

  static void XMLCALL onEnd(void* self, const XML_Char* name) {
    Reader& reader = of(self);
    if (reader.isStopped) return;
    --reader.depth;
    reader.endText();
    reader.events.push_back({XmlEvent::Kind::kEnd, reader.keep(name), 0, 0});
  }

  static void XMLCALL onText(void* self, const XML_Char* text, int size) {
    if (!of(self).isStopped) of(self).open.append(text, static_cast<size_t>(size));
  }

  void stop() {
    isStopped = true;
    XML_StopParser(parser, XML_FALSE);
  }

  Piece keep(std::string_view bytes) {
    const Piece piece{text.size(), bytes.size()};
    text += bytes;
    return piece;
  }

  void endText() {
    if (open.empty()) return;
    events.push_back({XmlEvent::Kind::kText, keep(open), 0, 0});
    open.clear();
  }

  /// Reads on until there is an event.
  void fill() {
    if (cursor < events.size()) return;
    events.clear();
    attributes.clear();
    text.clear();
    cursor = 0;
    while (events.empty()) {
      const Result<std::string_view> bytes = source();
      if (!bytes) {
        status = bytes.error();
        events.push_back({XmlEvent::Kind::kUnreadable, {}, 0, 0});
        return;
      }
      feed(*bytes);
    }
  }

  void feed(std::string_view bytes) {
    // expat counts in int.
    constexpr size_t kMost = size_t{1} << 28;
    const bool isEnd = bytes.empty();
    do {
      const std::string_view part = bytes.substr(0, kMost);
      bytes.remove_prefix(part.size());
      const auto size = static_cast<int>(part.size());
      if (XML_Parse(parser, part.data(), size, isEnd ? XML_TRUE : XML_FALSE) != XML_STATUS_OK) {
        events.push_back({kindOfError(part), {}, 0, 0});
        return;
      }
      fed += part.size();
    } while (!bytes.empty());
    if (isEnd) events.push_back({XmlEvent::Kind::kEndOfDocument, {}, 0, 0});
  }

  XmlEvent::Kind kindOfError(std::string_view part) {
    switch (XML_GetErrorCode(parser)) {
      case XML_ERROR_NO_ELEMENTS:
      case XML_ERROR_UNCLOSED_TOKEN:
      case XML_ERROR_UNCLOSED_CDATA_SECTION:
      case XML_ERROR_PARTIAL_CHAR: return XmlEvent::Kind::kTruncated;
      case XML_ERROR_NO_MEMORY: status = Status::internal("out of memory"); break;
      case XML_ERROR_UNKNOWN_ENCODING:
      case XML_ERROR_INCORRECT_ENCODING:
        status = Status::invalidArgument("the encoding of the XML document is not known");
        break;
      case XML_ERROR_INVALID_TOKEN: {
        const XML_Index at = XML_GetCurrentByteIndex(parser) - static_cast<XML_Index>(fed);
        if (at < 0 || at >= static_cast<XML_Index>(part.size()) ||
            isCharacter(part.substr(static_cast<size_t>(at), 4)))
          return XmlEvent::Kind::kMalformed;
        status = Status::corrupt("Invalid UTF-8 in the XML document");
        break;
      }
      default: return XmlEvent::Kind::kMalformed;
    }
    return XmlEvent::Kind::kUnreadable;
  }

  /// Whether a character begins here.
  static bool isCharacter(std::string_view bytes) {
    for (size_t size = 1; size <= bytes.size(); ++size)
      if (isValidUtf8(bytes.substr(0, size))) return true;
    return false;
  }

  std::string_view at(const Piece& piece) const {
    return std::string_view(text).substr(piece.at, piece.size);
  }

  XmlEvent event() {
    fill();
    const Stored& stored = events[cursor];
    shown.clear();
    for (size_t i = 0; i < stored.attributes; ++i) {
      const auto& [name, value] = attributes[stored.firstAttribute + i];
      shown.push_back({at(name), at(value)});
    }
    return {stored.kind, at(stored.text), shown};
  }

  const Source source;
  const XML_Parser parser;
  std::vector<Stored> events;
  std::vector<std::pair<Piece, Piece>> attributes;
  std::vector<XmlAttribute> shown;
  /// What the pieces point into.
  std::string text;
  /// Text that may go on.
  std::string open;
  size_t cursor = 0;
  size_t fed = 0;
  int depth = 0;
  bool isStopped = false;
  Status status;
};

XmlEvents::XmlEvents(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
XmlEvents::~XmlEvents() = default;

std::unique_ptr<XmlEvents> XmlEvents::make(Source source, bool isUtf8) {
  return std::unique_ptr<XmlEvents>(
      new XmlEvents(std::make_unique<Reader>(std::move(source), isUtf8)));
}

std::unique_ptr<XmlEvents> XmlEvents::ofText(std::string_view document) {
  return make(
      [document]() mutable -> Result<std::string_view> {
        return std::exchange(document, std::string_view());
      },
      true);
}

XmlEvent XmlEvents::peek() { return reader_->event(); }

XmlEvent XmlEvents::next() {
  const XmlEvent event = reader_->event();
  if (!event.isLast()) ++reader_->cursor;
  return event;
}

const Status& XmlEvents::error() const { return reader_->status; }

}  // namespace spate
