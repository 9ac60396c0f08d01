#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

/// What a program asks for, before any name is looked up: plain, immutable structs that SQL text
/// and Spark Connect messages are both turned into. Names and meaning are those of Spark's
/// unresolved logical plans and of spark/connect/{expressions,relations}.proto.
namespace spate::plan {

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;
struct Relation;
using RelationPtr = std::shared_ptr<const Relation>;

/// A constant. Its value is one that spate::Datum lists for the type.
struct Literal {
  DataType type;
  Datum value;
};

/// A column by name: `a`, `t.a`, `s.field`; which of these it is, the planner finds out.
struct Attribute {
  std::vector<std::string> nameParts;
  /// The relation that df["a"] was taken from (Relation::planId).
  std::optional<int64_t> planId = std::nullopt;
  /// A hidden column such as _metadata, only.
  bool isMetadata = false;
};

/// `*`, `t.*` or `struct.*`.
struct Star {
  std::vector<std::string> target;
  std::optional<int64_t> planId = std::nullopt;
};

/// A column by its place in the input: what the planner puts in for a `*`.
struct PlacedColumn {
  int index = 0;
  std::string name;
};

/// df.colRegex: all columns whose name matches.
struct ColumnRegex {
  std::string pattern;
  std::optional<int64_t> planId = std::nullopt;
};

/// A call of a built-in, registered or temporary function by name; operators too ("+", "and",
/// "==", "like"), under the names that Spark Connect's clients send and Spark's registry has.
struct Call {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  bool isDistinct = false;
  /// f(...) FILTER (WHERE filter).
  ExpressionPtr filter = nullptr;
  bool ignoreNulls = false;
};

/// `name => value` among the arguments of a call.
struct NamedArgument {
  std::string name;
  ExpressionPtr value;
};

enum class CastMode : uint8_t {
  /// As spark.sql.ansi.enabled says.
  kDefault,
  kAnsi,
  kLegacy,
  /// try_cast.
  kTry,
};

struct Cast {
  ExpressionPtr child;
  DataType type;
  CastMode mode = CastMode::kDefault;
};

/// One name, or several for a generator with several columns.
struct Alias {
  ExpressionPtr child;
  std::vector<std::string> names;
  /// A JSON object to replace the column's metadata.
  std::optional<std::string> metadata = std::nullopt;
};

struct SortOrder {
  ExpressionPtr child;
  bool ascending = true;
  bool nullsFirst = true;
};

/// One end of a window frame.
struct FrameBound {
  enum class Kind : uint8_t { kUnboundedPreceding, kUnboundedFollowing, kCurrentRow, kValue };
  Kind kind = Kind::kCurrentRow;
  /// kValue: rows or range, negative before the current row.
  ExpressionPtr value = nullptr;
};

struct WindowFrame {
  bool isRows = false;
  FrameBound lower;
  FrameBound upper;
};

/// function OVER (PARTITION BY ... ORDER BY ... frame).
struct Window {
  ExpressionPtr function;
  std::vector<ExpressionPtr> partitionBy;
  std::vector<ExpressionPtr> orderBy;  ///< SortOrder each
  std::optional<WindowFrame> frame;
};

/// `(x, y) -> body`; in the body the parameters are LambdaVariables.
struct Lambda {
  ExpressionPtr body;
  std::vector<std::string> parameters;
};
struct LambdaVariable {
  std::vector<std::string> nameParts;
};

/// child[extraction], child.extraction.
struct ExtractValue {
  ExpressionPtr child;
  ExpressionPtr extraction;
};

/// Column.withField (value set) and dropFields (value null).
struct UpdateField {
  ExpressionPtr structure;
  std::string field;
  ExpressionPtr value;
};

/// A Python function, to be run in a worker. Eval types and the command are Spark's own.
struct PythonCall {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  DataType type;
  int evalType = 0;
  std::string command;
  std::string pythonVersion;
  bool isDeterministic = true;
};

/// (SELECT ...), EXISTS (SELECT ...), (a, b) IN (SELECT ...).
struct Subquery {
  enum class Kind : uint8_t { kScalar, kExists, kIn };
  Kind kind = Kind::kScalar;
  RelationPtr relation;
  std::vector<ExpressionPtr> values;  ///< of kIn
};

/// What an expression may be. Fields are public; nothing is changed after construction.
struct Expression {
  using Node = std::variant<Literal, Attribute, Star, ColumnRegex, Call, NamedArgument, Cast, Alias,
                            SortOrder, Window, Lambda, LambdaVariable, ExtractValue, UpdateField,
                            PythonCall, Subquery, PlacedColumn>;
  Node node;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

/// make(Call{"count", {...}}).
inline ExpressionPtr make(Expression::Node node) {
  return std::make_shared<const Expression>(Expression{std::move(node)});
}
inline ExpressionPtr makeAttribute(std::vector<std::string> nameParts) {
  return make(Attribute{std::move(nameParts)});
}
inline ExpressionPtr makeCall(std::string name, std::vector<ExpressionPtr> arguments) {
  return make(Call{std::move(name), std::move(arguments)});
}

}  // namespace spate::plan
