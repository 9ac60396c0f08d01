#include "spate/base/AsciiCase.h"
#include "spate/sql/Parser.h"

// SHOW, DESCRIBE, SET and RESET.

namespace spate::sql {

using plan::make;
using plan::RelationPtr;
using plan::ShowCommand;

/// [LIKE] 'pattern'
void Parser::likePattern(ShowCommand& command) {
  const bool hasLike = accept("LIKE");
  if (hasLike || peek().kind == TokenKind::kString) command.pattern = stringLiteral();
}

/// [(FROM | IN) name]
void Parser::namespaceOf(ShowCommand& command) {
  if (accept("FROM") || accept("IN")) command.nameParts = identifierReference();
}

RelationPtr Parser::showStatement() {
  expect("SHOW");
  if (atAny({"TABLES", "VIEWS"})) {
    ShowCommand command = showCommand("SHOW " + peek().word);
    advance();
    namespaceOf(command);
    likePattern(command);
    return show(std::move(command));
  }
  if (atAny({"DATABASES", "SCHEMAS", "NAMESPACES"})) {
    advance();
    ShowCommand command = showCommand("SHOW DATABASES");
    namespaceOf(command);
    likePattern(command);
    return show(std::move(command));
  }
  if (accept("CATALOGS")) {
    ShowCommand command = showCommand("SHOW CATALOGS");
    likePattern(command);
    return show(std::move(command));
  }
  if (accept("COLUMNS")) {
    ShowCommand command = showCommand("SHOW COLUMNS");
    if (!accept("IN")) expect("FROM");
    command.nameParts = identifierReference();
    if (accept("FROM") || accept("IN")) {
      Names database = multipartIdentifier();
      if (command.nameParts.size() == 1) {
        command.nameParts.insert(command.nameParts.begin(), database.begin(), database.end());
      }
    }
    return show(std::move(command));
  }
  if (accept("TBLPROPERTIES")) {
    ShowCommand command = showCommand("SHOW TBLPROPERTIES", identifierReference());
    if (accept("(")) {
      command.key = propertyKey();
      expect(")");
    }
    return show(std::move(command));
  }
  if (accept({"CREATE", "TABLE"})) {
    ShowCommand command = showCommand("SHOW CREATE TABLE", identifierReference());
    if (at("AS")) failOperation("SHOW CREATE TABLE AS SERDE");
    return show(std::move(command));
  }
  if (accept({"CURRENT", "NAMESPACE"}) || accept({"CURRENT", "DATABASE"}) ||
      accept({"CURRENT", "SCHEMA"})) {
    ShowCommand command = showCommand("SHOW DATABASES");
    command.key = "CURRENT";
    return show(std::move(command));
  }
  if (at("FUNCTIONS") || is(peek(1), "FUNCTIONS")) return showFunctions();
  if (accept("PARTITIONS")) {
    ShowCommand command = showCommand("SHOW PARTITIONS", identifierReference());
    if (at("PARTITION")) failUnsupported("SHOW PARTITIONS ... PARTITION", "PARTITION");
    return show(std::move(command));
  }
  if (atSequence({"TABLE", "EXTENDED"})) failUnsupported("SHOW TABLE EXTENDED", "SQL_STATEMENT");
  if (atAny({"GRANT", "ROLE", "ROLES", "PRINCIPALS", "COMPACTIONS", "TRANSACTIONS", "INDEXES",
             "LOCKS"})) {
    failOperation("SHOW " + peek().word);
  }
  failSyntax();
  return make(plan::OneRow{});
}

RelationPtr Parser::showFunctions() {
  ShowCommand command = showCommand("SHOW FUNCTIONS");
  if (!at("FUNCTIONS")) {
    if (!atAny({"ALL", "SYSTEM", "USER"})) {
      const std::string scope = asciiLower(peek().text);
      failStatement(Status::invalidArgument("Invalid SQL syntax: SHOW `" + scope +
                                            "` FUNCTIONS not supported.")
                        .withErrorClass("INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE", "42000",
                                        {{"scope", "`" + scope + "`"}}));
    }
    command.key = peek().word;
    advance();
  }
  expect("FUNCTIONS");
  namespaceOf(command);
  const bool hasLike = accept("LIKE");
  if (peek().kind == TokenKind::kString) {
    command.pattern = stringLiteral();
  } else if (hasLike || peek().isName()) {
    const Names name = multipartIdentifier();
    command.pattern = name.back();
    command.nameParts.assign(name.begin(), name.end() - 1);
  }
  return show(std::move(command));
}

RelationPtr Parser::describeStatement() {
  advance();
  if (at("FUNCTION") && (peek(1).isName() || peek(1).kind == TokenKind::kOperator ||
                         peek(1).kind == TokenKind::kString)) {
    advance();
    ShowCommand command = showCommand("DESCRIBE FUNCTION");
    command.isExtended = accept("EXTENDED");
    if (peek().isName()) {
      command.nameParts = identifierReference();
    } else {
      command.nameParts = {peek().word};
      advance();
    }
    return show(std::move(command));
  }
  if (atAny({"DATABASE", "SCHEMA", "NAMESPACE"}) && peek(1).isName()) {
    advance();
    ShowCommand command = showCommand("DESCRIBE DATABASE");
    command.isExtended = accept("EXTENDED");
    command.nameParts = identifierReference();
    return show(std::move(command));
  }
  const bool isQuery = at("QUERY") && (peek(1).isName() || is(peek(1), "("));
  if (isQuery) advance();
  if (isQuery || (atQuery() && !at("TABLE"))) {
    ShowCommand command = showCommand("DESCRIBE QUERY");
    command.query = query();
    return show(std::move(command));
  }
  return describeRelation();
}

RelationPtr Parser::describeRelation() {
  ShowCommand command = showCommand("DESCRIBE");
  if (at("TABLE") && peek(1).isName()) advance();
  if (atAny({"EXTENDED", "FORMATTED"}) && peek(1).isName()) {
    command.isExtended = true;
    advance();
  }
  command.nameParts = identifierReference();
  if (atSequence({"PARTITION", "("})) failUnsupported("DESCRIBE ... PARTITION", "PARTITION");
  if (atSequence({"AS", "JSON"})) failUnsupported("DESCRIBE ... AS JSON", "SQL_STATEMENT");
  if (peek().isName()) {
    for (const std::string& part : multipartIdentifier()) {
      command.key = command.key ? *command.key + "." + part : part;
    }
  }
  return show(std::move(command));
}

namespace {

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

/// `spark.my key` without its backquotes.
std::string unquoted(std::string text) {
  if (text.size() < 2 || text.front() != '`' || text.back() != '`') return text;
  return text.substr(1, text.size() - 2);
}

}  // namespace

/// SET; SET -v; SET key; SET key = value, where the value is text up to the end.
RelationPtr Parser::setStatement() {
  expect("SET");
  ShowCommand command = showCommand("SET");
  if (atSequence({"TIME", "ZONE"})) {
    advance();
    advance();
    command.key = "spark.sql.session.timeZone";
    if (accept("LOCAL")) {
      command.value = "LOCAL";
    } else if (atInterval() || at("INTERVAL")) {
      failUnsupported("SET TIME ZONE INTERVAL", "SQL_STATEMENT");
    } else {
      command.value = stringLiteral();
    }
    return show(std::move(command));
  }
  if (at("CATALOG") && (peek(1).isName() || peek(1).kind == TokenKind::kString)) {
    failUnsupported("SET CATALOG", "SQL_STATEMENT");
  }
  if (atAny({"VARIABLE", "VAR"}) && peek(1).isName()) {
    failUnsupported("session variables", "SQL_STATEMENT");
  }
  if (at("ROLE") && !is(peek(1), "=")) failOperation("SET ROLE");
  const std::string text = restOfText();
  if (text.empty() || failed()) return show(std::move(command));
  if (text == "-v") {
    command.isExtended = true;
    return show(std::move(command));
  }
  const size_t equals = text.find('=');
  const std::string written = trimmed(std::string_view(text).substr(0, equals));
  const std::string key = unquoted(written);
  std::string value;
  if (equals != std::string::npos) value = trimmed(std::string_view(text).substr(equals + 1));
  const bool isPlain = written.find_first_of(" \t\r\n") == std::string::npos;
  const bool isValue = value.find(';') == std::string::npos || unquoted(value) != value;
  const bool isKey = !key.empty() && isValue && (isPlain || key != written);
  if (!isKey) {
    failStatement(
        Status::invalidArgument("Expected format is 'SET', 'SET key', or 'SET key=value'. If you "
                                "want to include special characters in key, or include semicolon "
                                "in value, please use backquotes, e.g., SET `key`=`value`.")
            .withErrorClass("INVALID_SET_SYNTAX", "42000"));
    return show(std::move(command));
  }
  command.key = key;
  if (equals != std::string::npos) command.value = unquoted(value);
  return show(std::move(command));
}

RelationPtr Parser::resetStatement() {
  expect("RESET");
  ShowCommand command = showCommand("RESET");
  const std::string written = trimmed(restOfText());
  const std::string text = unquoted(written);
  if (text == written && text.find_first_of(" \t\r\n") != std::string::npos) {
    failStatement(
        Status::invalidArgument("Expected format is 'RESET' or 'RESET key'. If you want to include "
                                "special characters in key, please use quotes, e.g., RESET `key`.")
            .withErrorClass("INVALID_RESET_COMMAND_FORMAT", "42000"));
  }
  if (!text.empty()) command.key = text;
  return show(std::move(command));
}

}  // namespace spate::sql
