#include <rapidcheck.h>

#include "spate/sql/SqlTest.h"

namespace spate::sql {
namespace {

// Texts that use most of the grammar; the property below cuts, mixes and garbles them.
constexpr std::string_view kSeeds[] = {
    "WITH a AS (SELECT 1) SELECT /*+ X(1) */ DISTINCT a.b[1].c, count(*) AS n, 'x' || r'y' FROM "
    "db.t x LEFT JOIN b USING (i) WHERE a IN (1, 2) AND NOT b LIKE '%' ESCAPE '!' GROUP BY "
    "ROLLUP(a, "
    "(b, c)) HAVING n > 1.5e3 ORDER BY 1 DESC NULLS LAST LIMIT 10 OFFSET 2;",
    "SELECT CASE a WHEN 1 THEN INTERVAL '1 02:03:04' DAY TO SECOND ELSE CAST(b AS array<map<int, "
    "decimal(10,2)>>) END, sum(x) FILTER (WHERE y) OVER w FROM t WINDOW w AS (PARTITION BY a ORDER "
    "BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "SELECT transform(a, (x, i) -> x.y + i), EXTRACT(DAY FROM d), TRIM(BOTH 'x' FROM s) FROM "
    "VALUES "
    "(1, X'1F'), (DATE '2020-01-01', 2S) AS v(a, b) LATERAL VIEW OUTER explode(m) e AS k, v",
    "SELECT * FROM t PIVOT (sum(a) FOR b IN ('x', 'y')) UNION ALL (TABLE u MINUS SELECT a, b FROM "
    "c "
    "TABLESAMPLE (10 PERCENT) REPEATABLE (7)) CLUSTER BY a",
    "SELECT * FROM t UNPIVOT (v FOR n IN (a AS x, b)), LATERAL (SELECT :p, ? FROM range(10))",
    "CREATE OR REPLACE TEMP VIEW v (a, b COMMENT 'c') AS SELECT 1, 2L",
    "CREATE TABLE t (a INT NOT NULL, b STRUCT<c: STRING>) USING csv PARTITIONED BY (a) OPTIONS (x "
    "= 1)",
    "INSERT OVERWRITE TABLE t (a) SELECT `a``b`::int <=> -1 FROM csv.`/x/y`",
    "SHOW TABLES IN db LIKE 'a*'",
    "DESCRIBE TABLE EXTENDED t a.b",
    "SET a.b = c /* d */",
    "EXPLAIN FORMATTED SELECT a BETWEEN 1 AND 2 OR b IS NOT NULL",
    "DROP TABLE IF EXISTS `t`"};

std::string seed() { return std::string(kSeeds[*rc::gen::inRange<size_t>(0, std::size(kSeeds))]); }

void mutate(std::string& sql) {
  const size_t at = *rc::gen::inRange<size_t>(0, sql.size() + 1);
  const size_t size = *rc::gen::inRange<size_t>(0, 20);
  switch (*rc::gen::inRange(0, 5)) {
    case 0: sql.erase(at, size); break;
    case 1: sql.insert(at, sql.substr(*rc::gen::inRange<size_t>(0, sql.size() + 1), size)); break;
    case 2: sql.insert(at, seed()); break;
    case 3:
      sql.insert(at, 1,
                 *rc::gen::element('(', ')', '\'', '"', '`', ',', '.', '-', '\\', '/', '*', ':',
                                   '[', ']', '<', '>', '\xff', '\n', '0'));
      break;
    default: sql.resize(at); break;
  }
}

TEST(ParserMutationTest, noTextBreaksTheParser) {
  EXPECT_TRUE(rc::check([] {
    std::string sql = seed();
    const int mutations = *rc::gen::inRange(1, 6);
    for (int i = 0; i < mutations; ++i) mutate(sql);
    for (const bool asStatement : {true, false}) {
      Status status;
      if (asStatement) {
        const auto relation = parseStatement(sql);
        if (relation) RC_ASSERT(!plan::toText(**relation).empty());
        if (!relation) status = relation.error();
      } else {
        const auto expression = parseExpression(sql);
        if (expression) RC_ASSERT(!plan::toText(**expression).empty());
        if (!expression) status = expression.error();
      }
      if (!status.ok()) {
        RC_ASSERT(!status.errorClass().empty());
        RC_ASSERT(status.message().find("== SQL ") != std::string::npos);
      }
    }
  }));
}

TEST(ParserMutationTest, theSeedsThemselvesParse) {
  for (const std::string_view sql : kSeeds) {
    const auto one = parseExpression("1").value();
    EXPECT_TRUE(parseStatement(sql, {{"p", one}}, {one})) << sql;
  }
}

}  // namespace
}  // namespace spate::sql
