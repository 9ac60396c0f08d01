#include "spate/sql/SqlTest.h"

namespace spate::sql {
namespace {

TEST(QueryParserTest, selectIsProjectOverFilterOverTable) {
  EXPECT_EQ(planOf("SELECT a, b + 1 AS c FROM db.t WHERE a > 1;"),
            "Project [a, (b + 1) AS c]\n"
            "  Filter (a > 1)\n"
            "    ReadTable [db, t]");
  EXPECT_EQ(planOf("select 1"), "Project [1]\n  OneRow");
  EXPECT_EQ(planOf("SELECT DISTINCT a FROM t"), "Deduplicate []\n  Project [a]\n    ReadTable [t]");
  EXPECT_EQ(planOf("FROM t SELECT a"), "Project [a]\n  ReadTable [t]");
  EXPECT_EQ(planOf("TABLE db.t"), "ReadTable [db, t]");
}

TEST(QueryParserTest, wordsBehindASelectItemAreAliasesUnlessAClauseFollows) {
  EXPECT_EQ(planOf("SELECT a b, c AS d, e limit FROM t LIMIT 1"),
            "Limit 1\n  Project [a AS b, c AS d, e AS limit]\n    ReadTable [t]");
  EXPECT_EQ(planOf("SELECT a window FROM t WINDOW w AS (ORDER BY a)"),
            "Project [a AS window]\n  ReadTable [t]");
  EXPECT_EQ(planOf("SELECT FROM t"), "Project [FROM AS t]\n  OneRow");
}

TEST(QueryParserTest, groupByAndHaving) {
  EXPECT_EQ(planOf("SELECT a, count(*) FROM t GROUP BY a, 2 HAVING count(*) > 1"),
            "Aggregate [a, 2] [a, count(1)] SELECT HAVING (count(1) > 1)\n  ReadTable [t]");
  EXPECT_EQ(planOf("SELECT sum(a) FROM t HAVING sum(a) > 1"),
            "Aggregate [] [sum(a)] SELECT HAVING (sum(a) > 1)\n  ReadTable [t]");
  EXPECT_EQ(planOf("SELECT a, sum(b) FROM t GROUP BY ALL"),
            "Aggregate [ALL] [a, sum(b)] SELECT\n  ReadTable [t]");
}

TEST(QueryParserTest, groupingAnalytics) {
  const auto grouping = [](const std::string& clause) {
    std::string text = planOf("SELECT 1 FROM t GROUP BY " + clause);
    return text.substr(0, text.find('\n'));
  };
  EXPECT_EQ(grouping("ROLLUP(a, b)"), "Aggregate ROLLUP [a, b] [1] SELECT");
  EXPECT_EQ(grouping("CUBE(a, b)"), "Aggregate CUBE [a, b] [1] SELECT");
  EXPECT_EQ(grouping("a, b WITH ROLLUP"), "Aggregate ROLLUP [a, b] [1] SELECT");
  EXPECT_EQ(grouping("a, b WITH CUBE"), "Aggregate CUBE [a, b] [1] SELECT");
  EXPECT_EQ(grouping("GROUPING SETS ((a, b), a, ())"),
            "Aggregate GROUPING SETS [a, b] [1] SELECT [a, b] [a] []");
  EXPECT_EQ(grouping("a, b GROUPING SETS ((a), (b))"),
            "Aggregate GROUPING SETS [a, b] [1] SELECT [a] [b]");
  EXPECT_EQ(grouping("a, ROLLUP(b, (c, d))"),
            "Aggregate GROUPING SETS [a, b, c, d] [1] SELECT [a, b, c, d] [a, b] [a]");
  EXPECT_EQ(grouping("CUBE(a, (b, c))"),
            "Aggregate GROUPING SETS [a, b, c] [1] SELECT [a, b, c] [a] [b, c] []");
  EXPECT_EQ(grouping("GROUPING SETS (ROLLUP(a), (b))"),
            "Aggregate GROUPING SETS [a, b] [1] SELECT [a] [] [b]");
  EXPECT_EQ(grouping("ROLLUP((a + 1) * 2, b)"), "Aggregate ROLLUP [((a + 1) * 2), b] [1] SELECT");
}

TEST(QueryParserTest, cubesOfCubesAreRefusedBeforeTheyGrow) {
  std::string cubes = "SELECT 1 FROM t GROUP BY a";
  for (int i = 0; i < 20; ++i) cubes += ", CUBE(a, b, c, d)";
  EXPECT_EQ(errorOf(cubes).errorClass(), "FAILED_TO_PARSE_TOO_COMPLEX");
}

TEST(QueryParserTest, setOperationsFromLeftToRightIntersectFirst) {
  EXPECT_EQ(planOf("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 4"),
            "Except\n"
            "  Union ALL\n"
            "    Project [1]\n"
            "      OneRow\n"
            "    Intersect\n"
            "      Project [2]\n"
            "        OneRow\n"
            "      Project [3]\n"
            "        OneRow\n"
            "  Project [4]\n"
            "    OneRow");
  EXPECT_EQ(planOf("(TABLE a MINUS ALL TABLE b) UNION DISTINCT TABLE c"),
            "Union\n  Except ALL\n    ReadTable [a]\n    ReadTable [b]\n  ReadTable [c]");
}

TEST(QueryParserTest, orderAndLimitAreAboveTheSetOperation) {
  EXPECT_EQ(planOf("TABLE a UNION TABLE b ORDER BY x DESC, y NULLS LAST LIMIT 5 OFFSET 2"),
            "Limit 5\n"
            "  Offset 2\n"
            "    Sort [x DESC NULLS LAST, y ASC NULLS LAST]\n"
            "      Union\n"
            "        ReadTable [a]\n"
            "        ReadTable [b]");
  EXPECT_EQ(planOf("TABLE a LIMIT ALL"), "ReadTable [a]");
  EXPECT_EQ(planOf("TABLE a CLUSTER BY x"),
            "Sort LOCAL [x ASC NULLS FIRST]\n  Repartition SHUFFLE [x]\n    ReadTable [a]");
  EXPECT_EQ(planOf("TABLE a DISTRIBUTE BY x SORT BY y"),
            "Sort LOCAL [y ASC NULLS FIRST]\n  Repartition SHUFFLE [x]\n    ReadTable [a]");
}

TEST(QueryParserTest, ctes) {
  EXPECT_EQ(planOf("WITH a AS (SELECT 1), b(x) AS (TABLE a) SELECT * FROM b"),
            "WithCtes\n"
            "  a: Project [1]\n"
            "    OneRow\n"
            "  b: SubqueryAlias b [x]\n"
            "    ReadTable [a]\n"
            "  Project [*]\n"
            "    ReadTable [b]");
  EXPECT_EQ(planOf("WITH RECURSIVE a AS (SELECT 1) TABLE a"),
            "ERROR UNSUPPORTED_FEATURE.RECURSIVE_CTE");
  EXPECT_EQ(planOf("WITH a AS (TABLE t), A AS (TABLE t) TABLE a"), "ERROR DUPLICATED_CTE_NAMES");
}

TEST(QueryParserTest, subqueriesInExpressions) {
  EXPECT_EQ(planOf("SELECT (SELECT max(x) FROM s) FROM t WHERE EXISTS (TABLE u) AND a IN (TABLE v) "
                   "AND (a, b) NOT IN (TABLE w)"),
            "Project [{Project [max(x)];   ReadTable [s]}]\n"
            "  Filter (EXISTS {ReadTable [u]} and ((a) IN {ReadTable [v]} and "
            "not((a, b) IN {ReadTable [w]})))\n"
            "    ReadTable [t]");
  EXPECT_EQ(planOf("SELECT ((SELECT 1)) + 1"), "Project [({Project [1];   OneRow} + 1)]\n  OneRow");
}

TEST(QueryParserTest, values) {
  EXPECT_EQ(planOf("VALUES (1, 'a'), (2, 'b')"), "Values [1, 'a'] [2, 'b']");
  EXPECT_EQ(planOf("SELECT * FROM VALUES 1, 2 AS t(x)"),
            "Project [*]\n  SubqueryAlias t [x]\n    Values [1] [2]");
  EXPECT_EQ(planOf("SELECT * FROM (VALUES (1)) t"),
            "Project [*]\n  SubqueryAlias t\n    Values [1]");
}

TEST(QueryParserTest, namedWindowsAreFoundBehindTheirUse) {
  EXPECT_EQ(planOf("SELECT rank() OVER w, sum(a) OVER (v) FROM t "
                   "WINDOW w AS (ORDER BY a), v AS (PARTITION BY b) ORDER BY rank() OVER w"),
            "Sort [rank() OVER (ORDER BY a ASC NULLS FIRST) ASC NULLS FIRST]\n"
            "  Project [rank() OVER (ORDER BY a ASC NULLS FIRST), sum(a) OVER (PARTITION BY b)]\n"
            "    ReadTable [t]");
  EXPECT_EQ(planOf("SELECT (SELECT rank() OVER w FROM s) FROM t WINDOW w AS (ORDER BY a)"),
            "ERROR MISSING_WINDOW_SPECIFICATION");
}

TEST(QueryParserTest, qualifyFiltersByAWindowFunction) {
  EXPECT_EQ(planOf("SELECT a FROM t QUALIFY rank() OVER (ORDER BY a) = 1"),
            "Drop [] [__qualify]\n"
            "  Filter __qualify\n"
            "    Project [a, (rank() OVER (ORDER BY a ASC NULLS FIRST) == 1) AS __qualify]\n"
            "      ReadTable [t]");
  EXPECT_EQ(planOf("SELECT rank() OVER (ORDER BY a) AS r FROM t QUALIFY r = 1"),
            "Filter (r == 1)\n"
            "  Project [rank() OVER (ORDER BY a ASC NULLS FIRST) AS r]\n"
            "    ReadTable [t]");
}

TEST(QueryParserTest, hints) {
  EXPECT_EQ(planOf("SELECT /*+ BROADCAST(a, b), REPARTITION(3) */ * FROM t"),
            "Hint REPARTITION [3]\n"
            "  Hint BROADCAST [a, b]\n"
            "    Project [*]\n"
            "      ReadTable [t]");
}

TEST(QueryParserTest, whatIsNotSupportedIsRefusedByName) {
  EXPECT_EQ(planOf("SELECT * EXCEPT (a) FROM t"), "ERROR UNSUPPORTED_FEATURE.STAR_EXCEPT");
  EXPECT_EQ(planOf("SELECT TRANSFORM(a) USING 'cat' FROM t"),
            "ERROR UNSUPPORTED_FEATURE.TRANSFORM");
  EXPECT_EQ(planOf("FROM t |> WHERE a"), "ERROR UNSUPPORTED_FEATURE.PIPE_SYNTAX");
  EXPECT_EQ(planOf("TABLE t |> WHERE a"), "ERROR UNSUPPORTED_FEATURE.PIPE_SYNTAX");
  EXPECT_EQ(planOf("FROM t INSERT INTO a SELECT 1 INSERT INTO b SELECT 2"),
            "ERROR UNSUPPORTED_FEATURE.MULTI_INSERT");
  EXPECT_EQ(planOf("SELECT mode() WITHIN GROUP (ORDER BY a) FROM t"),
            "ERROR UNSUPPORTED_FEATURE.WITHIN_GROUP");
}

TEST(QueryParserTest, deepQueriesAreRefused) {
  std::string unions = "SELECT 1";
  for (int i = 0; i < 3000; ++i) unions += " UNION ALL SELECT 1";
  EXPECT_EQ(errorOf(unions).errorClass(), "FAILED_TO_PARSE_TOO_COMPLEX");
  std::string brackets(50000, '(');
  EXPECT_EQ(errorOf(brackets + "SELECT 1" + std::string(50000, ')')).errorClass(),
            "FAILED_TO_PARSE_TOO_COMPLEX");
  std::string windows;
  for (int i = 0; i < 100; ++i) windows += "SELECT 1 WINDOW w AS (PARTITION BY (";
  EXPECT_FALSE(errorOf(windows).ok());
}

}  // namespace
}  // namespace spate::sql
