#include <gmock/gmock.h>

#include "spate/sql/SqlTest.h"

namespace spate::sql {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ParserErrorTest, aSyntaxErrorReadsAsInSpark) {
  const Status error = errorOf("SELECT a\nFROM t WHERE = 1\nLIMIT 2");
  EXPECT_EQ(error.errorClass(), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(error.sqlState(), "42601");
  EXPECT_EQ(error.parameters(),
            (std::map<std::string, std::string>{{"error", "'='"}, {"hint", ""}}));
  EXPECT_EQ(error.message(),
            "[PARSE_SYNTAX_ERROR] Syntax error at or near '='. SQLSTATE: 42601 (line 2, pos 13)\n"
            "\n"
            "== SQL ==\n"
            "SELECT a\n"
            "FROM t WHERE = 1\n"
            "-------------^^^\n"
            "LIMIT 2\n");
}

TEST(ParserErrorTest, theEndOfTheTextIsNamed) {
  EXPECT_THAT(errorOf("SELECT a +").message(),
              StartsWith("[PARSE_SYNTAX_ERROR] Syntax error at or near end of input."));
  EXPECT_THAT(errorOf("SELECT (1").message(),
              HasSubstr("at or near end of input. SQLSTATE: 42601 (line 1, pos 9)"));
}

TEST(ParserErrorTest, anErrorOfMeaningShowsItsPieceOfTheText) {
  EXPECT_EQ(errorOf("SELECT 1,\n DATE 'x' AS a\nFROM t").message(),
            "[INVALID_TYPED_LITERAL] The value of the typed literal \"DATE\" is invalid: 'x'. "
            "SQLSTATE: 42604\n"
            "== SQL (line 2, position 2) ==\n"
            " DATE 'x' AS a\n"
            " ^^^^^^^^\n");
  EXPECT_EQ(errorOf("SHOW FOO FUNCTIONS").message(),
            "[INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE] Invalid SQL syntax: SHOW `foo` "
            "FUNCTIONS not supported. SQLSTATE: 42000\n"
            "== SQL (line 1, position 1) ==\n"
            "SHOW FOO FUNCTIONS\n"
            "^^^^^^^^^^^^^^^^^^\n");
  EXPECT_EQ(errorOf("SELECT a IN ()").errorClass(), "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE");
  EXPECT_EQ(errorOf("SELECT a LIKE ANY ()").errorClass(),
            "INVALID_SQL_SYNTAX.EMPTY_QUANTIFIED_PATTERN");
}

TEST(ParserErrorTest, oneWordTooMuchIsExtraInput) {
  const Status error = errorOf("SELECT a FROM t LIMIT 1 )");
  EXPECT_EQ(error.parameters().at("error"), "')'");
  EXPECT_EQ(error.parameters().at("hint"), ": extra input ')'");
}

TEST(ParserErrorTest, positionsCountCharacters) {
  EXPECT_THAT(errorOf("SELECT 'äöü😀' +").message(), HasSubstr("(line 1, pos 15)"));
}

TEST(ParserErrorTest, anEmptyStatement) {
  for (const char* sql : {"", " \n\t"}) {
    EXPECT_EQ(errorOf(sql).errorClass(), "PARSE_EMPTY_STATEMENT");
    EXPECT_EQ(errorOf(sql).sqlState(), "42617");
  }
  EXPECT_EQ(errorOf("-- nothing").errorClass(), "PARSE_SYNTAX_ERROR");
}

TEST(ParserErrorTest, comments) {
  EXPECT_EQ(planOf("SELECT /* a /* nested */ b */ 1 -- end"), "Project [1]\n  OneRow");
  EXPECT_EQ(planOf("SELECT 1 --a\\\nb\n + 1"), "Project [(1 + 1)]\n  OneRow");
  const Status error = errorOf("SELECT 1 /* a /* b */");
  EXPECT_EQ(error.errorClass(), "UNCLOSED_BRACKETED_COMMENT");
  EXPECT_EQ(error.sqlState(), "42601");
}

TEST(ParserErrorTest, identifiers) {
  const Status error = errorOf("SELECT a FROM test-table");
  EXPECT_EQ(error.errorClass(), "INVALID_IDENTIFIER");
  EXPECT_EQ(error.sqlState(), "42602");
  EXPECT_EQ(error.parameters().at("ident"), "test-table");
  EXPECT_THAT(error.message(), HasSubstr("(line 1, pos 18)"));
  EXPECT_EQ(parseMultipartIdentifier("a.`b.c`"), (std::vector<std::string>{"a", "b.c"}));
  EXPECT_FALSE(parseMultipartIdentifier("a."));
  EXPECT_FALSE(parseMultipartIdentifier("a b"));
  EXPECT_FALSE(parseMultipartIdentifier("``"));
}

TEST(ParserErrorTest, bytesThatAreNoTextAreErrorsOnly) {
  EXPECT_EQ(errorOf("SELECT \xff\xfe").errorClass(), "INVALID_IDENTIFIER");
  EXPECT_EQ(errorOf(std::string_view("SELECT \0", 8)).errorClass(), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(errorOf("SELECT `a").errorClass(), "PARSE_SYNTAX_ERROR");
  EXPECT_EQ(errorOf("SELECT #").errorClass(), "PARSE_SYNTAX_ERROR");
}

}  // namespace
}  // namespace spate::sql
