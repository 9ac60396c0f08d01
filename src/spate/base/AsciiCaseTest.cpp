#include <gtest/gtest.h>

#include "spate/base/AsciiCase.h"

namespace spate {
namespace {

TEST(AsciiCase, onlyLettersOfAsciiChange) {
  EXPECT_EQ(asciiLower("@AZ[ _9\xC3\x89"), "@az[ _9\xC3\x89");
  EXPECT_EQ(asciiUpper("`az{ _9\xC3\xA9"), "`AZ{ _9\xC3\xA9");
}

TEST(AsciiCase, namesAreComparedWithOrWithoutCase) {
  EXPECT_TRUE(equalsIgnoringAsciiCase("parquet", "PARquet"));
  EXPECT_FALSE(equalsIgnoringAsciiCase("parquet", "parque"));
  EXPECT_FALSE(equalsIgnoringAsciiCase("[", "{"));
  EXPECT_TRUE(isSameName("Id", "iD", false));
  EXPECT_FALSE(isSameName("Id", "iD", true));
  EXPECT_TRUE(isSameName("Id", "Id", true));
}

}  // namespace
}  // namespace spate
