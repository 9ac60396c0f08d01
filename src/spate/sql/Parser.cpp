#include "spate/sql/Parser.h"

#include <algorithm>

#include "spate/sql/SqlParser.h"
#include "spate/types/Utf8.h"

namespace spate::sql {

using plan::ExpressionPtr;
using plan::Literal;
using plan::make;

ExpressionPtr nullLiteral() { return make(Literal{DataType::nullType(), Datum()}); }
ExpressionPtr stringLiteralOf(std::string text) {
  return make(Literal{DataType::stringType(), Datum(std::move(text))});
}
ExpressionPtr integerLiteralOf(int32_t value) {
  return make(Literal{DataType::integerType(), Datum(value)});
}
plan::ShowCommand showCommand(std::string command, std::vector<std::string> nameParts) {
  plan::ShowCommand show;
  show.command = std::move(command);
  show.nameParts = std::move(nameParts);
  return show;
}

namespace {

bool isBlank(std::string_view sql) {
  return std::all_of(sql.begin(), sql.end(), [](char c) { return c >= 0 && c <= ' '; });
}

/// Where a syntax error stands: " (line 1, pos 7)", and the text with the place marked.
std::string syntaxPlace(std::string_view sql, size_t offset) {
  const std::string_view before = sql.substr(0, offset);
  const size_t lineStart =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t column = utf8Length(before.substr(lineStart));
  std::string text =
      " (line " + std::to_string(line) + ", pos " + std::to_string(column) + ")\n\n== SQL ==\n";
  // As Java's split: no empty lines at the end.
  while (!sql.empty() && sql.back() == '\n') sql.remove_suffix(1);
  const size_t lineEnd =
      lineStart > sql.size() ? std::string_view::npos : sql.find('\n', lineStart);
  text += sql.substr(0, lineEnd);
  text += "\n" + std::string(column, '-') + "^^^\n";
  if (lineEnd != std::string_view::npos) {
    text += sql.substr(lineEnd + 1);
    text += '\n';
  }
  return text;
}

/// Where an error of meaning stands, as Spark's query context shows it: the lines of the piece of
/// text, with a caret under each of its characters.
std::string contextPlace(std::string_view sql, size_t begin, size_t end) {
  size_t lineStart = sql.substr(0, begin).rfind('\n');
  lineStart = lineStart == std::string_view::npos ? 0 : lineStart + 1;
  const auto line = std::count(sql.begin(), sql.begin() + static_cast<ptrdiff_t>(begin), '\n') + 1;
  const size_t position = utf8Length(sql.substr(lineStart, begin - lineStart)) + 1;
  std::string text = "\n== SQL (line " + std::to_string(line) + ", position " +
                     std::to_string(position) + ") ==\n";
  while (lineStart < end || lineStart == begin) {
    const size_t lineEnd = std::min(sql.find('\n', lineStart), sql.size());
    const size_t first = std::max(begin, lineStart);
    const size_t last = std::max(std::min(end, lineEnd), first);
    text += sql.substr(lineStart, lineEnd - lineStart);
    text += "\n" + std::string(utf8Length(sql.substr(lineStart, first - lineStart)), ' ') +
            std::string(utf8Length(sql.substr(first, last - first)), '^') + "\n";
    if (lineEnd >= end) break;
    lineStart = lineEnd + 1;
  }
  return text;
}

}  // namespace

Parser::Parser(std::string_view sql, const std::map<std::string, ExpressionPtr>& namedArguments,
               const Expressions& positionalArguments)
    : sql_(sql), namedArguments_(namedArguments), positionalArguments_(positionalArguments) {
  Result<std::vector<Token>> tokens = tokenize(sql);
  if (tokens) {
    tokens_ = std::move(*tokens);
    return;
  }
  tokens_.emplace_back();
  tokens_.back().text = sql.substr(sql.size());
  tokens_.back().offset = sql.size();
  fail(tokens.error());
}

// --- tokens

const Token& Parser::peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

void Parser::advance() {
  if (at_ + 1 < tokens_.size()) ++at_;
}

bool Parser::is(const Token& token, std::string_view word) {
  return (token.kind == TokenKind::kWord || token.kind == TokenKind::kOperator) &&
         token.word == word;
}

bool Parser::atAny(std::initializer_list<std::string_view> words, size_t ahead) const {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return is(peek(ahead), word); });
}

bool Parser::atSequence(std::initializer_list<std::string_view> words) const {
  size_t ahead = 0;
  return std::all_of(words.begin(), words.end(),
                     [&](std::string_view word) { return is(peek(ahead++), word); });
}

bool Parser::accept(std::string_view word) {
  if (!at(word)) return false;
  advance();
  return true;
}

bool Parser::accept(std::initializer_list<std::string_view> words) {
  if (!atSequence(words)) return false;
  for (size_t i = 0; i < words.size(); ++i) advance();
  return true;
}

void Parser::expect(std::string_view word) {
  if (accept(word)) return;
  failSyntax();
}

void Parser::expectEnd() {
  const bool isEnded = at(";");
  while (accept(";")) {
  }
  if (atEnd()) return;
  const Token& extra = peek();
  const bool last = peek(1).kind == TokenKind::kEnd;
  failSyntax(last || isEnded ? ": extra input '" + std::string(extra.text) + "'" : "");
}

const Token& Parser::behindBracket(size_t open) const {
  return tokens_[std::min(tokens_[open].match + 1, tokens_.size() - 1)];
}

std::string_view Parser::textBetween(size_t firstToken, size_t endToken) const {
  if (firstToken >= endToken) return {};
  const size_t begin = tokens_[firstToken].offset;
  const Token& last = tokens_[endToken - 1];
  return sql_.substr(begin, last.offset + last.text.size() - begin);
}

// --- errors

void Parser::fail(Status status, size_t token) {
  fail(std::move(status), token, std::max(at_, token + 1));
}

void Parser::failStatement(Status status) { fail(std::move(status), 0, tokens_.size() - 1); }

void Parser::fail(Status status, size_t token, size_t endToken) {
  if (failed()) return;
  const Token& first = tokens_[std::min(token, tokens_.size() - 1)];
  if (isBlank(sql_) && status.errorClass() == "PARSE_SYNTAX_ERROR") {
    status = Status::invalidArgument("Syntax error, unexpected empty statement.")
                 .withErrorClass("PARSE_EMPTY_STATEMENT", "42617");
  }
  const std::string& kind = status.errorClass();
  std::string text = "[" + kind + "] " + status.message();
  if (!status.sqlState().empty()) text += " SQLSTATE: " + status.sqlState();
  if (kind.rfind("PARSE_", 0) == 0 || kind == "INVALID_IDENTIFIER") {
    text += syntaxPlace(sql_, first.offset);
  } else if (kind == "UNCLOSED_BRACKETED_COMMENT") {
    text += "\n== SQL ==\n" + std::string(sql_);
  } else {
    const Token& last = tokens_[std::min(std::max(endToken, token + 1), tokens_.size()) - 1];
    text += contextPlace(sql_, first.offset, last.offset + last.text.size());
  }
  Status located(status.code(), std::move(text));
  status_ = located.withErrorClass(kind, status.sqlState(), status.parameters());
  at_ = tokens_.size() - 1;
}

void Parser::failSyntax(const std::string& hint) {
  std::string error = "end of input";
  if (!atEnd()) {
    error = "'";
    for (const char c : peek().text) {
      if (c == '\n') {
        error += "\\n";
      } else if (c == '\r') {
        error += "\\r";
      } else if (c == '\t') {
        error += "\\t";
      } else {
        error += c;
      }
    }
    error += "'";
  }
  fail(Status::invalidArgument("Syntax error at or near " + error + hint + ".")
           .withErrorClass("PARSE_SYNTAX_ERROR", "42601", {{"error", error}, {"hint", hint}}));
}

void Parser::failUnsupported(std::string_view what, std::string_view subclass) {
  fail(Status::unsupported("The feature is not supported: " + std::string(what) + ".")
           .withErrorClass("UNSUPPORTED_FEATURE." + std::string(subclass), "0A000"));
}

void Parser::failOperation(std::string_view operation) {
  failStatement(Status::invalidArgument("The statement or clause: " + std::string(operation) +
                                        " is not valid.")
                    .withErrorClass("INVALID_STATEMENT_OR_CLAUSE", "42601",
                                    {{"operation", std::string(operation)}}));
}

void Parser::failNotAllowed(std::string_view message) {
  failStatement(
      Status::invalidArgument("Operation not allowed: " + std::string(message) + ".")
          .withErrorClass("_LEGACY_ERROR_TEMP_0035", "", {{"message", std::string(message)}}));
}

void Parser::failTooComplex() {
  fail(Status::invalidArgument("The statement, including potential SQL functions and referred "
                               "views, was too complex to parse. To mitigate this error divide the "
                               "statement into multiple, less complex chunks.")
           .withErrorClass("FAILED_TO_PARSE_TOO_COMPLEX", "54001"));
}

Parser::Nesting::Nesting(Parser& parser) : parser_(parser) {
  if (++parser_.depth_ > kMaxNesting) parser_.failTooComplex();
}

void Parser::Chain::next() {
  before_ = parser_.links_;
  parser_.links_ = 0;
}

void Parser::Chain::link() {
  parser_.links_ = std::max(before_, parser_.links_) + 1;
  if (parser_.links_ > kMaxLinks) parser_.failTooComplex();
}

// --- names

namespace {

Status invalidIdentifier(std::string_view name) {
  const std::string ident(name);
  return Status::invalidArgument(
             "The unquoted identifier " + ident + " is invalid and must be back quoted as: `" +
             ident +
             "`.\nUnquoted identifiers can only contain ASCII letters ('a' - 'z', 'A' - 'Z'), "
             "digits ('0' - '9'), and underbar ('_').\nUnquoted identifiers must also not start "
             "with a digit.\nDifferent data sources and meta stores may impose additional "
             "restrictions on valid identifiers.")
      .withErrorClass("INVALID_IDENTIFIER", "42602", {{"ident", ident}});
}

bool isPlainName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string Parser::identifier() {
  const Token& token = peek();
  if (!token.isName() || (token.kind == TokenKind::kQuoted && token.word.empty())) {
    failSyntax();
    return {};
  }
  if (token.kind == TokenKind::kWord && !isPlainName(token.text)) {
    fail(invalidIdentifier(token.text));
    return {};
  }
  std::string name = token.kind == TokenKind::kQuoted ? token.word : std::string(token.text);
  advance();
  return name;
}

std::string Parser::errorCapturingIdentifier() {
  const size_t first = at_;
  std::string name = identifier();
  if (!at("-") || !peek(1).isName()) return name;
  while (at("-") && peek(1).isName()) {
    advance();
    advance();
  }
  fail(invalidIdentifier(textBetween(first, at_)), first + 1);
  return name;
}

Parser::Names Parser::identifierList() {
  Names names;
  expect("(");
  do {
    names.push_back(errorCapturingIdentifier());
  } while (accept(","));
  expect(")");
  return names;
}

Parser::Names Parser::multipartIdentifier() {
  Names parts;
  do {
    parts.push_back(errorCapturingIdentifier());
  } while (accept("."));
  return parts;
}

Parser::Names Parser::identifierReference() {
  if (!atSequence({"IDENTIFIER", "("})) return multipartIdentifier();
  const size_t first = at_;
  advance();
  advance();
  const ExpressionPtr name = expression();
  expect(")");
  const auto* literal = name->as<Literal>();
  const std::string* text = literal ? literal->value.as<std::string>() : nullptr;
  if (failed()) return {""};
  if (!text) {
    fail(Status::invalidArgument("The expression in IDENTIFIER must be a constant string.")
             .withErrorClass(
                 "NOT_A_CONSTANT_STRING.NOT_CONSTANT", "42601",
                 {{"name", "IDENTIFIER"}, {"expr", std::string(textBetween(first, at_))}}),
         first);
    return {""};
  }
  Result<Names> parts = parseMultipartIdentifier(*text);
  if (parts) return *parts;
  Status wrong = parts.error();
  fail(Status::invalidArgument("Syntax error at or near '" + *text + "'.")
           .withErrorClass(wrong.errorClass(), wrong.sqlState(), wrong.parameters()),
       first);
  return {""};
}

std::string Parser::stringLiteral() {
  if (peek().kind != TokenKind::kString) {
    failSyntax();
    return {};
  }
  std::string text = peek().word;
  advance();
  return text;
}

// --- whole texts

Parser::RelationPtr Parser::singleStatement() {
  RelationPtr relation = statement();
  expectEnd();
  return relation;
}

ExpressionPtr Parser::singleExpression() {
  ExpressionPtr named = namedExpression();
  if (!atEnd()) expectEnd();
  return named;
}

Parser::Names Parser::singleMultipartIdentifier() {
  Names parts = multipartIdentifier();
  if (!atEnd()) expectEnd();
  return parts;
}

}  // namespace spate::sql
