#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <utility>

#include "spate/types/Utf8.h"

namespace spate {
namespace {

using namespace std::string_literals;

std::pair<std::string, size_t> repaired(std::string text) {
  const size_t replacements = repairUtf8(text);
  return {text, replacements};
}

TEST(Utf8, validTextIsKept) {
  for (const std::string& text :
       {""s, "plain ascii, longer than a word"s, "h\xc3\xa9llo"s, "\xe2\x82\xac"s,
        "\xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"s, "a\0b"s, "\xed\x9f\xbf\xee\x80\x80"s}) {
    EXPECT_TRUE(isValidUtf8(text));
    EXPECT_EQ(std::pair(text, size_t{0}), repaired(text));
  }
}

// Each expectation is what `new String(bytes, UTF_8)` gives (OpenJDK 17); where no surrogate is
// encoded, bytes.decode("utf-8", "replace") of Python gives the same.
TEST(Utf8, replacementsAreJavas) {
  const std::string r = "\xEF\xBF\xBD";
  const std::pair<std::string, std::pair<std::string, size_t>> cases[] = {
      {"\xff", {r, 1}},
      {"a\x80"s + "b", {"a" + r + "b", 1}},
      {"\xc0\x80", {r + r, 2}},
      {"\xc1\xbf", {r + r, 2}},
      {"\xc3", {r, 1}},
      {"\xc3(", {r + "(", 1}},
      {"\xe0\x80\x80", {r + r + r, 3}},
      {"\xe2\x82", {r, 1}},
      {"\xe2\x82(", {r + "(", 1}},
      {"\xe2(\xa1", {r + "(" + r, 2}},
      {"\xf0\x80\x80\x80", {r + r + r + r, 4}},
      {"\xf0\x9f\x98", {r, 1}},
      {"\xf0\x9f\x98x", {r + "x", 1}},
      {"\xf0\x9f\xe2\x82\xac", {r + "\xe2\x82\xac", 1}},
      {"\xf4\x90\x80\x80", {r + r + r + r, 4}},
      {"\xf5\x80\x80\x80", {r + r + r + r, 4}},
      {"\xed\xa0\x80", {r, 1}},
      {"\xed\xa0", {r, 1}},
      {"\xed\xa0x", {r + "x", 1}},
      {"\xed\xa0\xbd\xed\xb8\x80", {r + r, 2}},
      {"12345678\xff"
       "12345678",
       {"12345678" + r + "12345678", 1}},
  };
  for (const auto& [bytes, expected] : cases) {
    EXPECT_FALSE(isValidUtf8(bytes));
    EXPECT_EQ(expected, repaired(bytes));
  }
}

TEST(Utf8, anyBytesBecomeValidAndStayThen) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string text;
    const size_t replacements = appendRepairedUtf8(bytes, text);
    RC_ASSERT(isValidUtf8(text));
    RC_ASSERT((replacements == 0) == isValidUtf8(bytes));
    RC_ASSERT(repairUtf8(text) == 0u);
  }));
}

TEST(Utf8, codePointsComeBack) {
  for (char32_t c = 0; c <= 0x10ffff; c += 13) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string text;
    appendUtf8(c, text);
    ASSERT_TRUE(isValidUtf8(text));
    const Utf8CodePoint back = utf8CodePointAt(text, 0);
    ASSERT_EQ(c, back.value);
    ASSERT_EQ(text.size(), back.size);
    ASSERT_EQ(1u, utf8Length(text));
  }
}

}  // namespace
}  // namespace spate
