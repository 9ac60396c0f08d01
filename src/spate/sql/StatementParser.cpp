#include "spate/sql/Parser.h"

// Which statement it is, and the short ones.

namespace spate::sql {

using plan::make;
using plan::RelationPtr;
using plan::ShowCommand;

RelationPtr Parser::show(ShowCommand command) const { return make(std::move(command)); }

RelationPtr Parser::statement() {
  const Nesting nesting(*this);
  if (at("WITH")) {
    // WITH ... INSERT: the names are those of the statement's query.
    const size_t first = at_;
    auto names = ctes();
    if (!at("INSERT") && !at("FROM")) {
      at_ = failed() ? at_ : first;
      return query();
    }
    if (at("FROM")) {
      at_ = first;
      return query();
    }
    RelationPtr relation = insertStatement();
    const auto* insert = relation->as<plan::InsertInto>();
    if (!insert) return relation;
    plan::InsertInto wrapped = *insert;
    wrapped.query = make(plan::WithCtes{insert->query, std::move(names)});
    return make(std::move(wrapped));
  }
  if (atQuery()) return query();
  if (at("CREATE") || at("REPLACE")) return createStatement();
  if (at("DROP")) return dropStatement();
  if (at("INSERT")) return insertStatement();
  if (at("SHOW")) return showStatement();
  if (at("DESC") || at("DESCRIBE")) return describeStatement();
  if (at("EXPLAIN")) return explainStatement();
  if (at("SET")) return setStatement();
  if (at("RESET")) return resetStatement();
  if (at("USE")) return useStatement();
  if (at("CACHE") || at("UNCACHE") || at("CLEAR")) return cacheStatement();
  if (at("REFRESH")) return refreshStatement();
  if (at("TRUNCATE")) {
    advance();
    expect("TABLE");
    ShowCommand command = showCommand("TRUNCATE TABLE", identifierReference());
    if (at("PARTITION")) failUnsupported("TRUNCATE TABLE ... PARTITION", "PARTITION");
    return show(std::move(command));
  }
  return refusedStatement();
}

/// What is Spark's and not ours.
RelationPtr Parser::refusedStatement() {
  static constexpr std::string_view kStatements[] = {
      "ADD",  "ALTER", "ANALYZE", "BEGIN", "COMMENT", "DECLARE", "DELETE", "EXECUTE",
      "LIST", "LOAD",  "MERGE",   "MSCK",  "REPAIR",  "UPDATE",  "CALL"};
  static constexpr std::string_view kHive[] = {"COMMIT", "DFS",    "EXPORT",   "GRANT", "IMPORT",
                                               "LOCK",   "REVOKE", "ROLLBACK", "START", "UNLOCK"};
  if (peek(1).kind == TokenKind::kWord || peek(1).kind == TokenKind::kEnd) {
    for (const std::string_view word : kStatements) {
      if (at(word) && peek(1).kind != TokenKind::kEnd) {
        failUnsupported("the statement " + std::string(word), "SQL_STATEMENT");
      }
    }
    for (const std::string_view word : kHive) {
      if (at(word)) {
        const bool namesRole =
            (at("GRANT") || at("REVOKE")) ? is(peek(1), "ROLE") : peek(1).kind == TokenKind::kWord;
        const std::string operation = peek().word + (namesRole ? " " + peek(1).word : "");
        failOperation(operation);
      }
    }
  }
  failSyntax();
  return make(plan::OneRow{});
}

RelationPtr Parser::explainStatement() {
  expect("EXPLAIN");
  ShowCommand command = showCommand("EXPLAIN");
  command.value = "simple";
  if (atAny({"LOGICAL", "FORMATTED", "EXTENDED", "CODEGEN", "COST"})) {
    if (at("LOGICAL")) failOperation("EXPLAIN LOGICAL");
    command.isExtended = at("EXTENDED");
    command.value = at("FORMATTED")  ? "formatted"
                    : at("EXTENDED") ? "extended"
                    : at("CODEGEN")  ? "codegen"
                                     : "cost";
    advance();
  }
  command.query = statement();
  return show(std::move(command));
}

RelationPtr Parser::useStatement() {
  expect("USE");
  ShowCommand command = showCommand("USE");
  const bool isTyped = atAny({"NAMESPACE", "DATABASE", "SCHEMA"}) && peek(1).isName();
  if (isTyped) advance();
  command.nameParts = identifierReference();
  return show(std::move(command));
}

RelationPtr Parser::cacheStatement() {
  if (accept("CLEAR")) {
    expect("CACHE");
    return show(showCommand("UNCACHE"));
  }
  if (accept("UNCACHE")) {
    expect("TABLE");
    ShowCommand command = showCommand("UNCACHE");
    command.ifExists = accept({"IF", "EXISTS"});
    command.nameParts = identifierReference();
    return show(std::move(command));
  }
  expect("CACHE");
  ShowCommand command = showCommand("CACHE");
  if (accept("LAZY")) command.value = "LAZY";
  expect("TABLE");
  command.nameParts = identifierReference();
  if (at("OPTIONS")) {
    advance();
    const plan::Options options = propertyList();
    for (const auto& [key, value] : options) {
      if (key != "storageLevel") failUnsupported("the option " + key + " of CACHE TABLE", "OPTION");
      command.key = value;
    }
  }
  const bool hasAs = accept("AS");
  if (hasAs || atQuery()) command.query = query();
  return show(std::move(command));
}

RelationPtr Parser::refreshStatement() {
  expect("REFRESH");
  ShowCommand command = showCommand("REFRESH");
  if (at("TABLE") && peek(1).isName()) {
    advance();
    command.nameParts = identifierReference();
  } else if (at("FUNCTION") && peek(1).isName()) {
    failUnsupported("REFRESH FUNCTION", "SQL_STATEMENT");
  } else if (peek().kind == TokenKind::kString) {
    command.value = stringLiteral();
  } else {
    command.value = restOfText();
    if (command.value->empty()) {
      failStatement(Status::invalidArgument("Invalid SQL syntax: Resource paths cannot be empty in "
                                            "REFRESH statements. Use / to match everything.")
                        .withErrorClass("INVALID_SQL_SYNTAX.EMPTY_REFRESH_RESOURCE_PATH", "42000"));
    }
  }
  return show(std::move(command));
}

/// The text from here to the end of the statement, as it is written.
std::string Parser::restOfText() {
  const size_t first = at_;
  while (!atEnd() && !(at(";") && peek(1).kind == TokenKind::kEnd)) advance();
  return std::string(textBetween(first, at_));
}

}  // namespace spate::sql
