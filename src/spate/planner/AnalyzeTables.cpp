// Tables, views and CTEs: what names stand for.
#include <cstdlib>
#include <utility>

#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

std::vector<std::string> keyOf(const std::vector<std::string>& nameParts) {
  std::vector<std::string> key;
  for (const std::string& part : nameParts) key.push_back(lowerCase(part));
  return key;
}

Status recursiveViewError(const std::vector<std::string>& view,
                          const std::vector<std::vector<std::string>>& path) {
  const std::string name = quotedName(view);
  std::string cycle = name;
  for (const auto& below : path) cycle += " -> " + quotedName(below);
  cycle += " -> " + name;
  return analysisError("RECURSIVE_VIEW", "42K0H",
                       "Recursive view " + name + " detected (cycle: " + cycle + ").",
                       {{"viewIdent", name}, {"newPath", cycle}});
}

int mostViews(const SessionSettings& settings) {
  const auto set =
      settings.conf ? settings.conf("spark.sql.view.maxNestedViewDepth") : std::nullopt;
  const int most = set ? std::atoi(set->c_str()) : 0;
  return most > 0 ? most : 100;
}

Status viewDepthError(const std::vector<std::string>& nameParts, int most) {
  const std::string name = quotedName(nameParts);
  const std::string depth = std::to_string(most);
  return analysisError("VIEW_EXCEED_MAX_NESTED_DEPTH", "54K00",
                       "The depth of view " + name +
                           " exceeds the maximum view resolution depth (" + depth +
                           ").\nAnalysis is aborted to avoid errors. If you want to work around "
                           "this, please try to increase the value of "
                           "\"spark.sql.view.maxNestedViewDepth\".",
                       {{"viewName", name}, {"maxNestedDepth", depth}});
}

}  // namespace

Result<NamedRelation> Analyzer::findNamed(const std::vector<std::string>& nameParts) {
  if (scope_) {
    const auto known = scope_->relations.find(keyOf(nameParts));
    if (known != scope_->relations.end()) return known->second;
  }
  return context_.findTable(nameParts);
}

std::shared_ptr<const plan::PythonCall> Analyzer::findFunction(const std::string& name) {
  const std::string key = lowerCase(name);
  if (scope_) {
    const auto known = scope_->functions.find(key);
    if (known != scope_->functions.end()) return known->second;
  }
  auto found = context_.findFunction(name);
  if (found && recorded_ && recordsAll_) recorded_->functions[key] = found;
  return found;
}

std::shared_ptr<const KeptRows> Analyzer::findKept(const std::string& id) {
  if (scope_) {
    const auto known = scope_->kept.find(id);
    if (known != scope_->kept.end()) return known->second;
  }
  auto found = context_.findKept(id);
  if (found && recorded_) recorded_->kept[id] = found;
  return found;
}

Result<LogicalNodePtr> Analyzer::analyzeCte(const plan::ReadTable& node, size_t index) {
  // A CTE sees those before it only.
  const auto visible =
      std::vector(ctes_.begin(), ctes_.begin() + static_cast<std::ptrdiff_t>(index));
  const plan::RelationPtr query = ctes_[index].second;
  const auto saved = std::exchange(ctes_, visible);
  auto analyzed = analyze(query);
  ctes_ = saved;
  if (!analyzed) return analyzed;
  OutputColumns columns = (*analyzed)->columns;
  for (OutputColumn& column : columns)
    if (!column.isOuter) column.qualifier = {node.nameParts.back()};
  LogicalNode renamed = **analyzed;
  renamed.columns = std::move(columns);
  return std::make_shared<const LogicalNode>(std::move(renamed));
}

std::shared_ptr<NameScope> Analyzer::record(const plan::ReadTable& node, const NamedRelation& named,
                                            const plan::RelationPtr& found) {
  if (!recorded_) return nullptr;
  NamedRelation& entry = recorded_->relations[keyOf(node.nameParts)];
  entry = named;
  if (!recordsAll_) return nullptr;
  if (!named.isView) entry.make = [found] { return found; };
  if (!named.isView || (named.scope && named.scope->isWhole)) return nullptr;
  auto below =
      named.scope ? std::make_shared<NameScope>(*named.scope) : std::make_shared<NameScope>();
  below->isWhole = true;
  entry.scope = below;
  return below;
}

Status Analyzer::checkView(const std::vector<std::string>& nameParts, bool isWhole) const {
  if (!replaced_.empty() && keyOf(nameParts) == keyOf(replaced_))
    return recursiveViewError(replaced_, views_);
  const int most = mostViews(context_.settings());
  return !isWhole && textViews_ >= most ? viewDepthError(nameParts, most) : Status::OK();
}

Result<LogicalNodePtr> Analyzer::analyzeNamed(const plan::ReadTable& node,
                                              const NamedRelation& named,
                                              plan::RelationPtr relation,
                                              std::shared_ptr<NameScope> below) {
  if (const auto* source = relation->as<plan::ReadSource>(); source != nullptr) {
    plan::ReadSource read = *source;
    // A view of a stream stays one.
    read.isStreaming = read.isStreaming || node.isStreaming;
    for (const auto& [key, value] : node.options) read.options[key] = value;
    relation = plan::make(std::move(read));
  }
  const bool isWhole = named.scope && named.scope->isWhole;
  if (named.isView) {
    SPATE_FAIL_IF_ERROR(checkView(node.nameParts, isWhole));
    views_.push_back(node.nameParts);
    if (!isWhole) ++textViews_;
  }
  const auto ctes = std::exchange(ctes_, {});
  OuterScope* const outer = std::exchange(outer_, nullptr);
  auto scope = named.isView ? std::exchange(scope_, named.scope) : scope_;
  auto recorded = std::exchange(recorded_, std::move(below));
  auto analyzed = analyze(relation);
  recorded_ = std::move(recorded);
  scope_ = std::move(scope);
  outer_ = outer;
  ctes_ = ctes;
  if (named.isView) {
    views_.pop_back();
    if (!isWhole) --textViews_;
  }
  return analyzed;
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::ReadTable& node) {
  if (node.nameParts.size() == 1) {
    for (size_t i = ctes_.size(); i-- > 0;)
      if (lowerCase(ctes_[i].first) == lowerCase(node.nameParts[0])) return analyzeCte(node, i);
  }
  SPATE_ASSIGN_OR_FAIL(const NamedRelation named, findNamed(node.nameParts));
  plan::RelationPtr found;
  if (named.make) {
    SPATE_ASSIGN_OR_FAIL(found, named.make());
  }
  if (!found) {
    const std::string database = quotedName({context_.settings().currentDatabase});
    return failure(tableNotFoundError(
        node.nameParts,
        "[`system`.`builtin`, `system`.`session`, `spark_catalog`." + database + "]"));
  }
  // A table of the catalog comes under its full name.
  const auto* table = found->as<plan::SubqueryAlias>();
  const bool isTable = table != nullptr && !table->qualifier.empty() &&
                       table->input->as<plan::ReadSource>() != nullptr;
  SPATE_ASSIGN_OR_FAIL(
      const auto analyzed,
      analyzeNamed(node, named, isTable ? table->input : found, record(node, named, found)));
  LogicalNode renamed = *analyzed;
  if (node.isStreaming && !renamed.isStreaming)
    return failure(analysisError("_LEGACY_ERROR_TEMP_1008", "",
                                 joinedName(node.nameParts) +
                                     " is not a temp view of streaming logical plan, please use "
                                     "batch API such as `DataFrameReader.table` to read it.",
                                 {{"quoted", joinedName(node.nameParts)}}));
  std::vector<std::string> qualifier = node.nameParts;
  if (isTable) {
    qualifier = table->qualifier;
    qualifier.push_back(table->alias);
  }
  for (OutputColumn& column : renamed.columns) column.qualifier = qualifier;
  return std::make_shared<const LogicalNode>(std::move(renamed));
}

}  // namespace spate
