#include <gtest/gtest.h>

#include <string>

#include "spate/types/xml/XmlEvents.h"

namespace spate {
namespace {

using Kind = XmlEvent::Kind;

/// "<a x=1>", "</a>", "text"; at the end '.', '!' (malformed), '~' (truncated) or '?' (unreadable).
std::string shown(XmlEvents& events) {
  std::string result;
  while (true) {
    const XmlEvent event = events.next();
    const std::string text(event.text);
    switch (event.kind) {
      case Kind::kStart:
        result += "<" + text;
        for (const XmlAttribute& each : event.attributes)
          result += " " + std::string(each.name) + "=" + std::string(each.value);
        result += ">";
        break;
      case Kind::kEnd: result += "</" + text + ">"; break;
      case Kind::kText: result += "'" + text + "'"; break;
      case Kind::kEndOfDocument: return result + ".";
      case Kind::kMalformed: return result + "!";
      case Kind::kTruncated: return result + "~";
      case Kind::kUnreadable: return result + "?";
    }
  }
}

std::string eventsOf(const std::string& document) { return shown(*XmlEvents::ofText(document)); }

TEST(XmlEventsTest, eventsOfADocument) {
  EXPECT_EQ(eventsOf("<?xml version='1.0'?>\n<a x='1' p:y='&lt;'>t<b/><![CDATA[<u>]]>v&amp;</a>\n"),
            "<a x=1 p:y=<>'t'<b></b>'<u>v&'</a>.");
  EXPECT_EQ(eventsOf("<a>1<!-- c -->2<?pi x?>3</a>"), "<a>'1''2''3'</a>.");
}

TEST(XmlEventsTest, whatIsNoXmlComesAfterWhatIs) {
  EXPECT_EQ(eventsOf("<a><b>1</c></a>"), "<a><b>!");
  EXPECT_EQ(eventsOf("<a></a><b/>"), "<a></a>!");
  EXPECT_EQ(eventsOf("text"), "!");
  EXPECT_EQ(eventsOf("<a x='1' x='2'/>"), "!");
}

TEST(XmlEventsTest, anEndThatComesTooEarlyIsNotMalformed) {
  EXPECT_EQ(eventsOf(""), "~");
  EXPECT_EQ(eventsOf("<a><b>1</b>"), "<a><b>'1'</b>~");
  EXPECT_EQ(eventsOf("<a><b"), "<a>~");
  EXPECT_EQ(eventsOf("<a><![CDATA[x"), "<a>~");
}

TEST(XmlEventsTest, bytesThatAreNoCharacters) {
  const std::string document = "<a>\xff</a>";
  const auto events = XmlEvents::ofText(document);
  EXPECT_EQ(shown(*events), "<a>?");
  EXPECT_EQ(events->error().code(), StatusCode::kCorrupt);
}

TEST(XmlEventsTest, entitiesOfTheDocumentAreRefused) {
  EXPECT_EQ(eventsOf("<!DOCTYPE a [<!ENTITY e 'boo'>]><a>x&e;y</a>"), "<a>!");
  EXPECT_EQ(eventsOf("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>"), "<a>!");
  EXPECT_EQ(eventsOf("<a>&nope;</a>"), "<a>!");
  // Not used, it does no harm.
  EXPECT_EQ(eventsOf("<!DOCTYPE a [<!ENTITY e 'boo'>]><a>x</a>"), "<a>'x'</a>.");
}

TEST(XmlEventsTest, aBillionLaughsInAnAttributeAreNotLaughed) {
  std::string document = "<!DOCTYPE a [<!ENTITY e0 'laughs'>";
  for (int i = 1; i < 12; ++i) {
    document += "<!ENTITY e" + std::to_string(i) + " '";
    for (int k = 0; k < 10; ++k) document += "&e" + std::to_string(i - 1) + ";";
    document += "'>";
  }
  EXPECT_EQ(eventsOf(document + "]><a x='&e11;'/>"), "!");
}

TEST(XmlEventsTest, elementsNestToALimit) {
  const auto nested = [](int depth) {
    std::string document;
    for (int i = 0; i < depth; ++i) document += "<a>";
    for (int i = 0; i < depth; ++i) document += "</a>";
    return document;
  };
  EXPECT_TRUE(eventsOf(nested(XmlEvents::kMaxDepth)).ends_with("."));
  EXPECT_TRUE(eventsOf(nested(XmlEvents::kMaxDepth + 1)).ends_with("!"));
  EXPECT_TRUE(eventsOf(nested(100'000)).ends_with("!"));
}

TEST(XmlEventsTest, aDocumentInAnyPieces) {
  const std::string document = "<a x='\xC3\xA9'>one \xE2\x82\xAC two<b>&#8364;</b><!-- c --></a>";
  for (size_t size = 1; size < document.size(); ++size) {
    size_t at = 0;
    const auto events = XmlEvents::make(
        [&]() -> Result<std::string_view> {
          const std::string_view part = std::string_view(document).substr(at, size);
          at += part.size();
          return part;
        },
        false);
    EXPECT_EQ(shown(*events), "<a x=\xC3\xA9>'one \xE2\x82\xAC two'<b>'\xE2\x82\xAC'</b></a>.");
  }
}

TEST(XmlEventsTest, anErrorOfTheSourceIsKept) {
  const auto events = XmlEvents::make(
      []() -> Result<std::string_view> { return failure(Status::ioError("no disk")); }, false);
  EXPECT_EQ(shown(*events), "?");
  EXPECT_EQ(events->error().message(), "no disk");
}

}  // namespace
}  // namespace spate
