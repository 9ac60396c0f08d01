#include <gtest/gtest.h>

#include "spate/types/UriEscapes.h"

namespace spate {
namespace {

TEST(UriEscapes, whatJavaLeavesInAPathStays) {
  const std::string plain = "/aZ09-_.!~*'():@&=+$,;";
  EXPECT_EQ(uriEscaped(plain, HighBytes::kKept), plain);
  EXPECT_EQ(uriEscaped("/a b%#?", HighBytes::kKept), "/a%20b%25%23%3F");
}

TEST(UriEscapes, bytesAboveAsciiAreKeptOrEscaped) {
  EXPECT_EQ(uriEscaped("/\xC3\xA9", HighBytes::kKept), "/\xC3\xA9");
  EXPECT_EQ(uriEscaped("/\xC3\xA9\xFF", HighBytes::kEscaped), "/%C3%A9%FF");
  for (const auto highBytes : {HighBytes::kKept, HighBytes::kEscaped})
    EXPECT_EQ(*uriUnescaped(uriEscaped("/\xC3\xA9 %", highBytes), ""), "/\xC3\xA9 %");
}

TEST(UriEscapes, halfAnEscapeIsRefusedWithTheWholeUri) {
  for (const char* path : {"/a%", "/a%2", "/a%2g", "/a% 2", "/a%-1"}) {
    const auto plain = uriUnescaped(path, "file:///the/whole");
    ASSERT_FALSE(plain) << path;
    EXPECT_EQ(plain.error().code(), StatusCode::kCorrupt);
    EXPECT_EQ(plain.error().message(), "not the URI of a local file: file:///the/whole");
  }
}

}  // namespace
}  // namespace spate
