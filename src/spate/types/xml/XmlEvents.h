#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace spate {

struct XmlAttribute {
  /// As it is written, with its prefix; declarations of namespaces are attributes, too.
  std::string_view name;
  std::string_view value;
};

/// What comes next in a document. Comments and processing instructions are left out; they part two
/// texts, which CDATA sections do not.
struct XmlEvent {
  enum class Kind : uint8_t {
    kStart,
    kEnd,
    kText,
    kEndOfDocument,
    /// The document goes on in a way that is not XML; nothing comes after it.
    kMalformed,
    /// The document ends before its root element does.
    kTruncated,
    /// Bytes that are no characters, or that could not be read: see XmlEvents::error().
    kUnreadable,
  };
  Kind kind = Kind::kEndOfDocument;
  /// The name of an element, as it is written, or the text.
  std::string_view text;
  std::span<const XmlAttribute> attributes;

  bool isLast() const { return kind >= Kind::kEndOfDocument; }
  /// Text that is nothing but white space.
  bool isBlank() const;
};

/// An XML document as a sequence of events, read as it comes. No document can make it read another
/// one: external entities and DTDs are not opened, entities that the document defines are refused
/// in content (as Spark's parser does) and bounded in attributes, and elements nest up to
/// kMaxDepth, as in Spark's parser.
///
/// In      any bytes
/// Threads one at a time
class XmlEvents {
 public:
  static constexpr int kMaxDepth = 1000;

  /// The next bytes of the document, good until the next call; empty at its end.
  using Source = std::function<Result<std::string_view>()>;

  /// `isUtf8`: the bytes are, whatever the document says about itself.
  static std::unique_ptr<XmlEvents> make(Source source, bool isUtf8);
  /// Of a whole document in UTF-8, which must outlive the events.
  static std::unique_ptr<XmlEvents> ofText(std::string_view document);
  ~XmlEvents();

  /// The next event, which stays the next one. Its views are good until the next call.
  XmlEvent peek();
  /// The next event; the last one comes again and again.
  XmlEvent next();

  /// Of kUnreadable.
  const Status& error() const;

 private:
  struct Reader;
  explicit XmlEvents(std::unique_ptr<Reader> reader);

  std::unique_ptr<Reader> reader_;
};

}  // namespace spate
