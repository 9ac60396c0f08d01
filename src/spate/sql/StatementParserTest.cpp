#include "spate/sql/SqlTest.h"

namespace spate::sql {
namespace {

TEST(StatementParserTest, views) {
  EXPECT_EQ(planOf("CREATE OR REPLACE TEMP VIEW v AS SELECT 1"),
            "CreateView [v] REPLACE\n  Project [1]\n    OneRow");
  EXPECT_EQ(planOf("CREATE GLOBAL TEMPORARY VIEW v (a COMMENT 'x', b) AS TABLE t"),
            "CreateView [v] [a, b] GLOBAL\n  ReadTable [t]");
  EXPECT_EQ(planOf("CREATE TEMPORARY VIEW v (a INT) USING csv OPTIONS (path '/x', header true)"),
            "CreateView [v]\n  ReadSource csv STRUCT<a: INT> {header=true, path=/x} []");
  EXPECT_EQ(planOf("CREATE VIEW v AS SELECT 1"), "ERROR UNSUPPORTED_FEATURE.PERSISTENT_VIEW");
  EXPECT_EQ(planOf("DROP VIEW IF EXISTS v"), "ShowCommand DROP VIEW [v] IF");
}

TEST(StatementParserTest, tables) {
  EXPECT_EQ(planOf("CREATE TABLE IF NOT EXISTS db.t (a INT NOT NULL, b array<string> COMMENT 'x') "
                   "USING parquet PARTITIONED BY (a) LOCATION '/x' OPTIONS (k = 'v')"),
            "CreateTable [db, t] STRUCT<a: INT NOT NULL, b: ARRAY<STRING> COMMENT 'x'> USING "
            "parquet {k=v} PARTITIONED BY [a] location=/x IF");
  EXPECT_EQ(planOf("CREATE TABLE t USING json AS SELECT 1"),
            "CreateTable [t] USING json\n  Project [1]\n    OneRow");
  EXPECT_EQ(planOf("CREATE TABLE t (a INT) USING csv PARTITIONED BY (b STRING)"),
            "CreateTable [t] STRUCT<a: INT, b: STRING> USING csv PARTITIONED BY [b]");
  EXPECT_EQ(planOf("CREATE TABLE t (a INT) AS SELECT 1"), "ERROR _LEGACY_ERROR_TEMP_0035");
  EXPECT_EQ(planOf("CREATE TABLE t (a INT DEFAULT 1)"),
            "ERROR UNSUPPORTED_FEATURE.COLUMN_CONSTRAINT");
  EXPECT_EQ(planOf("CREATE TABLE t (a INT) CLUSTERED BY (a) INTO 4 BUCKETS"),
            "CreateTable [t] STRUCT<a: INT> CLUSTERED BY [a] SORTED BY [] INTO 4");
  EXPECT_EQ(
      planOf("CREATE TABLE t (a INT, b INT) CLUSTERED BY (a) SORTED BY (b ASC) INTO 4 BUCKETS "
             "COMMENT 'c' TBLPROPERTIES (k = 'v')"),
      "CreateTable [t] STRUCT<a: INT, b: INT> CLUSTERED BY [a] SORTED BY [b] INTO 4 "
      "comment=c TBLPROPERTIES {k=v}");
  EXPECT_EQ(planOf("CREATE TABLE t (a INT) CLUSTER BY (a)"),
            "CreateTable [t] STRUCT<a: INT> CLUSTER BY [a]");
  EXPECT_EQ(planOf("CREATE TABLE t (a INT) STORED AS orc"),
            "ERROR UNSUPPORTED_FEATURE.TABLE_CLAUSE");
  EXPECT_EQ(planOf("DROP TABLE db.t PURGE"), "ShowCommand DROP TABLE [db, t] value=PURGE");
  EXPECT_EQ(planOf("TRUNCATE TABLE t"), "ShowCommand TRUNCATE TABLE [t]");
}

TEST(StatementParserTest, inserts) {
  EXPECT_EQ(planOf("INSERT INTO t VALUES (1, 'a')"), "InsertInto [t]\n  Values [1, 'a']");
  EXPECT_EQ(planOf("INSERT OVERWRITE TABLE t (a, b) SELECT 1, 2"),
            "InsertInto [t] [a, b] OVERWRITE\n  Project [1, 2]\n    OneRow");
  EXPECT_EQ(planOf("INSERT INTO t (SELECT 1)"), "InsertInto [t]\n  Project [1]\n    OneRow");
  EXPECT_EQ(planOf("WITH c AS (SELECT 1) INSERT INTO t TABLE c"),
            "InsertInto [t]\n  WithCtes\n    c: Project [1]\n      OneRow\n    ReadTable [c]");
  EXPECT_EQ(planOf("INSERT INTO t PARTITION (a = 1, b) SELECT 2"),
            "InsertInto [t] a=1 b\n  Project [2]\n    OneRow");
  EXPECT_EQ(planOf("INSERT INTO t BY NAME SELECT 2"),
            "InsertInto [t] BY NAME\n  Project [2]\n    OneRow");
}

TEST(StatementParserTest, showCommands) {
  EXPECT_EQ(planOf("SHOW TABLES IN db LIKE 'a*'"), "ShowCommand SHOW TABLES [db] pattern=a*");
  EXPECT_EQ(planOf("SHOW TABLES 'a*'"), "ShowCommand SHOW TABLES [] pattern=a*");
  EXPECT_EQ(planOf("SHOW VIEWS"), "ShowCommand SHOW VIEWS []");
  EXPECT_EQ(planOf("SHOW SCHEMAS"), "ShowCommand SHOW DATABASES []");
  EXPECT_EQ(planOf("SHOW COLUMNS FROM t IN db"), "ShowCommand SHOW COLUMNS [db, t]");
  EXPECT_EQ(planOf("SHOW TBLPROPERTIES t ('k')"), "ShowCommand SHOW TBLPROPERTIES [t] key=k");
  EXPECT_EQ(planOf("SHOW CREATE TABLE t"), "ShowCommand SHOW CREATE TABLE [t]");
  EXPECT_EQ(planOf("SHOW USER FUNCTIONS LIKE 'a'"),
            "ShowCommand SHOW FUNCTIONS [] pattern=a key=USER");
  EXPECT_EQ(planOf("SHOW FUNCTIONS db.f"), "ShowCommand SHOW FUNCTIONS [db] pattern=f");
  EXPECT_EQ(planOf("SHOW SOME FUNCTIONS"), "ERROR INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE");
  EXPECT_EQ(planOf("SHOW CATALOGS"), "ShowCommand SHOW CATALOGS []");
  EXPECT_EQ(planOf("SHOW PARTITIONS t"), "ShowCommand SHOW PARTITIONS [t]");
  EXPECT_EQ(planOf("SHOW ROLES"), "ERROR INVALID_STATEMENT_OR_CLAUSE");
}

TEST(StatementParserTest, describe) {
  EXPECT_EQ(planOf("DESC t"), "ShowCommand DESCRIBE [t]");
  EXPECT_EQ(planOf("DESCRIBE TABLE EXTENDED db.t a.b"),
            "ShowCommand DESCRIBE [db, t] key=a.b EXTENDED");
  EXPECT_EQ(planOf("DESCRIBE QUERY SELECT 1"),
            "ShowCommand DESCRIBE QUERY []\n  Project [1]\n    OneRow");
  EXPECT_EQ(planOf("DESCRIBE FUNCTION EXTENDED abs"),
            "ShowCommand DESCRIBE FUNCTION [abs] EXTENDED");
  EXPECT_EQ(planOf("DESCRIBE FUNCTION +"), "ShowCommand DESCRIBE FUNCTION [`+`]");
  EXPECT_EQ(planOf("DESC DATABASE db"), "ShowCommand DESCRIBE DATABASE [db]");
}

TEST(StatementParserTest, setAndReset) {
  EXPECT_EQ(planOf("SET"), "ShowCommand SET []");
  EXPECT_EQ(planOf("SET -v"), "ShowCommand SET [] EXTENDED");
  EXPECT_EQ(planOf("SET spark.sql.ansi.enabled"), "ShowCommand SET [] key=spark.sql.ansi.enabled");
  EXPECT_EQ(planOf("SET a.b = c d; "), "ShowCommand SET [] key=a.b value=c d");
  EXPECT_EQ(planOf("SET `a b`=`x;y`"), "ShowCommand SET [] key=a b value=x;y");
  EXPECT_EQ(planOf("SET a = 1; SELECT 1"), "ERROR INVALID_SET_SYNTAX");
  EXPECT_EQ(planOf("SET a b = 1"), "ERROR INVALID_SET_SYNTAX");
  EXPECT_EQ(planOf("SET TIME ZONE 'Europe/Berlin'"),
            "ShowCommand SET [] key=spark.sql.session.timeZone value=Europe/Berlin");
  EXPECT_EQ(planOf("RESET"), "ShowCommand RESET []");
  EXPECT_EQ(planOf("RESET a b"), "ERROR INVALID_RESET_COMMAND_FORMAT");
  EXPECT_EQ(planOf("RESET a.b"), "ShowCommand RESET [] key=a.b");
}

TEST(StatementParserTest, theOthers) {
  EXPECT_EQ(planOf("EXPLAIN EXTENDED SELECT 1"),
            "ShowCommand EXPLAIN [] value=extended EXTENDED\n  Project [1]\n    OneRow");
  EXPECT_EQ(planOf("USE DATABASE db"), "ShowCommand USE [db]");
  EXPECT_EQ(planOf("CACHE LAZY TABLE t AS SELECT 1"),
            "ShowCommand CACHE [t] value=LAZY\n  Project [1]\n    OneRow");
  EXPECT_EQ(planOf("UNCACHE TABLE IF EXISTS t"), "ShowCommand UNCACHE [t] IF");
  EXPECT_EQ(planOf("CLEAR CACHE"), "ShowCommand UNCACHE []");
  EXPECT_EQ(planOf("REFRESH TABLE t"), "ShowCommand REFRESH [t]");
  EXPECT_EQ(planOf("REFRESH '/a b'"), "ShowCommand REFRESH [] value=/a b");
  EXPECT_EQ(planOf("CREATE DATABASE IF NOT EXISTS db COMMENT 'c' LOCATION '/x'"),
            "ShowCommand CREATE DATABASE [db] key=/x value=c IF");
  EXPECT_EQ(planOf("DROP SCHEMA db CASCADE"), "ShowCommand DROP DATABASE [db] value=CASCADE");
  EXPECT_EQ(planOf("DELETE FROM t"), "ERROR UNSUPPORTED_FEATURE.SQL_STATEMENT");
  EXPECT_EQ(planOf("MERGE INTO t USING s ON true"), "ERROR UNSUPPORTED_FEATURE.SQL_STATEMENT");
  EXPECT_EQ(planOf("GRANT SELECT ON t TO u"), "ERROR INVALID_STATEMENT_OR_CLAUSE");
}

}  // namespace
}  // namespace spate::sql
