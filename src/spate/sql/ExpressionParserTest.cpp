#include "spate/sql/SqlTest.h"

namespace spate::sql {
namespace {

TEST(ExpressionParserTest, operatorsBindAsInSpark) {
  EXPECT_EQ(textOf("a + b * c - d"), "((a + (b * c)) - d)");
  EXPECT_EQ(textOf("a OR b AND NOT c = d"), "(a or (b and not((c == d))))");
  EXPECT_EQ(textOf("NOT a AND b"), "(not(a) and b)");
  EXPECT_EQ(textOf("a | b ^ c & d << e + f"), "(a | (b ^ (c & shiftleft(d, (e + f)))))");
  EXPECT_EQ(textOf("a = b = c"), "((a == b) == c)");
  EXPECT_EQ(textOf("a == b"), "(a == b)");
  EXPECT_EQ(textOf("-a * b"), "(negative(a) * b)");
  EXPECT_EQ(textOf("~a + +b"), "(~(a) + positive(b))");
  EXPECT_EQ(textOf("a div b % c"), "((a div b) % c)");
  EXPECT_EQ(textOf("a || b || c"), "concat(concat(a, b), c)");
  EXPECT_EQ(textOf("a >> 1"), "shiftright(a, 1)");
  EXPECT_EQ(textOf("a >>> 1"), "shiftrightunsigned(a, 1)");
  EXPECT_EQ(textOf("a > > 1"), "ERROR PARSE_SYNTAX_ERROR");
}

TEST(ExpressionParserTest, comparisonsHaveTheNamesOfTheirFunctions) {
  EXPECT_EQ(textOf("a <> b"), "not((a == b))");
  EXPECT_EQ(textOf("a != b"), "not((a == b))");
  EXPECT_EQ(textOf("a <=> b"), "(a <=> b)");
  EXPECT_EQ(textOf("a !> b"), "(a <= b)");
  EXPECT_EQ(textOf("a !< b"), "(a >= b)");
}

TEST(ExpressionParserTest, predicates) {
  EXPECT_EQ(textOf("a IS NULL"), "isNull(a)");
  EXPECT_EQ(textOf("a + 1 IS NOT NULL"), "isNotNull((a + 1))");
  EXPECT_EQ(textOf("a IS TRUE"), "(a <=> true)");
  EXPECT_EQ(textOf("a IS NOT FALSE"), "not((a <=> false))");
  EXPECT_EQ(textOf("a IS UNKNOWN"), "isNull(CAST(a AS BOOLEAN))");
  EXPECT_EQ(textOf("a IS DISTINCT FROM b"), "not((a <=> b))");
  EXPECT_EQ(textOf("a IS NOT DISTINCT FROM b"), "(a <=> b)");
  EXPECT_EQ(textOf("a BETWEEN 1 AND 2 AND b"), "(((a >= 1) and (a <= 2)) and b)");
  EXPECT_EQ(textOf("a NOT BETWEEN 1 AND 2"), "not(((a >= 1) and (a <= 2)))");
  EXPECT_EQ(textOf("a IN (1, 2)"), "in(a, 1, 2)");
  EXPECT_EQ(textOf("a NOT IN ('x')"), "not(in(a, 'x'))");
  EXPECT_EQ(textOf("a LIKE 'x%'"), "(a like 'x%')");
  EXPECT_EQ(textOf("a NOT LIKE 'x%' ESCAPE '!'"), "not(like(a, 'x%', '!'))");
  EXPECT_EQ(textOf("a ILIKE ANY ('x', 'y')"), "((a ilike 'x') or (a ilike 'y'))");
  EXPECT_EQ(textOf("a NOT LIKE ALL ('x', 'y')"), "not(((a like 'x') and (a like 'y')))");
  EXPECT_EQ(textOf("a REGEXP 'x' AND a RLIKE 'y'"), "((a rlike 'x') and (a rlike 'y'))");
  EXPECT_EQ(textOf("a ! IN (1)"), "ERROR SYNTAX_DISCONTINUED.BANG_EQUALS_NOT");
}

TEST(ExpressionParserTest, longConditionsMakeShallowPlans) {
  EXPECT_EQ(textOf("a AND b AND c AND d"), "((a and b) and (c and d))");
  std::string sql = "a";
  for (int i = 0; i < 20000; ++i) sql += " OR a";
  EXPECT_TRUE(parseExpression(sql));
}

TEST(ExpressionParserTest, namesAndFields) {
  EXPECT_EQ(textOf("t.a.b"), "t.a.b");
  EXPECT_EQ(textOf("`a.b`.`c``d`"), "`a.b`.`c``d`");
  EXPECT_EQ(textOf("f(a).b[1]['k']"), "f(a)['b'][1]['k']");
  EXPECT_EQ(textOf("a[0].b"), "a[0]['b']");
  EXPECT_EQ(textOf("t.*"), "t.*");
  EXPECT_EQ(textOf("a AS b"), "a AS b");
  EXPECT_EQ(textOf("a b"), "a AS b");
  EXPECT_EQ(textOf("explode(m) AS (k, v)"), "explode(m) AS (k, v)");
  EXPECT_EQ(textOf("a AS a-b"), "ERROR INVALID_IDENTIFIER");
  EXPECT_EQ(textOf("größe"), "ERROR INVALID_IDENTIFIER");
  EXPECT_EQ(textOf("1a"), "`1a`");
}

TEST(ExpressionParserTest, keywordsAreNamesWhereNothingElseFits) {
  EXPECT_EQ(textOf("date"), "date");
  EXPECT_EQ(textOf("timestamp + interval"), "(timestamp + interval)");
  EXPECT_EQ(textOf("left"), "left");
  EXPECT_EQ(textOf("left(a, 1) + right(a, 1)"), "(left(a, 1) + right(a, 1))");
  EXPECT_EQ(textOf("if(a, b, c)"), "if(a, b, c)");
  EXPECT_EQ(textOf("exists(a, x -> x > 1)"), "exists(a, (x) -> (λx > 1))");
  EXPECT_EQ(textOf("filter(a, x -> x > 1)"), "filter(a, (x) -> (λx > 1))");
  EXPECT_EQ(textOf("window.start"), "window.start");
  EXPECT_EQ(textOf("a AS from"), "a AS from");
}

TEST(ExpressionParserTest, caseIsWhen) {
  EXPECT_EQ(textOf("CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END"), "when(a, 1, b, 2, 3)");
  EXPECT_EQ(textOf("CASE a WHEN 1 THEN 'x' END"), "when((a == 1), 'x')");
  EXPECT_EQ(textOf("CASE WHEN a THEN 1"), "ERROR PARSE_SYNTAX_ERROR");
}

TEST(ExpressionParserTest, casts) {
  EXPECT_EQ(textOf("CAST(a AS array<struct<b:int,c:decimal(10,2)>>)"),
            "CAST(a AS ARRAY<STRUCT<b: INT, c: DECIMAL(10,2)>>)");
  EXPECT_EQ(textOf("TRY_CAST(a AS INT)"), "TRY_CAST(a AS INT)");
  EXPECT_EQ(textOf("a::int + b::decimal(3, 1)"), "(CAST(a AS INT) + CAST(b AS DECIMAL(3,1)))");
  EXPECT_EQ(textOf("CAST(a AS INTERVAL DAY TO SECOND)"), "CAST(a AS INTERVAL DAY TO SECOND)");
  EXPECT_EQ(textOf("a::map<string,array<int>> > b"), "(CAST(a AS MAP<STRING, ARRAY<INT>>) > b)");
  EXPECT_EQ(textOf("CAST(a AS foo)"), "ERROR UNSUPPORTED_DATATYPE");
  EXPECT_EQ(textOf("CAST(a AS a int)"), "ERROR UNSUPPORTED_DATATYPE");
  EXPECT_EQ(textOf("CAST(a AS int int)"), "ERROR PARSE_SYNTAX_ERROR");
}

TEST(ExpressionParserTest, calls) {
  EXPECT_EQ(textOf("count(*)"), "count(1)");
  EXPECT_EQ(textOf("count(DISTINCT a, b)"), "count(DISTINCT a, b)");
  EXPECT_EQ(textOf("count(t.*)"), "count(t.*)");
  EXPECT_EQ(textOf("sum(a) FILTER (WHERE b > 1)"), "sum(a) FILTER ((b > 1))");
  EXPECT_EQ(textOf("first(a) IGNORE NULLS"), "first(a) IGNORE NULLS");
  EXPECT_EQ(textOf("first(a IGNORE NULLS)"), "first(a) IGNORE NULLS");
  EXPECT_EQ(textOf("db.f(a, b => 1)"), "db.f(a, b => 1)");
  EXPECT_EQ(textOf("struct(a, b AS c)"), "struct(a, b AS c)");
  EXPECT_EQ(textOf("(a, b)"), "struct(a, b)");
  EXPECT_EQ(textOf("now()"), "now()");
  EXPECT_EQ(textOf("current_date"), "current_date()");
  EXPECT_EQ(textOf("current_timestamp()"), "current_timestamp()");
}

TEST(ExpressionParserTest, specialForms) {
  EXPECT_EQ(textOf("EXTRACT(YEAR FROM a)"), "extract('YEAR', a)");
  EXPECT_EQ(textOf("SUBSTRING(a FROM 2 FOR 3)"), "substring(a, 2, 3)");
  EXPECT_EQ(textOf("substr(a, 2)"), "substr(a, 2)");
  EXPECT_EQ(textOf("TRIM(a)"), "TRIM(a)");
  EXPECT_EQ(textOf("TRIM(BOTH FROM a)"), "trim(a)");
  EXPECT_EQ(textOf("TRIM(LEADING 'x' FROM a)"), "ltrim('x', a)");
  EXPECT_EQ(textOf("TRIM('x' FROM a)"), "trim('x', a)");
  EXPECT_EQ(textOf("POSITION('x' IN a)"), "locate('x', a)");
  EXPECT_EQ(textOf("position('x', a)"), "position('x', a)");
  EXPECT_EQ(textOf("OVERLAY(a PLACING 'x' FROM 2 FOR 3)"), "overlay(a, 'x', 2, 3)");
  EXPECT_EQ(textOf("timestampadd(HOUR, 1, t)"), "timestampadd('HOUR', 1, t)");
  EXPECT_EQ(textOf("datediff(day, a, b)"), "timestampdiff('DAY', a, b)");
  EXPECT_EQ(textOf("datediff(a, b)"), "datediff(a, b)");
  EXPECT_EQ(textOf("dateadd('DAY', 1, t)"), "ERROR INVALID_PARAMETER_VALUE.DATETIME_UNIT");
}

TEST(ExpressionParserTest, lambdasKnowTheirParameters) {
  EXPECT_EQ(textOf("transform(a, x -> x.f + y)"), "transform(a, (x) -> (λx['f'] + y))");
  EXPECT_EQ(textOf("aggregate(a, 0, (acc, x) -> ACC + x, acc -> acc)"),
            "aggregate(a, 0, (acc, x) -> (λacc + λx), (acc) -> λacc)");
  EXPECT_EQ(textOf("transform(a, x -> transform(b, y -> x + y)) + x"),
            "(transform(a, (x) -> transform(b, (y) -> (λx + λy))) + x)");
}

TEST(ExpressionParserTest, windows) {
  EXPECT_EQ(textOf("rank() OVER (PARTITION BY a ORDER BY b DESC)"),
            "rank() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST)");
  EXPECT_EQ(textOf("sum(a) OVER (ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)"),
            "sum(a) OVER (ORDER BY b ASC NULLS FIRST ROWS BETWEEN negative(2) AND CURRENT ROW)");
  EXPECT_EQ(textOf("sum(a) OVER (ROWS UNBOUNDED PRECEDING)"),
            "sum(a) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)");
  EXPECT_EQ(textOf("sum(a) OVER (ORDER BY b RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING)"),
            "sum(a) OVER (ORDER BY b ASC NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND 1)");
  EXPECT_EQ(textOf("sum(a) OVER ()"), "sum(a) OVER ()");
  EXPECT_EQ(textOf("sum(a) OVER w"), "ERROR MISSING_WINDOW_SPECIFICATION");
}

TEST(ExpressionParserTest, deepTextIsRefusedNotOverflowing) {
  const auto nested = [](const char* open, const char* close, int depth) {
    std::string sql;
    for (int i = 0; i < depth; ++i) sql += open;
    sql += "a";
    for (int i = 0; i < depth; ++i) sql += close;
    return textOf(sql);
  };
  EXPECT_EQ(nested("(", ")", 90), "a");
  for (const auto& [open, close] : {std::pair("(", ")"),
                                    {"f(", ")"},
                                    {"- ", ""},
                                    {"NOT ", ""},
                                    {"", " + 1"},
                                    {"", "[0]"},
                                    {"", "::int"},
                                    {"CASE WHEN ", " THEN 1 END"},
                                    {"a IN (", ")"},
                                    {"(SELECT ", ")"},
                                    {"x -> ", ""},
                                    {"CAST(", " AS INT)"},
                                    {"~", ""},
                                    {"a LIKE ANY (", ")"}}) {
    EXPECT_EQ(nested(open, close, 20000), "ERROR FAILED_TO_PARSE_TOO_COMPLEX") << open << close;
  }
}

}  // namespace
}  // namespace spate::sql
