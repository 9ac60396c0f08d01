#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/plan/Expression.h"
#include "spate/plan/Relation.h"
#include "spate/sql/Lexer.h"
#include "spate/types/DataType.h"

namespace spate::sql {

/// The recursive descent over the tokens of one text; SqlParser.h is the door to it.
///
/// Failure is sticky, as in ByteReader: the first error is kept, the parser stands at the end from
/// then on, and every function returns something harmless. So callers ask status() once.
///
/// The functions are in files by what they read: Parser.cpp (tokens, names, errors),
/// ExpressionParser.cpp (operators), PrimaryParser.cpp (operands), FunctionParser.cpp (calls,
/// windows), LiteralParser.cpp, QueryParser.cpp, GroupingParser.cpp, RelationParser.cpp (FROM),
/// StatementParser.cpp, TableParser.cpp (CREATE, INSERT), ShowParser.cpp (SHOW, DESCRIBE, SET).
///
/// Threads one parser per thread; the arguments must outlive it
class Parser {
 public:
  using ExpressionPtr = plan::ExpressionPtr;
  using RelationPtr = plan::RelationPtr;
  using Expressions = std::vector<ExpressionPtr>;
  using Names = std::vector<std::string>;

  Parser(std::string_view sql, const std::map<std::string, ExpressionPtr>& namedArguments,
         const Expressions& positionalArguments);

  RelationPtr singleStatement();
  ExpressionPtr singleExpression();
  Names singleMultipartIdentifier();

  const Status& status() const { return status_; }

 private:
  // --- tokens
  const Token& peek(size_t ahead = 0) const;
  const Token& previous() const { return tokens_[at_ == 0 ? 0 : at_ - 1]; }
  void advance();
  static bool is(const Token& token, std::string_view word);
  bool at(std::string_view word) const { return is(peek(), word); }
  bool atAny(std::initializer_list<std::string_view> words, size_t ahead = 0) const;
  bool atSequence(std::initializer_list<std::string_view> words) const;
  bool accept(std::string_view word);
  /// All of the words, or none of them.
  bool accept(std::initializer_list<std::string_view> words);
  void expect(std::string_view word);
  bool atEnd() const { return peek().kind == TokenKind::kEnd; }
  void expectEnd();
  /// The token behind the bracket that closes the one at `open`.
  const Token& behindBracket(size_t open) const;
  std::string_view textBetween(size_t firstToken, size_t endToken) const;

  // --- errors
  bool failed() const { return !status_.ok(); }
  void fail(Status status, size_t token);
  void fail(Status status) { fail(std::move(status), at_); }
  /// About the text from one token to another, or about all of it.
  void fail(Status status, size_t token, size_t endToken);
  void failStatement(Status status);
  void failSyntax(const std::string& hint = {});
  /// A piece of Spark's grammar that Spate does not have.
  void failUnsupported(std::string_view what, std::string_view subclass);
  /// What Spark's grammar reads only to refuse it.
  void failOperation(std::string_view operation);
  void failNotAllowed(std::string_view message);
  void failTooComplex();

  // --- names
  std::string identifier();
  /// Refuses test-table with Spark's hint to quote it.
  std::string errorCapturingIdentifier();
  Names identifierList();
  Names multipartIdentifier();
  /// multipartIdentifier, or IDENTIFIER('a.b').
  Names identifierReference();
  std::string stringLiteral();

  // --- expressions
  ExpressionPtr namedExpression();
  Expressions namedExpressions();
  ExpressionPtr expression();
  Expressions expressions();
  Expressions parenthesizedExpressions();
  ExpressionPtr andExpression();
  ExpressionPtr notExpression();
  ExpressionPtr predicate();
  ExpressionPtr predicateBehind(const ExpressionPtr& value);
  ExpressionPtr isPredicate(const ExpressionPtr& value);
  ExpressionPtr inPredicate(const ExpressionPtr& value);
  ExpressionPtr likePredicate(const ExpressionPtr& value);
  ExpressionPtr valueExpression(int minPrecedence = 1);
  ExpressionPtr unaryExpression();
  std::pair<std::string, int> binaryOperator() const;
  ExpressionPtr binary(const std::string& name, ExpressionPtr left, ExpressionPtr right);
  ExpressionPtr balanced(const std::string& name, Expressions operands);
  ExpressionPtr postfixExpression();
  ExpressionPtr primaryExpression();
  ExpressionPtr parenthesized();
  ExpressionPtr wordExpression();
  std::optional<ExpressionPtr> specialForm();
  std::optional<ExpressionPtr> currentLike();
  ExpressionPtr caseExpression();
  ExpressionPtr castExpression(plan::CastMode mode);
  ExpressionPtr nameExpression();
  ExpressionPtr starBehind(Names target);
  ExpressionPtr lambda(Names parameters);
  ExpressionPtr lambdaVariable(const Names& parts) const;
  DataType dataType();
  void skipDataType();
  plan::SortOrder sortItem();
  Expressions sortItems();

  // --- calls
  ExpressionPtr functionCall(const Names& name);
  ExpressionPtr functionArgument();
  ExpressionPtr structCall();
  std::optional<ExpressionPtr> extractCall();
  std::optional<ExpressionPtr> trimCall();
  std::optional<ExpressionPtr> timestampUnitCall();
  ExpressionPtr substringCall(const std::string& name);
  ExpressionPtr positionCall(const std::string& name);
  ExpressionPtr overlayCall(const std::string& name);
  /// Arguments of a special form that turned out to be a plain call, from the second one on.
  ExpressionPtr restOfCall(const std::string& name, Expressions arguments);
  ExpressionPtr finishCall(plan::Call call);
  plan::Window windowSpec();
  plan::WindowFrame windowFrame();
  plan::FrameBound frameBound();

  // --- literals
  ExpressionPtr numberLiteral(bool negative);
  ExpressionPtr integerLiteral(const std::string& digits);
  ExpressionPtr boundedInteger(const std::string& digits, TokenKind kind);
  ExpressionPtr decimalLiteral(const std::string& digits);
  ExpressionPtr floatingLiteral(const std::string& digits, TokenKind kind);
  ExpressionPtr outOfRange(const std::string& digits, const char* least, const char* most,
                           const char* type);
  ExpressionPtr stringsLiteral();
  ExpressionPtr typedLiteral();
  ExpressionPtr timestampLiteral(const std::string& type, const std::string& text);
  ExpressionPtr binaryLiteral(const std::string& hex);
  ExpressionPtr parameter();
  bool atInterval() const;
  ExpressionPtr intervalLiteral();
  ExpressionPtr intervalOf(const std::string& text, const Names& units, size_t firstToken);
  ExpressionPtr unitToUnit(const std::string& text, size_t firstToken);

  // --- queries
  RelationPtr query();
  RelationPtr queryNoWith();
  std::vector<std::pair<std::string, RelationPtr>> ctes();
  RelationPtr setOperations();
  RelationPtr intersections();
  RelationPtr queryPrimary();
  RelationPtr selectQuery(RelationPtr from);
  RelationPtr inlineTable();
  RelationPtr queryOrganization(RelationPtr input);
  RelationPtr hints(RelationPtr input, const std::vector<plan::Hint>& hints);
  std::vector<plan::Hint> hintClause();
  RelationPtr qualify(RelationPtr input);
  bool atQuery() const;
  /// Whether the "(" at a token holds a query, not a relation or an expression.
  bool isQueryBracket(size_t open) const;
  bool beginsQuery(size_t open) const;
  bool atSetOperator(size_t ahead = 0) const;
  void findWindows();
  void windowClause();

  // --- GROUP BY
  void groupBy(plan::Aggregate& aggregate);
  struct GroupingElement {
    std::vector<Expressions> sets;
    std::optional<plan::GroupKind> kind;
    Expressions columns;
  };
  GroupingElement groupingElement();
  std::vector<Expressions> groupingSets();
  Expressions groupingSet();
  void combineGroupings(plan::Aggregate& aggregate, const std::vector<GroupingElement>& elements);

  // --- FROM
  RelationPtr fromClause();
  RelationPtr relation();
  RelationPtr relationPrimary();
  RelationPtr joinsBehind(RelationPtr left);
  std::optional<plan::JoinKind> joinKind();
  bool atJoin() const;
  RelationPtr tableName();
  RelationPtr tableFunction(const Names& name);
  RelationPtr tableAlias(RelationPtr input);
  bool atTableAlias() const;
  RelationPtr sample(RelationPtr input);
  RelationPtr lateralViews(RelationPtr input);
  RelationPtr pivot(RelationPtr input);
  RelationPtr unpivot(RelationPtr input);
  /// A keyword that goes on with the query where an alias without AS might stand.
  bool atClause() const;

  // --- statements
  RelationPtr statement();
  RelationPtr createStatement();
  RelationPtr createView(bool replace, bool global);
  RelationPtr createTable(bool replace);
  RelationPtr createDatabase();
  RelationPtr dropStatement();
  RelationPtr insertStatement();
  RelationPtr showStatement();
  RelationPtr showFunctions();
  RelationPtr describeStatement();
  RelationPtr describeRelation();
  RelationPtr explainStatement();
  RelationPtr setStatement();
  RelationPtr resetStatement();
  RelationPtr useStatement();
  RelationPtr cacheStatement();
  RelationPtr refreshStatement();
  RelationPtr refusedStatement();
  RelationPtr show(plan::ShowCommand command) const;
  void likePattern(plan::ShowCommand& command);
  void namespaceOf(plan::ShowCommand& command);
  plan::Options propertyList();
  std::string propertyKey();
  std::string propertyValue();
  std::vector<StructField> columnDefinitions(bool forTable);
  StructField columnDefinition(bool forTable);
  void partitionedBy(plan::CreateTable& table, std::vector<StructField>& columns);
  void tableClauses(plan::CreateTable& table, std::vector<StructField>& columns);
  plan::Bucketing bucketing();
  void partitionSpec(plan::InsertInto& insert);
  std::string restOfText();

  /// Counts how deep the parser has gone; fails when that is too deep.
  class Nesting {
   public:
    explicit Nesting(Parser& parser);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  /// Operators of one kind in a row (a + b + c, x UNION y UNION z) need no recursion to read, but
  /// make a plan as deep as they are many, which others recurse into. Keeps the longest such path
  /// of the plan read last in links_.
  class Chain {
   public:
    explicit Chain(Parser& parser) : parser_(parser), outer_(parser.links_) { parser_.links_ = 0; }
    ~Chain() { parser_.links_ = std::max(outer_, parser_.links_); }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;
    /// Before a further operand is read.
    void next();
    /// After it: one node more on top of both.
    void link();

   private:
    Parser& parser_;
    int outer_;
    int before_ = 0;
  };

  static constexpr int kMaxNesting = 200;
  static constexpr int kMaxLinks = 1000;

  std::string_view sql_;
  const std::map<std::string, ExpressionPtr>& namedArguments_;
  const Expressions& positionalArguments_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  Status status_;
  int depth_ = 0;
  int links_ = 0;
  /// Parameters of the lambdas around, innermost last.
  Names lambdaParameters_;
  /// WINDOW names of the query specification being read, in upper case.
  std::map<std::string, plan::Window> windows_;
  /// Where WINDOW clauses that were read ahead begin and end.
  std::map<size_t, size_t> windowClauses_;
  /// What isQueryBracket() has found out.
  mutable std::unordered_map<size_t, bool> queryBrackets_;
};

/// A literal without a value, for the places where only something harmless is wanted.
plan::ExpressionPtr nullLiteral();
plan::ExpressionPtr stringLiteralOf(std::string text);
plan::ExpressionPtr integerLiteralOf(int32_t value);
plan::ShowCommand showCommand(std::string command, std::vector<std::string> nameParts = {});

}  // namespace spate::sql
