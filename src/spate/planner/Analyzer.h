#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "spate/plan/Relation.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/LogicalPlan.h"
#include "spate/planner/NameScope.h"

namespace spate {

/// Rows that are there: a local relation, a kept result.
struct KeptRows {
  DataType schema;
  std::shared_ptr<const std::vector<RecordBatchPtr>> batches;
};

/// What the planner asks of the session.
class PlanContext {
 public:
  virtual ~PlanContext() = default;
  virtual const SessionSettings& settings() const = 0;
  /// A view, or a table, whose plan is a ReadSource.
  virtual Result<NamedRelation> findTable(const std::vector<std::string>& nameParts) = 0;
  /// Kept under an id by the session; null: unknown.
  virtual std::shared_ptr<const KeptRows> findKept(const std::string& id) = 0;
  /// Registered by spark.udf.register; null: unknown.
  virtual std::shared_ptr<const plan::PythonCall> findFunction(const std::string& name) = 0;
  /// Runs a plan that another plan's shape or a scalar subquery depends on. Ends with an error when
  /// a stop is asked for.
  virtual Result<std::vector<RecordBatchPtr>> run(const LogicalNodePtr& plan,
                                                  const std::stop_token& stop) = 0;
  /// The rows of a file source, table function or the like.
  virtual Result<std::pair<DataType, BatchScan>> openScan(const plan::ReadSource& source) = 0;
  virtual Result<StreamScan> openStream(const plan::ReadSource& source) = 0;
  /// "10 minutes", as Spark reads intervals.
  virtual Result<Micros> watermarkDelay(const std::string& text) = 0;
};

/// Resolves a plan: looks names up, settles types, puts casts in, expands `*`, aggregates, grouping
/// sets and the like into steps.
///
/// Errors  Spark's AnalysisExceptions
/// Threads one at a time; used for one plan
class Analyzer {
 public:
  /// In  `stop` ends the queries that are run on the way
  explicit Analyzer(PlanContext& context, std::stop_token stop = {})
      : context_(context), stop_(std::move(stop)) {}

  /// The columns are asked for and no rows: what subqueries would give is not looked at, and they
  /// are not run.
  void leaveSubqueries() { runsSubqueries_ = false; }
  /// What the relation was analyzed to before: where it is met, it is not analyzed again. It has to
  /// outlive this.
  void give(const plan::RelationPtr& relation, LogicalNodePtr plan) {
    given_[relation.get()] = std::move(plan);
  }
  Result<LogicalNodePtr> analyze(const plan::RelationPtr& relation);
  /// The same without the hidden columns: what is put out of a plan as a whole.
  Result<LogicalNodePtr> analyzeQuery(const plan::RelationPtr& relation);

  /// From here on, what names stand for is put into the scope. `isWhole`: all that is needed to
  /// analyze the same plan again later, and elsewhere; otherwise only the names that are met
  /// outside of views.
  void recordNames(std::shared_ptr<NameScope> scope, bool isWhole) {
    recorded_ = std::move(scope);
    recordsAll_ = isWhole;
  }
  /// Of the view that the plan takes the place of, and so must not read.
  void refuseView(std::vector<std::string> nameParts) { replaced_ = std::move(nameParts); }

  /// The sources of the stream that were met, in order.
  int streamSources() const { return streamSources_; }

 private:
  using Relations = std::vector<LogicalNodePtr>;
  using Expressions = std::vector<plan::ExpressionPtr>;
  /// Of one name, with what is to be put out for it.
  struct Named {
    std::string name;
    BoundExpressionPtr expression;
    std::optional<std::string> metadata;
  };

  /// The query around the subquery that is analyzed.
  struct OuterScope {
    enum class Mode : uint8_t {
      /// Finds out which of its columns are referred to.
      kCollect,
      /// Makes them columns of the subquery.
      kInject,
      /// Makes the subquery one of no rows.
      kEmpty,
    };
    LogicalNodePtr input;
    Mode mode = Mode::kCollect;
    std::set<int> used;       ///< kCollect: out
    std::vector<int> wanted;  ///< kInject: those that were used
    bool hasGlobalAggregate = false;
    /// kInject: an aggregate without GROUP BY gives a row for each value of the outer columns, also
    /// for those that no row of its input is about.
    bool fillsAggregates = false;
    /// kEmpty: out; what the subquery gives for no rows depends on the outer columns.
    bool isPerValue = false;
  };
  /// A subquery: its columns, then the outer ones that it refers to.
  struct Subplan {
    LogicalNodePtr plan;
    size_t visible = 0;
    /// Places in the outer query's input; empty: it refers to none.
    std::vector<int> outer;
    /// The row that it has even for outer values that no row of its plan is about.
    std::optional<Row> emptyRow = std::nullopt;
  };

  Result<LogicalNodePtr> analyzeNode(const plan::Relation& relation);
  Result<NamedRelation> findNamed(const std::vector<std::string>& nameParts);
  std::shared_ptr<const plan::PythonCall> findFunction(const std::string& name);
  std::shared_ptr<const KeptRows> findKept(const std::string& id);
  Result<LogicalNodePtr> analyzeCte(const plan::ReadTable& node, size_t index);
  /// A view must not read itself, nor lie in too many others.
  Status checkView(const std::vector<std::string>& nameParts, bool isWhole) const;
  /// The plan of a view or table, with the names in it as they were when it was made.
  Result<LogicalNodePtr> analyzeNamed(const plan::ReadTable& node, const NamedRelation& named,
                                      plan::RelationPtr relation, std::shared_ptr<NameScope> below);
  /// Notes what a name stands for; gives where those in its plan are to be noted, or null.
  std::shared_ptr<NameScope> record(const plan::ReadTable& node, const NamedRelation& named,
                                    const plan::RelationPtr& found);
  ExpressionBinder binderFor(const LogicalNode& input);
  ExpressionBinder binderOver(const OutputColumns& columns);

  // Subqueries.
  /// Runs a scalar subquery, which may not refer to the query around it, and gives its value.
  Result<BoundExpressionPtr> scalarSubquery(const plan::Subquery& subquery);
  Result<plan::ExpressionPtr> scalarValue(const plan::RelationPtr& relation,
                                          const LogicalNodePtr& query);
  /// The rows of `query`, the plan of a subquery for its value or for whether there is one. A part
  /// of a plan may be analyzed several times, its subqueries are run once.
  Result<std::vector<RecordBatchPtr>> answerOf(const plan::RelationPtr& relation, bool isExists,
                                               const LogicalNodePtr& query);
  static Status scalarColumnsError(size_t columns);
  static bool hasOuterColumns(const LogicalNode& node);
  /// The columns that the expressions name and the input does not have are put at its end, where a
  /// projection below has left them out, and the expressions point at them. Those that are nowhere
  /// stay as they are: whoever binds them has the error.
  LogicalNodePtr addMissing(LogicalNodePtr input, Expressions& expressions);
  /// The node with what the attribute means as one more column; null: it is not below either.
  LogicalNodePtr withMissing(const LogicalNodePtr& node, const plan::ExpressionPtr& attribute);
  static LogicalNodePtr keepColumns(LogicalNodePtr node,
                                    const std::function<bool(const OutputColumn&)>& isKept);
  Result<BoundExpressionPtr> outerColumn(const plan::Attribute& attribute);
  bool refersToOuter(const LogicalNode& input, const Expressions& expressions);
  /// The distinct values of the outer columns that the subquery wants.
  LogicalNodePtr outerDomain() const;
  LogicalNodePtr crossWithOuter(LogicalNodePtr input) const;
  /// The input with the outer columns in it, when the expressions refer to them.
  Result<LogicalNodePtr> ensureOuter(LogicalNodePtr input, const Expressions& expressions);
  /// A filter that refers to outer columns, which the input does not have yet.
  Result<LogicalNodePtr> filterByOuter(LogicalNodePtr input, const plan::ExpressionPtr& condition);
  /// `mayFill`: the caller puts emptyRow where the subquery has no row for the outer values.
  Result<Subplan> analyzeSubquery(const plan::RelationPtr& relation, const LogicalNodePtr& input,
                                  bool mayFill);
  /// The input of an aggregate without GROUP BY with a row, of nulls, for the outer values that it
  /// has none for; the columns of the input, then one that is null in these rows.
  LogicalNodePtr fillOuter(LogicalNodePtr input) const;
  /// The one row that the subquery has for outer values without rows; none: it cannot be told.
  Result<std::optional<Row>> emptyRowOf(const plan::RelationPtr& relation,
                                        const LogicalNodePtr& input);
  /// Joins `right`, whose columns from `outerFrom` on are the outer ones, with the outer query.
  static LogicalNodePtr joinSubplan(LogicalNodePtr input, const Subplan& subplan,
                                    LogicalNodePtr right, size_t outerFrom, JoinStep join);
  static LogicalNodePtr flagged(LogicalNodePtr plan, size_t from);
  Result<plan::ExpressionPtr> takeOutScalar(LogicalNodePtr& input, const Subplan& subplan);
  Result<plan::ExpressionPtr> takeOutExists(LogicalNodePtr& input, const Subplan& subplan);
  Result<plan::ExpressionPtr> takeOutIn(LogicalNodePtr& input, const plan::Subquery& subquery,
                                        const Subplan& subplan);
  Status addInKeys(const plan::Subquery& subquery, const LogicalNode& input, const Subplan& subplan,
                   JoinStep& join);
  Result<plan::ExpressionPtr> takeOutSubquery(LogicalNodePtr& input,
                                              const plan::Subquery& subquery);
  /// Makes columns, behind those of the input, out of the subqueries in the expressions.
  Result<LogicalNodePtr> takeOutSubqueries(LogicalNodePtr input, Expressions& expressions);
  Result<LogicalNodePtr> filterBySubquery(LogicalNodePtr input, const plan::Subquery& subquery,
                                          bool isNot);
  Result<LogicalNodePtr> lateralJoin(const plan::Join& node);
  /// What a SELECT list calls by an alias that stands before in it.
  void resolveLateralAliases(const LogicalNode& input, Expressions& expressions);
  /// The first rows for each value of the outer columns.
  static Result<LogicalNodePtr> limitByOuter(LogicalNodePtr input, int64_t limit, int64_t offset);

  /// The rows of a query that the shape of the plan depends on.
  Result<std::vector<RecordBatchPtr>> runNow(const LogicalNodePtr& query);

  // Leaves.
  Result<LogicalNodePtr> leaf(const DataType& schema, BatchScan scan);
  Result<LogicalNodePtr> operator()(const plan::OneRow& node);
  Result<LogicalNodePtr> operator()(const plan::ReadSource& node);
  Result<LogicalNodePtr> operator()(const plan::ReadTable& node);
  Result<LogicalNodePtr> operator()(const plan::Range& node);
  Result<LogicalNodePtr> operator()(const plan::LocalRelation& node);
  Result<LogicalNodePtr> operator()(const plan::Values& node);
  Result<LogicalNodePtr> operator()(const plan::CachedRemoteRelation& node);
  Result<LogicalNodePtr> operator()(const plan::TableFunction& node);

  // Columns.
  Result<LogicalNodePtr> operator()(const plan::Project& node);
  Result<LogicalNodePtr> operator()(const plan::WithColumns& node);
  Result<LogicalNodePtr> operator()(const plan::WithColumnsRenamed& node);
  Result<LogicalNodePtr> operator()(const plan::Drop& node);
  Result<LogicalNodePtr> operator()(const plan::ToDataFrame& node);
  Result<LogicalNodePtr> operator()(const plan::ToSchema& node);
  Result<LogicalNodePtr> operator()(const plan::SubqueryAlias& node);
  Result<LogicalNodePtr> operator()(const plan::LateralView& node);
  Result<LogicalNodePtr> operator()(const plan::WithWatermark& node);
  Result<LogicalNodePtr> operator()(const plan::Unpivot& node);
  Result<LogicalNodePtr> operator()(const plan::FillNa& node);
  Result<LogicalNodePtr> operator()(const plan::DropNa& node);
  Result<LogicalNodePtr> operator()(const plan::ReplaceNa& node);
  /// `extra` are put out behind the expressions: what a sort above needs.
  Result<LogicalNodePtr> project(LogicalNodePtr input, const Expressions& expressions,
                                 const Expressions& extra);
  LogicalNodePtr projectBound(LogicalNodePtr input, std::vector<Named> named);
  OutputColumn columnOf(const LogicalNode& input, const Named& named);
  Result<LogicalNodePtr> generate(LogicalNodePtr input, const plan::Call& call, bool isOuter,
                                  const std::vector<std::string>& names,
                                  const std::string& qualifier);
  /// Computes window(ts, ...) in steps of their own; the expressions then name their columns.
  Result<LogicalNodePtr> takeOutTimeWindows(LogicalNodePtr input, Expressions& expressions);

  // Python functions of rows and groups.
  /// The call itself, or that of a registered function under its name; null: none of them.
  std::shared_ptr<const plan::PythonCall> pythonCallOf(const plan::Expression& expression);
  /// Has an aggregate function in Python in it.
  bool hasPythonAggregate(const plan::ExpressionPtr& expression);
  Result<LogicalNodePtr> operator()(const plan::MapPartitions& node);
  Result<LogicalNodePtr> operator()(const plan::GroupMap& node);
  Result<LogicalNodePtr> withoutHidden(LogicalNodePtr input);

  // Rows.
  Result<LogicalNodePtr> operator()(const plan::Filter& node);
  Result<LogicalNodePtr> operator()(const plan::Aggregate& node);
  Result<LogicalNodePtr> operator()(const plan::Join& node);
  Result<LogicalNodePtr> join(const plan::Join& node, LogicalNodePtr left, LogicalNodePtr right);
  /// A join with calls of Python functions in its condition.
  Result<LogicalNodePtr> joinWithPython(plan::Join node, LogicalNodePtr left, LogicalNodePtr right);
  Result<LogicalNodePtr> operator()(const plan::Sort& node);
  Result<LogicalNodePtr> operator()(const plan::Limit& node);
  Result<LogicalNodePtr> operator()(const plan::Offset& node);
  Result<LogicalNodePtr> operator()(const plan::Tail& node);
  Result<LogicalNodePtr> operator()(const plan::SetOperation& node);
  Result<LogicalNodePtr> operator()(const plan::Deduplicate& node);
  Result<LogicalNodePtr> operator()(const plan::Sample& node);
  Result<LogicalNodePtr> operator()(const plan::Describe& node);
  Result<LogicalNodePtr> operator()(const plan::Statistic& node);
  Result<LogicalNodePtr> operator()(const plan::Hint& node);
  Result<LogicalNodePtr> operator()(const plan::Repartition& node);
  Result<LogicalNodePtr> operator()(const plan::WithCtes& node);
  Result<LogicalNodePtr> operator()(const plan::CollectMetrics& node);
  template <class Other>
  Result<LogicalNodePtr> operator()(const Other& node) {
    return refuse(plan::Relation{node});
  }
  static Result<LogicalNodePtr> refuse(const plan::Relation& relation);

  Result<LogicalNodePtr> aggregate(const plan::Aggregate& node, const Expressions& extra);
  /// One row: the outputs, over all rows of the input.
  Result<LogicalNodePtr> aggregateOf(LogicalNodePtr input, const Expressions& outputs);
  Result<LogicalNodePtr> pivot(const plan::Aggregate& node);
  /// The values of a pivot that names none: all there are, in order.
  Result<Expressions> pivotValues(const plan::Aggregate& node);
  Result<Expressions> pivotGrouping(const plan::Aggregate& node);
  Result<std::string> pivotName(const plan::ExpressionPtr& value);
  Result<std::vector<std::string>> namesOfAggregates(const plan::Aggregate& node);
  Result<LogicalNodePtr> crosstab(const plan::Statistic& node);
  Result<LogicalNodePtr> frequentItems(const plan::Statistic& node);
  Result<LogicalNodePtr> pairStatistic(const plan::Statistic& node);
  Result<LogicalNodePtr> approximateQuantiles(const plan::Statistic& node);
  Result<LogicalNodePtr> sampleBy(const plan::Statistic& node);
  Result<LogicalNodePtr> transpose(const plan::Statistic& node);
  Result<LogicalNodePtr> filterInput(LogicalNodePtr input, const plan::ExpressionPtr& condition);
  Result<int64_t> constantCount(const plan::ExpressionPtr& expression, const std::string& clause);
  Result<std::vector<LogicalNodePtr>> alignForSetOperation(const plan::SetOperation& node);
  static LogicalNodePtr setOperationOfAll(std::vector<LogicalNodePtr> sides, JoinStep join);

  PlanContext& context_;
  PlanIdColumns planIds_;
  std::vector<std::pair<std::string, plan::RelationPtr>> ctes_;
  OuterScope* outer_ = nullptr;
  int streamSources_ = 0;
  int depth_ = 0;
  /// Relations that stand for a plan that is resolved already.
  std::map<const plan::Relation*, LogicalNodePtr> given_;
  /// The names of observed metrics, with what they are.
  std::map<std::string, std::string> metrics_;
  /// Of the view that is analyzed.
  std::shared_ptr<const NameScope> scope_;
  std::shared_ptr<NameScope> recorded_;
  bool recordsAll_ = false;
  std::vector<std::string> replaced_;
  /// The names of the views around what is analyzed.
  std::vector<std::vector<std::string>> views_;
  /// Those of them that are analyzed anew by each reader.
  int textViews_ = 0;
  const std::stop_token stop_;
  bool runsSubqueries_ = true;
  struct Answer {
    /// So that no other one comes to lie where this one does.
    plan::RelationPtr relation;
    std::shared_ptr<const NameScope> scope;
    std::vector<RecordBatchPtr> rows;
  };
  /// By relation, the view that it stands in, and whether it is asked only if there is a row.
  std::map<std::tuple<const plan::Relation*, const NameScope*, bool>, Answer> answers_;

  friend class AggregateAnalysis;
};

PythonFunctionPtr pythonFunctionOf(const plan::PythonCall& call);
/// It gives one value for a group of rows.
bool isPythonAggregate(const plan::PythonCall& call);

}  // namespace spate
