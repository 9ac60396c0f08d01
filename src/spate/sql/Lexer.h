#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate::sql {

enum class TokenKind {
  kEnd,
  kWord,    ///< a keyword or an unquoted identifier: Spark reserves no words
  kQuoted,  ///< `a b`
  kString,
  kInteger,
  kDecimal,   ///< 1.5
  kExponent,  ///< 1e3, 1.5E-3
  kLong,
  kShort,
  kByte,
  kFloat,
  kDouble,
  kBigDecimal,
  kOperator,  ///< and punctuation, hint brackets
  kUnknown,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  /// As it stands in the text, and where.
  std::string_view text;
  size_t offset = 0;
  /// A word in upper case; a quoted name or a string without quotes and escapes; the digits of a
  /// number without its suffix; an operator in the one spelling that the parser asks for.
  std::string word;
  /// Of "(" and "[" the index of the token that closes it; the last token when there is none.
  size_t match = 0;
  /// How many "?" stand before.
  size_t positionalParameter = 0;

  bool isNumber() const { return kind >= TokenKind::kInteger && kind <= TokenKind::kBigDecimal; }
  bool isName() const { return kind == TokenKind::kWord || kind == TokenKind::kQuoted; }
};

/// The tokens of a SQL text by the rules of Spark's lexer, with a kEnd token behind them. Comments,
/// nested ones too, are left out.
///
/// In      valid UTF-8, which the tokens point into
/// Errors  UNCLOSED_BRACKETED_COMMENT, as a bare status; what is no token is a kUnknown token
Result<std::vector<Token>> tokenize(std::string_view sql);

/// What a string literal with its quotes (or r-prefix) stands for.
std::string unescapeString(std::string_view literal);

}  // namespace spate::sql
