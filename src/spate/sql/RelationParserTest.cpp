#include "spate/sql/SqlTest.h"

namespace spate::sql {
namespace {

/// What stands below "Project [*]", without the first indent.
std::string fromOf(const std::string& clause) {
  const std::string text = planOf("SELECT * FROM " + clause);
  if (text.rfind("Project [*]\n", 0) != 0) return text;
  std::string out;
  for (size_t at = 12; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    out += (out.empty() ? "" : "\n") + text.substr(at + 2, end - at - 2);
    at = end + 1;
  }
  return out;
}

TEST(RelationParserTest, joins) {
  EXPECT_EQ(fromOf("a, b c"), "Join INNER\n  ReadTable [a]\n  SubqueryAlias c\n    ReadTable [b]");
  EXPECT_EQ(fromOf("a JOIN b ON a.x = b.x"),
            "Join INNER ON (a.x == b.x)\n  ReadTable [a]\n  ReadTable [b]");
  EXPECT_EQ(fromOf("a LEFT OUTER JOIN b USING (x, y)"),
            "Join LEFT OUTER USING [x, y]\n  ReadTable [a]\n  ReadTable [b]");
  EXPECT_EQ(fromOf("a RIGHT JOIN b ON true FULL JOIN c ON true"),
            "Join FULL OUTER ON true\n"
            "  Join RIGHT OUTER ON true\n"
            "    ReadTable [a]\n"
            "    ReadTable [b]\n"
            "  ReadTable [c]");
  EXPECT_EQ(fromOf("a LEFT SEMI JOIN b ON true"),
            "Join LEFT SEMI ON true\n  ReadTable [a]\n  ReadTable [b]");
  EXPECT_EQ(fromOf("a ANTI JOIN b ON true"),
            "Join LEFT ANTI ON true\n  ReadTable [a]\n  ReadTable [b]");
  EXPECT_EQ(fromOf("a CROSS JOIN b"), "Join CROSS\n  ReadTable [a]\n  ReadTable [b]");
  EXPECT_EQ(fromOf("a NATURAL LEFT JOIN b"),
            "Join NATURAL LEFT OUTER\n  ReadTable [a]\n  ReadTable [b]");
  EXPECT_EQ(fromOf("a NATURAL CROSS JOIN b"), "ERROR INCOMPATIBLE_JOIN_TYPES");
}

TEST(RelationParserTest, lateral) {
  EXPECT_EQ(fromOf("a, LATERAL (SELECT a.x) s"),
            "Join INNER LATERAL\n"
            "  ReadTable [a]\n"
            "  SubqueryAlias s\n"
            "    Project [a.x]\n"
            "      OneRow");
  EXPECT_EQ(fromOf("a RIGHT JOIN LATERAL (SELECT 1)"), "ERROR INVALID_LATERAL_JOIN_TYPE");
}

TEST(RelationParserTest, subqueriesAndRelationsInBrackets) {
  EXPECT_EQ(fromOf("(TABLE a)"), "SubqueryAlias __auto_generated_subquery_name\n  ReadTable [a]");
  EXPECT_EQ(fromOf("((TABLE a) x JOIN b) AS c(d, e)"),
            "SubqueryAlias c [d, e]\n"
            "  Join INNER\n"
            "    SubqueryAlias x\n"
            "      ReadTable [a]\n"
            "    ReadTable [b]");
  EXPECT_EQ(fromOf("((TABLE a) UNION (TABLE b)) c"),
            "SubqueryAlias c\n  Union\n    ReadTable [a]\n    ReadTable [b]");
}

TEST(RelationParserTest, tables) {
  EXPECT_EQ(fromOf("csv.`/tmp/x y`"), "ReadTable [csv, `/tmp/x y`]");
  EXPECT_EQ(fromOf("IDENTIFIER('db.' 't') x"), "SubqueryAlias x\n  ReadTable [db, t]");
  EXPECT_EQ(fromOf("range(1, 10) AS r(i)"), "SubqueryAlias r [i]\n  TableFunction range [1, 10]");
  EXPECT_EQ(fromOf("STREAM(t)"), "ReadTable [t] STREAM");
  EXPECT_EQ(fromOf("t WITH ('a' = 1)"), "ReadTable [t] {a=1}");
  EXPECT_EQ(fromOf("t VERSION AS OF 1"), "ERROR UNSUPPORTED_FEATURE.TIME_TRAVEL");
  EXPECT_EQ(fromOf("test-table"), "ERROR INVALID_IDENTIFIER");
  EXPECT_EQ(fromOf("hdfs://bucket/x"), "ERROR INVALID_IDENTIFIER");
}

TEST(RelationParserTest, samples) {
  EXPECT_EQ(fromOf("t TABLESAMPLE (10 PERCENT) REPEATABLE (7) s"),
            "SubqueryAlias s\n  Sample 0.000000 0.100000 SEED 7\n    ReadTable [t]");
  EXPECT_EQ(fromOf("t TABLESAMPLE (5 ROWS)"), "Limit 5\n  ReadTable [t]");
  EXPECT_EQ(fromOf("t TABLESAMPLE (BUCKET 1 OUT OF 4)"),
            "Sample 0.000000 0.250000\n  ReadTable [t]");
  EXPECT_EQ(fromOf("t TABLESAMPLE (200 PERCENT)"), "ERROR INVALID_TABLESAMPLE_FRACTION");
  EXPECT_EQ(fromOf("t TABLESAMPLE (100M)"), "ERROR _LEGACY_ERROR_TEMP_0015");
}

TEST(RelationParserTest, lateralViews) {
  EXPECT_EQ(
      fromOf("t LATERAL VIEW explode(a) x AS b LATERAL VIEW OUTER posexplode(c) y"),
      "LateralView OUTER posexplode(c) y []\n  LateralView explode(a) x [b]\n    ReadTable [t]");
}

TEST(RelationParserTest, pivotAndUnpivot) {
  EXPECT_EQ(fromOf("t PIVOT (sum(a) AS s FOR b IN ('x' AS x, 'y'))"),
            "Aggregate PIVOT [*] [sum(a) AS s] FOR b IN ['x' AS x, 'y']\n  ReadTable [t]");
  EXPECT_EQ(fromOf("t UNPIVOT INCLUDE NULLS (v FOR n IN (a, b AS c))"),
            "Unpivot [*] [a, b AS c] n v\n  ReadTable [t]");
  EXPECT_EQ(fromOf("t UNPIVOT (v FOR n IN (a))"),
            "Filter isNotNull(v)\n  Unpivot [*] [a] n v\n    ReadTable [t]");
}

TEST(RelationParserTest, keywordsAsAliases) {
  EXPECT_EQ(fromOf("t window"), "SubqueryAlias window\n  ReadTable [t]");
  EXPECT_EQ(planOf("SELECT * FROM t limit LIMIT 1"),
            "Limit 1\n  Project [*]\n    SubqueryAlias limit\n      ReadTable [t]");
  EXPECT_EQ(fromOf("t AS left"), "ERROR PARSE_SYNTAX_ERROR");
}

}  // namespace
}  // namespace spate::sql
