#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/plan/Relation.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/LogicalPlan.h"

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
  /// The plan of a view, or a ReadSource for a table; null: there is none of that name.
  virtual Result<plan::RelationPtr> findTable(const std::vector<std::string>& nameParts) = 0;
  /// Kept under an id by the session; null: unknown.
  virtual std::shared_ptr<const KeptRows> findKept(const std::string& id) = 0;
  /// Registered by spark.udf.register; null: unknown.
  virtual std::shared_ptr<const plan::PythonCall> findFunction(const std::string& name) = 0;
  /// Runs a plan that another plan's shape or a scalar subquery depends on.
  virtual Result<std::vector<RecordBatchPtr>> run(const LogicalNodePtr& plan) = 0;
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
  explicit Analyzer(PlanContext& context) : context_(context) {}

  Result<LogicalNodePtr> analyze(const plan::RelationPtr& relation);
  /// The same without the hidden columns: what is put out of a plan as a whole.
  Result<LogicalNodePtr> analyzeQuery(const plan::RelationPtr& relation);

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

  Result<LogicalNodePtr> analyzeNode(const plan::Relation& relation);
  ExpressionBinder binderFor(const LogicalNode& input);

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

  // Rows.
  Result<LogicalNodePtr> operator()(const plan::Filter& node);
  Result<LogicalNodePtr> operator()(const plan::Aggregate& node);
  Result<LogicalNodePtr> operator()(const plan::Join& node);
  Result<LogicalNodePtr> operator()(const plan::Sort& node);
  Result<LogicalNodePtr> operator()(const plan::Limit& node);
  Result<LogicalNodePtr> operator()(const plan::Offset& node);
  Result<LogicalNodePtr> operator()(const plan::Tail& node);
  Result<LogicalNodePtr> operator()(const plan::SetOperation& node);
  Result<LogicalNodePtr> operator()(const plan::Deduplicate& node);
  Result<LogicalNodePtr> operator()(const plan::Sample& node);
  Result<LogicalNodePtr> operator()(const plan::Hint& node);
  Result<LogicalNodePtr> operator()(const plan::Repartition& node);
  Result<LogicalNodePtr> operator()(const plan::WithCtes& node);
  template <class Other>
  Result<LogicalNodePtr> operator()(const Other&) {
    return refuse(typeid(Other).name());
  }
  static Result<LogicalNodePtr> refuse(const char* node);

  Result<LogicalNodePtr> aggregate(const plan::Aggregate& node, const Expressions& extra);
  Result<LogicalNodePtr> filterInput(LogicalNodePtr input, const plan::ExpressionPtr& condition);
  Result<int64_t> constantCount(const plan::ExpressionPtr& expression, const std::string& clause);
  Result<std::vector<LogicalNodePtr>> alignForSetOperation(const plan::SetOperation& node);

  PlanContext& context_;
  PlanIdColumns planIds_;
  std::vector<std::pair<std::string, plan::RelationPtr>> ctes_;
  int streamSources_ = 0;
  int depth_ = 0;

  friend class AggregateAnalysis;
};

}  // namespace spate
