#include "spate/sql/SqlTest.h"

namespace spate::sql {
namespace {

using plan::Literal;

Literal literalOf(std::string_view sql) {
  const Result<plan::ExpressionPtr> expression = parseExpression(sql);
  const auto* literal = expression ? (*expression)->as<Literal>() : nullptr;
  EXPECT_TRUE(literal) << sql;
  return literal ? *literal : Literal{};
}

TEST(LiteralParserTest, wholeNumbersTakeTheNarrowestType) {
  EXPECT_EQ(textOf("2147483647"), "2147483647");
  EXPECT_EQ(textOf("2147483648"), "2147483648L");
  EXPECT_EQ(textOf("-2147483648"), "-2147483648");
  EXPECT_EQ(textOf("9223372036854775808"), "9223372036854775808BD");
  EXPECT_EQ(literalOf("9223372036854775808").type, DataType::decimalType(19, 0));
  EXPECT_EQ(textOf(std::string(39, '9')), "ERROR DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION");
}

TEST(LiteralParserTest, suffixes) {
  EXPECT_EQ(textOf("1L"), "1L");
  EXPECT_EQ(textOf("-128Y"), "-128Y");
  EXPECT_EQ(textOf("128Y"), "ERROR INVALID_NUMERIC_LITERAL_RANGE");
  EXPECT_EQ(textOf("1s"), "1S");
  EXPECT_EQ(textOf("99999S"), "ERROR INVALID_NUMERIC_LITERAL_RANGE");
  EXPECT_EQ(textOf("9223372036854775808L"), "ERROR INVALID_NUMERIC_LITERAL_RANGE");
  EXPECT_EQ(textOf("1F"), "1.0F");
  EXPECT_EQ(textOf("1.5D"), "1.5D");
  EXPECT_EQ(textOf("1e39F"), "ERROR INVALID_NUMERIC_LITERAL_RANGE");
  EXPECT_EQ(textOf("1e309D"), "ERROR INVALID_NUMERIC_LITERAL_RANGE");
  EXPECT_EQ(textOf("1.50BD"), "1.50BD");
  EXPECT_EQ(textOf("12E2BD"), "1200BD");
  EXPECT_EQ(textOf("1E-999999999999BD"), "ERROR DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION");
}

TEST(LiteralParserTest, aPointMakesADecimalAndAnExponentADouble) {
  EXPECT_EQ(literalOf("1.5").type, DataType::decimalType(2, 1));
  EXPECT_EQ(literalOf("0.05").type, DataType::decimalType(2, 2));
  EXPECT_EQ(literalOf(".5").type, DataType::decimalType(1, 1));
  EXPECT_EQ(literalOf("1.").type, DataType::decimalType(1, 0));
  EXPECT_EQ(textOf("-0.10"), "-0.10BD");
  EXPECT_EQ(textOf("1e3"), "1000.0D");
  EXPECT_EQ(textOf("1.5E-1"), "0.15D");
  EXPECT_EQ(textOf("1e-400"), "0.0D");
  EXPECT_EQ(textOf("a -1"), "(a - 1)");
}

TEST(LiteralParserTest, strings) {
  EXPECT_EQ(*literalOf(R"('a\n\t\\\'\"\0\x')").value.as<std::string>(),
            std::string("a\n\t\\'\"\0x", 8));
  EXPECT_EQ(*literalOf("'it''s' \"a \"\"b\"\"\"").value.as<std::string>(), "it'sa \"b\"");
  EXPECT_EQ(*literalOf(R"(r'a\n' R"b\c")").value.as<std::string>(), R"(a\nb\c)");
  EXPECT_EQ(*literalOf(R"('\u00e4\U0001F600\101\%\_')").value.as<std::string>(),
            "\u00e4\U0001F600A\\%\\_");
  EXPECT_EQ(*literalOf(R"('\ud83d\ude00 \ud83d')").value.as<std::string>(), "\U0001F600 \uFFFD");
  EXPECT_EQ(textOf("'a"), "ERROR PARSE_SYNTAX_ERROR");
}

TEST(LiteralParserTest, datesAndTimestamps) {
  EXPECT_EQ(textOf("DATE '1970-01-02'"), "DATE 1");
  EXPECT_EQ(textOf("date'epoch'"), "DATE 0");
  EXPECT_EQ(textOf("DATE 'today'"), "current_date()");
  EXPECT_EQ(textOf("DATE '2024-02-30'"), "ERROR INVALID_TYPED_LITERAL");
  EXPECT_EQ(textOf("TIMESTAMP '1970-01-01 00:00:01Z'"), "TIMESTAMP 1000000");
  EXPECT_EQ(textOf("TIMESTAMP '1970-01-01 02:00:00.5+02:00'"), "TIMESTAMP 500000");
  EXPECT_EQ(textOf("TIMESTAMP '1970-01-01 00:00:01'"),
            "ANSI_CAST('1970-01-01 00:00:01' AS TIMESTAMP)");
  EXPECT_EQ(textOf("TIMESTAMP_NTZ '1970-01-01 00:00:01'"), "TIMESTAMP_NTZ 1000000");
  EXPECT_EQ(textOf("TIMESTAMP 'x'"), "ERROR INVALID_TYPED_LITERAL");
}

TEST(LiteralParserTest, otherTypedLiterals) {
  EXPECT_EQ(textOf("X'1fA'"), "X'01FA'");
  EXPECT_EQ(textOf("X'1g'"), "ERROR INVALID_TYPED_LITERAL");
  EXPECT_EQ(textOf("foo '1'"), "ERROR UNSUPPORTED_TYPED_LITERAL");
  EXPECT_EQ(textOf("NULL"), "NULL");
  EXPECT_EQ(textOf("true OR FALSE"), "(true or false)");
}

TEST(LiteralParserTest, intervals) {
  EXPECT_EQ(textOf("INTERVAL 10 MINUTES"), "INTERVAL MINUTE 600000000");
  EXPECT_EQ(textOf("INTERVAL '10' MINUTE"), "INTERVAL MINUTE 600000000");
  EXPECT_EQ(textOf("INTERVAL '1 day 2 hours'"), "INTERVAL DAY TO HOUR 93600000000");
  EXPECT_EQ(textOf("INTERVAL 1 DAY 2 HOURS"), "INTERVAL DAY TO HOUR 93600000000");
  EXPECT_EQ(textOf("INTERVAL -'1' WEEK"), "INTERVAL DAY -604800000000");
  EXPECT_EQ(textOf("INTERVAL 1.5 SECONDS + a"), "(INTERVAL SECOND 1500000 + a)");
  EXPECT_EQ(textOf("INTERVAL 1 YEAR 2 MONTHS"), "INTERVAL YEAR TO MONTH 14");
  EXPECT_EQ(textOf("INTERVAL '1-2' YEAR TO MONTH"), "INTERVAL YEAR TO MONTH 14");
  EXPECT_EQ(textOf("INTERVAL '1 02:03:04.5' DAY TO SECOND"), "INTERVAL DAY TO SECOND 93784500000");
  EXPECT_EQ(textOf("INTERVAL -'02:30' HOUR TO MINUTE"), "INTERVAL HOUR TO MINUTE -9000000000");
  EXPECT_EQ(textOf("INTERVAL 1 DAY - INTERVAL 1 HOUR"),
            "(INTERVAL DAY 86400000000 - INTERVAL HOUR 3600000000)");
  EXPECT_EQ(textOf("INTERVAL 1 MONTH 1 DAY"), "ERROR _LEGACY_ERROR_TEMP_0029");
  EXPECT_EQ(textOf("INTERVAL '1' DAY TO MONTH"),
            "ERROR INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION");
  EXPECT_EQ(textOf("INTERVAL '1 25:00:00' DAY TO SECOND"), "ERROR _LEGACY_ERROR_TEMP_0063");
  EXPECT_EQ(textOf("INTERVAL '1 lightyear'"), "ERROR INVALID_TYPED_LITERAL");
}

TEST(LiteralParserTest, parametersStandForWhatIsGiven) {
  const auto one = parseExpression("1").value();
  const auto two = parseExpression("2").value();
  const auto named = parseStatement("SELECT :a + :b", {{"a", one}, {"b", two}});
  ASSERT_TRUE(named);
  EXPECT_EQ(plan::toText(**named), "Project [(1 + 2)]\n  OneRow");
  const auto positional = parseStatement("SELECT ?, (SELECT ?)", {}, {one, two});
  ASSERT_TRUE(positional);
  EXPECT_EQ(plan::toText(**positional), "Project [1, {Project [2];   OneRow}]\n  OneRow");
  const Status unbound = errorOf("SELECT :c");
  EXPECT_EQ(unbound.errorClass(), "UNBOUND_SQL_PARAMETER");
  EXPECT_EQ(unbound.sqlState(), "42P02");
  EXPECT_EQ(unbound.parameters().at("name"), "c");
  EXPECT_EQ(errorOf("SELECT ?").parameters().at("name"), "_7");
}

}  // namespace
}  // namespace spate::sql
