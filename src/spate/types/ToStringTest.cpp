#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "spate/types/ToString.h"

namespace spate {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace std::chrono_literals;

struct Trip {
  int id;
  friend std::ostream& operator<<(std::ostream& out, const Trip& t) {
    return out << "Trip#" << t.id;
  }
};

/// Times print in local time; tests need one that does not depend on the machine.
class ToString : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_F(ToString, scalaValuesPrintAsInSpark) {
  EXPECT_EQ("(and,11)", scalaString(std::pair("and"s, 11)));
  EXPECT_EQ("(and,11)", scalaString(std::pair("and"sv, int64_t{11})));
  EXPECT_EQ("((a,1),2.0)", scalaString(std::pair(std::pair("a", 1), 2.0)));
  EXPECT_EQ("(1,x,true)", scalaString(std::tuple(1, 'x', true)));
  EXPECT_EQ("(1)", scalaString(std::tuple(1)));
  EXPECT_EQ("()", scalaString(std::tuple()));
  EXPECT_EQ("(a,CompactBuffer(1, 2))", scalaString(std::pair("a"s, std::vector{1, 2})));
  EXPECT_EQ("CompactBuffer()", scalaString(std::vector<int>()));
  EXPECT_EQ("CompactBuffer(true, false)", scalaString(std::vector<bool>{true, false}));
  EXPECT_EQ("(1,(Some(2),None))",
            scalaString(std::pair(1, std::pair(std::optional(2), std::optional<int>()))));
  EXPECT_EQ("Map(a -> 1, b -> 2)", scalaString(std::map<std::string, int>{{"b", 2}, {"a", 1}}));
  EXPECT_EQ("Set(1, 2)", scalaString(std::set<int>{2, 1}));
  EXPECT_EQ("-7", scalaString(int8_t{-7}));
  EXPECT_EQ("18446744073709551615", scalaString(~uint64_t{0}));
  EXPECT_EQ("CompactBuffer(Trip#7)", scalaString(std::vector{Trip{7}}));
  EXPECT_EQ("x", scalaString(std::variant<int, std::string>("x")));
  EXPECT_EQ("1500 ms", scalaString(Micros(1500ms)));
  EXPECT_EQ("2017-10-21 20:10:00.0", scalaString(timestampOfMillis(1508616600000)));
  EXPECT_EQ("2017-10-21 20:10:00.25", scalaString(timestampOfMillis(1508616600250)));
}

// Expectations from Double.toString and Float.toString (JDK 19 and later, which print the
// shortest text; older ones have a few longer).
TEST_F(ToString, javaNumbers) {
  const std::pair<double, const char*> doubles[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {100.0, "100.0"},
      {0.1, "0.1"},
      {1e-3, "0.001"},
      {9.999e-4, "9.999E-4"},
      {1e7, "1.0E7"},
      {9999999.0, "9999999.0"},
      {1e10, "1.0E10"},
      {12345678.9, "1.23456789E7"},
      {5e-324, "4.9E-324"},
      {2e23, "2.0E23"},
      {1.7976931348623157e308, "1.7976931348623157E308"},
      {-1.5e-7, "-1.5E-7"},
      {1.0 / 3, "0.3333333333333333"}};
  for (const auto& [value, text] : doubles) EXPECT_EQ(text, scalaString(value));
  EXPECT_EQ("NaN", scalaString(std::nan("")));
  EXPECT_EQ("-Infinity", scalaString(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ("0.1", scalaString(0.1f));
  EXPECT_EQ("1.4E-45", scalaString(std::numeric_limits<float>::denorm_min()));
  EXPECT_EQ("3.4028235E38", scalaString(std::numeric_limits<float>::max()));
}

// Expectations from repr() of Python 3.11.
TEST_F(ToString, pythonValuesPrintAsInPySpark) {
  EXPECT_EQ("('and', 11)", pythonRepr(std::pair("and"s, 11)));
  EXPECT_EQ("('and', (1, 2.0))", pythonRepr(std::pair("and"sv, std::pair(1, 2.0))));
  EXPECT_EQ("(1,)", pythonRepr(std::tuple(1)));
  EXPECT_EQ("()", pythonRepr(std::tuple()));
  EXPECT_EQ("(True, None, [1, 2])",
            pythonRepr(std::tuple(true, std::optional<int>(), std::vector{1, 2})));
  EXPECT_EQ("[]", pythonRepr(std::vector<int>()));
  EXPECT_EQ("['a', 'b']", pythonRepr(std::array{"a"sv, "b"sv}));
  EXPECT_EQ("{'a': 1, 'b': 2}", pythonRepr(std::map<std::string, int>{{"a", 1}, {"b", 2}}));
  EXPECT_EQ("{}", pythonRepr(std::map<int, int>()));
  EXPECT_EQ("{1, 2}", pythonRepr(std::set<int>{1, 2}));
  EXPECT_EQ("set()", pythonRepr(std::set<int>()));
  EXPECT_EQ("'x'", pythonRepr('x'));
  EXPECT_EQ("Trip#7", pythonRepr(Trip{7}));
  EXPECT_EQ("datetime.datetime(2017, 10, 21, 20, 10)",
            pythonRepr(timestampOfMillis(1508616600000)));
  EXPECT_EQ("datetime.datetime(2017, 10, 21, 20, 10, 0, 250000)",
            pythonRepr(timestampOfMillis(1508616600250)));
  EXPECT_EQ("datetime.timedelta(days=-1, seconds=86399)", pythonRepr(Micros(-1s)));
  EXPECT_EQ("datetime.timedelta(0)", pythonRepr(Micros(0)));
  EXPECT_EQ("datetime.timedelta(seconds=1, microseconds=500000)", pythonRepr(Micros(1500ms)));
}

TEST_F(ToString, pythonFloats) {
  const std::pair<double, const char*> doubles[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {1e10, "10000000000.0"},
      {1e15, "1000000000000000.0"},
      {1e16, "1e+16"},
      {1.5e16, "1.5e+16"},
      {1e-4, "0.0001"},
      {1e-5, "1e-05"},
      {0.1, "0.1"},
      {5e-324, "5e-324"},
      {2e23, "2e+23"},
      {1e100, "1e+100"},
      {1.0 / 3, "0.3333333333333333"},
      {123456789012345678.0, "1.2345678901234568e+17"}};
  for (const auto& [value, text] : doubles) EXPECT_EQ(text, pythonRepr(value));
  EXPECT_EQ("nan", pythonRepr(std::nan("")));
  EXPECT_EQ("-inf", pythonRepr(-std::numeric_limits<double>::infinity()));
}

TEST_F(ToString, pythonStringsAreQuotedAndEscaped) {
  EXPECT_EQ("''", pythonRepr(""s));
  EXPECT_EQ(R"("it's")", pythonRepr("it's"s));
  EXPECT_EQ(R"('say "hi"')", pythonRepr("say \"hi\""s));
  EXPECT_EQ(R"('it\'s "x"')", pythonRepr("it's \"x\""s));
  EXPECT_EQ(R"('a\tb\n\r\\')", pythonRepr("a\tb\n\r\\"s));
  EXPECT_EQ(R"('\x00\x1b\x7f')", pythonRepr("\0\x1b\x7f"s));
  EXPECT_EQ(R"('\x80\xa0\xad')", pythonRepr("\xc2\x80\xc2\xa0\xc2\xad"s));
  EXPECT_EQ("'h\xc3\xa9 \xf0\x9f\x98\x80'", pythonRepr("h\xc3\xa9 \xf0\x9f\x98\x80"s));
  EXPECT_EQ(R"('\u200b\ufeff\U000e0001')", pythonRepr("\u200b\ufeff\U000e0001"s));
  EXPECT_EQ("'\xef\xbf\xbd'", pythonRepr("\xff"s));
}

TEST_F(ToString, pythonStrLeavesStringsAsTheyAre) {
  EXPECT_EQ("it's", pythonStr("it's"s));
  EXPECT_EQ("('it', 1)", pythonStr(std::pair("it"s, 1)));
  EXPECT_EQ("2017-10-21 20:10:00", pythonStr(timestampOfMillis(1508616600000)));
  EXPECT_EQ("1.0", pythonStr(1.0));
}

}  // namespace
}  // namespace spate
