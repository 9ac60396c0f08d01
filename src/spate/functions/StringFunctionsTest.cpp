#include <gtest/gtest.h>

#include "spate/functions/FamilyCall.h"

namespace spate::family {
namespace {

TEST(StringFunctionsTest, substringCountsFromOneAndFromTheEnd) {
  EXPECT_EQ(valueOf("substring", {text("Spark SQL"), integer(5)}), Datum("k SQL"));
  EXPECT_EQ(valueOf("substring", {text("Spark SQL"), integer(-3)}), Datum("SQL"));
  EXPECT_EQ(valueOf("substring", {text("Spark SQL"), integer(5), integer(1)}), Datum("k"));
  EXPECT_EQ(valueOf("substring", {text("Spark"), integer(0), integer(2)}), Datum("Sp"));
  EXPECT_EQ(valueOf("substring", {text("abc"), integer(-5), integer(3)}), Datum("a"));
  EXPECT_EQ(valueOf("substring", {text("über"), integer(2), integer(2)}), Datum("be"));
  EXPECT_EQ(valueOf("left", {text("Spark SQL"), integer(3)}), Datum("Spa"));
  EXPECT_EQ(valueOf("right", {text("Spark SQL"), integer(3)}), Datum("SQL"));
  EXPECT_EQ(valueOf("right", {text("ab"), integer(5)}), Datum("ab"));
}

TEST(StringFunctionsTest, caseOfLettersBeyondAscii) {
  EXPECT_EQ(valueOf("upper", {text("straße é")}), Datum("STRASSE É"));
  EXPECT_EQ(valueOf("lower", {text("SparkSQL Ä")}), Datum("sparksql ä"));
  EXPECT_EQ(valueOf("initcap", {text("sPark sql")}), Datum("Spark Sql"));
}

TEST(StringFunctionsTest, trimsTakeTheCharactersFirst) {
  EXPECT_EQ(valueOf("trim", {text("    SparkSQL   ")}), Datum("SparkSQL"));
  EXPECT_EQ(valueOf("ltrim", {text("Sp"), text("SSparkSQLS")}), Datum("arkSQLS"));
  EXPECT_EQ(valueOf("rtrim", {text("LQSa"), text("SSparkSQLS")}), Datum("SSpark"));
  EXPECT_EQ(valueOf("btrim", {text("SSparkSQLS"), text("SL")}), Datum("parkSQ"));
}

TEST(StringFunctionsTest, padsAndRepeats) {
  EXPECT_EQ(valueOf("lpad", {text("hi"), integer(5), text("??")}), Datum("???hi"));
  EXPECT_EQ(valueOf("lpad", {text("hi"), integer(1), text("??")}), Datum("h"));
  EXPECT_EQ(valueOf("rpad", {text("hi"), integer(5)}), Datum("hi   "));
  EXPECT_EQ(valueOf("repeat", {text("123"), integer(2)}), Datum("123123"));
  EXPECT_EQ(valueOf("overlay", {text("Spark SQL"), text("_"), integer(6)}), Datum("Spark_SQL"));
  EXPECT_EQ(valueOf("overlay", {text("Spark SQL"), text("ANSI "), integer(7), integer(0)}),
            Datum("Spark ANSI SQL"));
  EXPECT_EQ(valueOf("translate", {text("AaBbCc"), text("abc"), text("12")}), Datum("A1B2C"));
  EXPECT_EQ(valueOf("mask", {text("AbCD123-@$#")}), Datum("XxXXnnn-@$#"));
}

TEST(StringFunctionsTest, lengthsCountCharactersBytesAndBits) {
  EXPECT_EQ(valueOf("length", {text("Spark SQL ")}), Datum(10));
  EXPECT_EQ(valueOf("length", {text("über")}), Datum(4));
  EXPECT_EQ(valueOf("octet_length", {text("über")}), Datum(5));
  EXPECT_EQ(valueOf("bit_length", {binary("ab")}), Datum(16));
}

TEST(StringFunctionsTest, places) {
  EXPECT_EQ(valueOf("instr", {text("SparkSQL"), text("SQL")}), Datum(6));
  EXPECT_EQ(valueOf("locate", {text("bar"), text("foobarbar"), integer(5)}), Datum(7));
  EXPECT_EQ(valueOf("locate", {text("bar"), text("foobarbar"), integer(0)}), Datum(0));
  EXPECT_EQ(valueOf("find_in_set", {text("ab"), text("abc,b,ab,c,def")}), Datum(3));
  EXPECT_EQ(valueOf("substring_index", {text("www.apache.org"), text("."), integer(2)}),
            Datum("www.apache"));
  EXPECT_EQ(valueOf("substring_index", {text("www.apache.org"), text("."), integer(-2)}),
            Datum("apache.org"));
  EXPECT_EQ(valueOf("substring_index", {text("www.apache.org"), text("."), integer(-9)}),
            Datum("www.apache.org"));
  EXPECT_EQ(valueOf("split_part", {text("11.12.13"), text("."), integer(3)}), Datum("13"));
  EXPECT_EQ(valueOf("split_part", {text("11.12.13"), text("."), integer(-3)}), Datum("11"));
  EXPECT_EQ(errorOf("split_part", {text("a"), text("."), integer(0)}), "INVALID_INDEX_OF_ZERO");
  EXPECT_EQ(valueOf("levenshtein", {text("kitten"), text("sitting")}), Datum(3));
  EXPECT_EQ(valueOf("levenshtein", {text("kitten"), text("sitting"), integer(2)}), Datum(-1));
  EXPECT_EQ(valueOf("soundex", {text("Miller")}), Datum("M460"));
  EXPECT_EQ(valueOf("luhn_check", {text("8112189876")}), Datum(true));
  EXPECT_EQ(valueOf("luhn_check", {text("79927398714")}), Datum(false));
}

TEST(StringFunctionsTest, likeKnowsWildcardsAndEscapes) {
  EXPECT_EQ(valueOf("like", {text("Spark"), text("_park")}), Datum(true));
  EXPECT_EQ(valueOf("like", {text("Spark"), text("Sp%k")}), Datum(true));
  EXPECT_EQ(valueOf("like", {text("Spark"), text("sp%")}), Datum(false));
  EXPECT_EQ(valueOf("ilike", {text("Spark"), text("sp%")}), Datum(true));
  EXPECT_EQ(valueOf("like", {text("50%"), text("50\\%")}), Datum(true));
  EXPECT_EQ(valueOf("like", {text("500"), text("50\\%")}), Datum(false));
  EXPECT_EQ(valueOf("like", {text("a\nb"), text("a_b")}), Datum(true));
  EXPECT_EQ(errorOf("like", {text("a"), text("a\\")}), "INVALID_FORMAT.ESC_AT_THE_END");
}

TEST(StringFunctionsTest, regularExpressionsAreJavas) {
  EXPECT_EQ(valueOf("rlike", {text("SystemDrive 100"), text("\\p{Alpha}+\\s\\d{3}$")}),
            Datum(true));
  EXPECT_EQ(valueOf("regexp_extract", {text("100-200"), text("(\\d+)-(\\d+)"), integer(1)}),
            Datum("100"));
  EXPECT_EQ(valueOf("regexp_extract", {text("foo"), text("(\\d+)"), integer(1)}), Datum(""));
  EXPECT_EQ(valueOf("regexp_replace", {text("100-200"), text("(\\d+)"), text("num")}),
            Datum("num-num"));
  EXPECT_EQ(valueOf("regexp_replace", {text("ab"), text("(a)(b)"), text("$2\\$$1")}), Datum("b$a"));
  EXPECT_EQ(
      valueOf("regexp_extract_all", {text("100-200, 300-400"), text("(\\d+)-(\\d+)"), integer(1)}),
      Datum(textRow({"100", "300"})));
  EXPECT_EQ(valueOf("regexp_count", {text("Steven Jones"), text("e")}), Datum(3));
  EXPECT_EQ(valueOf("regexp_substr", {text("Steven"), text("x")}), Datum());
  EXPECT_EQ(errorOf("rlike", {text("a"), text("(")}), "INVALID_PARAMETER_VALUE.PATTERN");
  EXPECT_EQ(errorOf("regexp_extract", {text("a1"), text("(\\d)"), integer(2)}),
            "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX");
}

TEST(StringFunctionsTest, splitKeepsEmptyPiecesAndStopsAtTheLimit) {
  EXPECT_EQ(valueOf("split", {text("oneAtwoBthreeC"), text("[ABC]")}),
            Datum(textRow({"one", "two", "three", ""})));
  EXPECT_EQ(valueOf("split", {text("oneAtwoBthreeC"), text("[ABC]"), integer(2)}),
            Datum(textRow({"one", "twoBthreeC"})));
  EXPECT_EQ(valueOf("split", {text("abc"), text("")}), Datum(textRow({"a", "b", "c"})));
  EXPECT_EQ(valueOf("split", {text(" a  b"), text("\\s+")}), Datum(textRow({"", "a", "b"})));
}

TEST(StringFunctionsTest, codes) {
  EXPECT_EQ(valueOf("base64", {binary("Spark SQL")}), Datum("U3BhcmsgU1FM"));
  EXPECT_EQ(valueOf("unbase64", {text("U3BhcmsgU1FM")}), Datum("Spark SQL"));
  EXPECT_EQ(valueOf("encode", {text("aé"), text("UTF-16BE")}), Datum(std::string("\0a\0\xE9", 4)));
  EXPECT_EQ(valueOf("decode", {binary("abc"), text("utf-8")}), Datum("abc"));
  EXPECT_EQ(errorOf("encode", {text("a"), text("x")}), "INVALID_PARAMETER_VALUE.CHARSET");
  EXPECT_EQ(valueOf("ascii", {text("222")}), Datum(50));
  EXPECT_EQ(valueOf("char", {bigint(65)}), Datum("A"));
}

TEST(StringFunctionsTest, formats) {
  EXPECT_EQ(valueOf("format_number", {real(12332.123456), integer(4)}), Datum("12,332.1235"));
  EXPECT_EQ(valueOf("format_number", {real(12332.123456), text("##################.###")}),
            Datum("12332.123"));
  EXPECT_EQ(valueOf("format_number", {integer(1234567), integer(0)}), Datum("1,234,567"));
  EXPECT_EQ(valueOf("format_string", {text("Hello World %d %s"), integer(100), text("days")}),
            Datum("Hello World 100 days"));
  EXPECT_EQ(valueOf("format_string", {text("%05.1f|%-4s|%x"), real(2.25), text("a"), integer(255)}),
            Datum("002.2|a   |ff"));
  EXPECT_EQ(valueOf("concat_ws",
                    {text(" "), text("Spark"), null(DataType::stringType()), texts({"S", "Q"})}),
            Datum("Spark S Q"));
  EXPECT_EQ(valueOf("elt", {integer(1), text("scala"), text("java")}), Datum("scala"));
  EXPECT_EQ(errorOf("elt", {integer(3), text("a"), text("b")}), "INVALID_ARRAY_INDEX");
}

TEST(StringFunctionsTest, wrongArgumentsAreRefused) {
  EXPECT_EQ(errorOf("upper", {}), "WRONG_NUM_ARGS.WITHOUT_SUGGESTION");
  EXPECT_EQ(errorOf("upper", {integers({1})}), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
  EXPECT_EQ(valueOf("upper", {null(DataType::stringType())}), Datum());
}

}  // namespace
}  // namespace spate::family
