#include <cstdlib>

#include "spate/sql/Parser.h"

// CREATE, DROP and INSERT.

namespace spate::sql {

using plan::make;
using plan::RelationPtr;
using plan::ShowCommand;

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) {
    if (!name.empty()) name += '.';
    name += part;
  }
  return name;
}

}  // namespace

RelationPtr Parser::createStatement() {
  if (accept("REPLACE")) {
    expect("TABLE");
    return createTable(true);
  }
  expect("CREATE");
  if (atAny({"DATABASE", "SCHEMA", "NAMESPACE"})) {
    advance();
    return createDatabase();
  }
  const bool replace = accept({"OR", "REPLACE"});
  const bool global = accept("GLOBAL");
  const bool temporary = accept("TEMPORARY") || accept("TEMP");
  if (accept("VIEW")) {
    if (!temporary)
      failUnsupported("permanent views (use CREATE TEMPORARY VIEW)", "PERSISTENT_VIEW");
    return createView(replace, global);
  }
  if (global) failSyntax();
  if (at("EXTERNAL")) failNotAllowed("CREATE EXTERNAL TABLE ... USING");
  if (accept("TABLE")) {
    if (temporary) {
      failNotAllowed("CREATE TEMPORARY TABLE, use CREATE TEMPORARY VIEW instead");
    }
    return createTable(replace);
  }
  if (at("FUNCTION")) failUnsupported("CREATE FUNCTION", "SQL_STATEMENT");
  if (atAny({"VARIABLE", "VAR"})) failUnsupported("session variables", "SQL_STATEMENT");
  if (atAny({"ROLE", "INDEX", "MACRO"})) failOperation("CREATE " + peek().word);
  failSyntax();
  return make(plan::OneRow{});
}

RelationPtr Parser::createView(bool replace, bool global) {
  plan::CreateView view;
  view.isReplace = replace;
  view.isGlobal = global;
  view.ifNotExists = accept({"IF", "NOT", "EXISTS"});
  if (view.ifNotExists)
    failNotAllowed("It is not allowed to define a TEMPORARY view with IF NOT EXISTS");
  view.nameParts = identifierReference();
  // Names with comments belong to AS, names with types to USING.
  std::vector<StructField> columns;
  if (at("(")) {
    const bool hasTypes = peek(2).isName() && !is(peek(2), "COMMENT");
    if (hasTypes) {
      columns = columnDefinitions(false);
    } else {
      expect("(");
      do {
        view.columns.push_back(identifier());
        if (accept("COMMENT")) stringLiteral();
      } while (accept(","));
      expect(")");
    }
  }
  if (accept("USING")) {
    plan::ReadSource source;
    source.format = joined(multipartIdentifier());
    if (!columns.empty()) source.schema = DataType::structOf(std::move(columns));
    if (accept("OPTIONS")) source.options = propertyList();
    view.query = make(std::move(source));
    return make(std::move(view));
  }
  if (!columns.empty()) failSyntax();
  while (atAny({"COMMENT", "TBLPROPERTIES"})) {
    // Nothing that reads a temporary view shows them.
    if (accept("COMMENT")) stringLiteral();
    if (accept("TBLPROPERTIES")) propertyList();
  }
  expect("AS");
  view.query = query();
  return make(std::move(view));
}

RelationPtr Parser::createTable(bool replace) {
  plan::CreateTable table;
  table.isReplace = replace;
  table.ifNotExists = accept({"IF", "NOT", "EXISTS"});
  table.nameParts = identifierReference();
  if (at("LIKE")) failUnsupported("CREATE TABLE LIKE", "SQL_STATEMENT");
  std::vector<StructField> columns;
  const bool hasColumns = at("(") && !isQueryBracket(at_);
  if (hasColumns) columns = columnDefinitions(true);
  if (accept("USING")) table.format = joined(multipartIdentifier());
  tableClauses(table, columns);
  if (!columns.empty()) table.schema = DataType::structOf(std::move(columns));
  const bool hasAs = accept("AS");
  if (hasAs || atQuery()) {
    table.query = query();
    if (table.schema) {
      failNotAllowed("Schema may not be specified in a Create Table As Select (CTAS) statement");
    }
  }
  return make(std::move(table));
}

void Parser::tableClauses(plan::CreateTable& table, std::vector<StructField>& columns) {
  while (!failed()) {
    if (accept("OPTIONS")) {
      table.options = propertyList();
    } else if (accept({"PARTITIONED", "BY"})) {
      partitionedBy(table, columns);
    } else if (accept("LOCATION")) {
      table.location = stringLiteral();
    } else if (accept("COMMENT")) {
      table.comment = stringLiteral();
    } else if (accept("TBLPROPERTIES")) {
      table.properties = propertyList();
    } else if (accept({"CLUSTERED", "BY"})) {
      table.bucketing = bucketing();
    } else if (accept({"CLUSTER", "BY"})) {
      expect("(");
      do {
        table.clusterColumns.push_back(joined(multipartIdentifier()));
      } while (accept(","));
      expect(")");
    } else if (atAny({"SKEWED", "ROW", "STORED"})) {
      failUnsupported(peek().word + " of CREATE TABLE", "TABLE_CLAUSE");
    } else {
      return;
    }
  }
}

/// (columns) [SORTED BY (columns)] INTO n BUCKETS
plan::Bucketing Parser::bucketing() {
  plan::Bucketing buckets;
  buckets.columns = identifierList();
  if (accept({"SORTED", "BY"})) {
    expect("(");
    do {
      buckets.sortColumns.push_back(identifier());
      if (at("DESC")) failOperation("Column ordering must be ASC, was 'DESC'");
      accept("ASC");
    } while (accept(","));
    expect(")");
  }
  expect("INTO");
  buckets.buckets =
      static_cast<int32_t>(std::strtol(std::string(peek().text).c_str(), nullptr, 10));
  if (peek().isNumber()) {
    advance();
  } else {
    failSyntax();
  }
  expect("BUCKETS");
  return buckets;
}

/// (day = '1', hour)
void Parser::partitionSpec(plan::InsertInto& insert) {
  expect("(");
  do {
    std::string name = identifier();
    ExpressionPtr value;
    if (accept("=")) value = valueExpression();
    insert.partition.emplace_back(std::move(name), std::move(value));
  } while (accept(","));
  expect(")");
}

/// Names of columns, or definitions of further ones; transforms such as days(t) are refused.
void Parser::partitionedBy(plan::CreateTable& table, std::vector<StructField>& columns) {
  expect("(");
  do {
    if (is(peek(1), "(")) failUnsupported("partition transforms", "PARTITION_TRANSFORM");
    if (peek(1).isName()) {
      StructField column = columnDefinition(false);
      table.partitionColumns.push_back(column.name);
      columns.push_back(std::move(column));
    } else {
      table.partitionColumns.push_back(joined(multipartIdentifier()));
    }
  } while (accept(","));
  expect(")");
}

std::vector<StructField> Parser::columnDefinitions(bool forTable) {
  std::vector<StructField> columns;
  expect("(");
  do {
    columns.push_back(columnDefinition(forTable));
  } while (accept(","));
  expect(")");
  return columns;
}

StructField Parser::columnDefinition(bool forTable) {
  StructField column;
  column.name = errorCapturingIdentifier();
  column.type = dataType();
  for (;;) {
    if (accept({"NOT", "NULL"})) {
      column.nullable = false;
    } else if (accept("COMMENT")) {
      column = column.withComment(stringLiteral());
    } else if (forTable && atAny({"DEFAULT", "GENERATED", "CONSTRAINT", "PRIMARY", "UNIQUE",
                                  "CHECK", "REFERENCES"})) {
      failUnsupported(peek().word + " of a column", "COLUMN_CONSTRAINT");
      return column;
    } else {
      return column;
    }
  }
}

RelationPtr Parser::createDatabase() {
  ShowCommand command = showCommand("CREATE DATABASE");
  command.ifExists = accept({"IF", "NOT", "EXISTS"});
  command.nameParts = identifierReference();
  while (!failed()) {
    if (accept("COMMENT")) {
      command.value = stringLiteral();
    } else if (accept("LOCATION")) {
      command.key = stringLiteral();
    } else if (at("WITH")) {
      failUnsupported("properties of databases", "DATABASE_PROPERTIES");
    } else {
      break;
    }
  }
  return show(std::move(command));
}

RelationPtr Parser::dropStatement() {
  expect("DROP");
  if (atAny({"DATABASE", "SCHEMA", "NAMESPACE"})) {
    advance();
    ShowCommand command = showCommand("DROP DATABASE");
    command.ifExists = accept({"IF", "EXISTS"});
    command.nameParts = identifierReference();
    if (atAny({"RESTRICT", "CASCADE"})) {
      command.value = peek().word;
      advance();
    }
    return show(std::move(command));
  }
  if (atAny({"TABLE", "VIEW"})) {
    ShowCommand command = showCommand("DROP " + peek().word);
    advance();
    command.ifExists = accept({"IF", "EXISTS"});
    command.nameParts = identifierReference();
    if (command.command == "DROP TABLE" && accept("PURGE")) command.value = "PURGE";
    return show(std::move(command));
  }
  if (atSequence({"TEMPORARY", "FUNCTION"}) || atSequence({"TEMP", "FUNCTION"})) {
    ShowCommand command = showCommand("DROP TEMPORARY FUNCTION");
    advance();
    advance();
    command.ifExists = accept({"IF", "EXISTS"});
    command.nameParts = identifierReference();
    return show(std::move(command));
  }
  if (at("FUNCTION")) failUnsupported("DROP FUNCTION", "SQL_STATEMENT");
  if (atAny({"ROLE", "INDEX", "MACRO"})) failOperation("DROP " + peek().word);
  failSyntax();
  return make(plan::OneRow{});
}

RelationPtr Parser::insertStatement() {
  expect("INSERT");
  plan::InsertInto insert;
  insert.isOverwrite = accept("OVERWRITE");
  if (!insert.isOverwrite) expect("INTO");
  if (insert.isOverwrite && (at("DIRECTORY") || atSequence({"LOCAL", "DIRECTORY"}))) {
    failUnsupported("INSERT OVERWRITE DIRECTORY", "INSERT_DIRECTORY");
  }
  if (at("TABLE") && peek(1).isName()) advance();
  insert.nameParts = identifierReference();
  if (accept("PARTITION")) partitionSpec(insert);
  if (atSequence({"IF", "NOT", "EXISTS"}))
    failUnsupported("INSERT ... PARTITION ... IF NOT EXISTS", "INSERT_PARTITION_SPEC");
  if (atSequence({"REPLACE", "WHERE"}))
    failUnsupported("INSERT ... REPLACE WHERE", "REPLACE_WHERE");
  insert.byName = accept({"BY", "NAME"});
  if (!insert.byName && at("(") && !isQueryBracket(at_)) insert.columns = identifierList();
  insert.query = query();
  return make(std::move(insert));
}

plan::Options Parser::propertyList() {
  plan::Options options;
  expect("(");
  do {
    std::string key = propertyKey();
    std::string value;
    const bool hasValue = accept("=") || !atAny({",", ")"});
    if (hasValue) value = propertyValue();
    options[std::move(key)] = std::move(value);
  } while (accept(","));
  expect(")");
  return options;
}

std::string Parser::propertyKey() {
  if (peek().kind == TokenKind::kString) return stringLiteral();
  return joined(multipartIdentifier());
}

/// Text, a number or a truth value; kept as text.
std::string Parser::propertyValue() {
  const bool negative = at("-") && peek(1).isNumber();
  if (negative) advance();
  if (peek().isNumber()) {
    std::string value((negative ? "-" : "") + std::string(peek().text));
    advance();
    return value;
  }
  if (atAny({"TRUE", "FALSE"})) {
    std::string value = at("TRUE") ? "true" : "false";
    advance();
    return value;
  }
  return stringLiteral();
}

}  // namespace spate::sql
