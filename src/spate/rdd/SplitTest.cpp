#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spate/rdd/Split.h"

namespace spate {
namespace {

template <class View>
std::vector<std::string> all(View view) {
  std::vector<std::string> parts;
  for (const std::string_view part : view) parts.emplace_back(part);
  return parts;
}

using Parts = std::vector<std::string>;

TEST(SplitTest, wordsAreSeparatedByRunsOfWhiteSpace) {
  EXPECT_EQ(all(splitWords("  to be,\tor  not\r\n")), (Parts{"to", "be,", "or", "not"}));
  EXPECT_EQ(all(splitWords("")), Parts{});
  EXPECT_EQ(all(splitWords(" \t ")), Parts{});
  EXPECT_EQ(all(splitWords("\u00e9t\u00e9")), (Parts{"\u00e9t\u00e9"}));
}

TEST(SplitTest, everySeparatorMakesAPart) {
  EXPECT_EQ(all(split("a,,b", ',')), (Parts{"a", "", "b"}));
  EXPECT_EQ(all(split(",", ',')), (Parts{"", ""}));
  EXPECT_EQ(all(split("", ',')), (Parts{""}));
  EXPECT_EQ(all(split("one", ',')), (Parts{"one"}));
}

}  // namespace
}  // namespace spate
