#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spate/plan/PlanText.h"

namespace spate::plan {
namespace {

std::string namesText(const std::vector<std::string>& names) {
  std::string out = "[";
  for (size_t i = 0; i < names.size(); ++i) {
    out += (i > 0 ? ", " : "") + quoteIdentifierIfNeeded(names[i]);
  }
  return out + "]";
}

std::string textOf(const std::vector<ExpressionPtr>& expressions) {
  std::string out = "[";
  for (size_t i = 0; i < expressions.size(); ++i) {
    out += (i > 0 ? ", " : "") + (expressions[i] ? toText(*expressions[i]) : "null");
  }
  return out + "]";
}

std::string textOf(const ExpressionPtr& expression) {
  return expression ? toText(*expression) : "null";
}

std::string textOf(const Literal& literal) { return toText(Expression{literal}); }

std::string textOf(const Options& options) {
  std::string out;
  for (const auto& [key, value] : options) {
    out += (out.empty() ? "" : ", ") + key + "=" + value;
  }
  return out.empty() ? "" : " {" + out + "}";
}

std::string flag(bool set, const char* text) { return set ? std::string(" ") + text : ""; }

std::string schemaText(const std::optional<DataType>& schema) {
  return schema ? " " + schema->sql() : "";
}

std::string orEmpty(const char* label, const std::optional<std::string>& text) {
  return text ? std::string(" ") + label + "=" + *text : "";
}

/// The line of a node; its inputs go to `inputs`.
struct RelationLine {
  std::vector<std::pair<std::string, RelationPtr>>& inputs;

  void input(const RelationPtr& relation, std::string label = {}) const {
    if (relation) inputs.emplace_back(std::move(label), relation);
  }

  std::string operator()(const OneRow&) const { return "OneRow"; }
  std::string operator()(const ReadSource& n) const {
    return "ReadSource " + n.format + flag(n.isStreaming, "STREAM") + schemaText(n.schema) +
           textOf(n.options) + " " + namesText(n.paths);
  }
  std::string operator()(const ReadTable& n) const {
    return "ReadTable " + namesText(n.nameParts) + flag(n.isStreaming, "STREAM") +
           textOf(n.options);
  }
  std::string operator()(const Range& n) const {
    return "Range " + std::to_string(n.start) + " " + std::to_string(n.end) + " " +
           std::to_string(n.step) + (n.partitions ? " " + std::to_string(*n.partitions) : "");
  }
  std::string operator()(const LocalRelation& n) const { return "LocalRelation " + n.schema.sql(); }
  std::string operator()(const Values& n) const {
    std::string out = "Values";
    for (const auto& row : n.rows) out += " " + textOf(row);
    return out;
  }
  std::string operator()(const CachedRemoteRelation& n) const {
    return "CachedRemoteRelation " + n.id;
  }
  std::string operator()(const Project& n) const {
    input(n.input);
    return "Project " + textOf(n.expressions);
  }
  std::string operator()(const WithColumns& n) const {
    input(n.input);
    return "WithColumns " + textOf(n.aliases);
  }
  std::string operator()(const WithColumnsRenamed& n) const {
    input(n.input);
    std::string out = "WithColumnsRenamed";
    for (const auto& [from, to] : n.names) out += " " + from + " -> " + to;
    return out;
  }
  std::string operator()(const Drop& n) const {
    input(n.input);
    return "Drop " + textOf(n.columns) + " " + namesText(n.columnNames);
  }
  std::string operator()(const ToDataFrame& n) const {
    input(n.input);
    return "ToDataFrame " + namesText(n.names);
  }
  std::string operator()(const ToSchema& n) const {
    input(n.input);
    return "ToSchema " + n.schema.sql();
  }
  std::string operator()(const Filter& n) const {
    input(n.input);
    return "Filter " + textOf(n.condition);
  }
  std::string operator()(const Aggregate& n) const {
    static constexpr const char* kKinds[] = {"", " ROLLUP", " CUBE", " PIVOT", " GROUPING SETS"};
    input(n.input);
    std::string out = std::string("Aggregate") + kKinds[static_cast<int>(n.kind)] + " " +
                      textOf(n.grouping) + " " + textOf(n.aggregates) +
                      flag(n.isSelectList, "SELECT");
    for (const auto& set : n.groupingSets) out += " " + textOf(set);
    if (n.pivotColumn) out += " FOR " + textOf(n.pivotColumn) + " IN " + textOf(n.pivotValues);
    if (n.having) out += " HAVING " + textOf(n.having);
    return out;
  }
  std::string operator()(const Join& n) const {
    static constexpr const char* kKinds[] = {"INNER",     "FULL OUTER", "LEFT OUTER", "RIGHT OUTER",
                                             "LEFT ANTI", "LEFT SEMI",  "CROSS"};
    input(n.left);
    input(n.right);
    return std::string("Join") + flag(n.isNatural, "NATURAL") + " " +
           kKinds[static_cast<int>(n.kind)] + flag(n.isLateral, "LATERAL") +
           (n.usingColumns.empty() ? "" : " USING " + namesText(n.usingColumns)) +
           (n.condition ? " ON " + textOf(n.condition) : "");
  }
  std::string operator()(const Sort& n) const {
    input(n.input);
    return std::string(n.isGlobal ? "Sort " : "Sort LOCAL ") + textOf(n.order);
  }
  std::string operator()(const Limit& n) const {
    input(n.input);
    return "Limit " + textOf(n.count);
  }
  std::string operator()(const Offset& n) const {
    input(n.input);
    return "Offset " + textOf(n.count);
  }
  std::string operator()(const Tail& n) const {
    input(n.input);
    return "Tail " + textOf(n.count);
  }
  std::string operator()(const SetOperation& n) const {
    static constexpr const char* kKinds[] = {"Union", "Intersect", "Except"};
    input(n.left);
    input(n.right);
    return kKinds[static_cast<int>(n.kind)] + flag(n.isAll, "ALL") + flag(n.byName, "BY NAME") +
           flag(n.allowMissingColumns, "ALLOW MISSING");
  }
  std::string operator()(const Deduplicate& n) const {
    input(n.input);
    return "Deduplicate " + namesText(n.columns) + flag(n.withinWatermark, "WITHIN WATERMARK");
  }
  std::string operator()(const Sample& n) const {
    input(n.input);
    return "Sample " + std::to_string(n.lower) + " " + std::to_string(n.upper) +
           flag(n.withReplacement, "REPLACEMENT") +
           (n.seed ? " SEED " + std::to_string(*n.seed) : "") + flag(n.isOrdered, "ORDERED");
  }
  std::string operator()(const SubqueryAlias& n) const {
    input(n.input);
    return "SubqueryAlias " + quoteIdentifierIfNeeded(n.alias) +
           (n.qualifier.empty() ? "" : " OF " + namesText(n.qualifier)) +
           (n.columns.empty() ? "" : " " + namesText(n.columns));
  }
  std::string operator()(const WithCtes& n) const {
    for (const auto& [name, relation] : n.ctes) input(relation, name + ": ");
    input(n.input);
    return std::string("WithCtes") + flag(n.isRecursive, "RECURSIVE");
  }
  std::string operator()(const LateralView& n) const {
    input(n.input);
    return std::string("LateralView") + flag(n.isOuter, "OUTER") + " " + textOf(n.generator) + " " +
           quoteIdentifierIfNeeded(n.alias) + " " + namesText(n.columns);
  }
  std::string operator()(const TableFunction& n) const {
    return "TableFunction " + n.name + " " + textOf(n.arguments);
  }
  std::string operator()(const Unpivot& n) const {
    input(n.input);
    return "Unpivot " + textOf(n.ids) + (n.values ? " " + textOf(*n.values) : "") + " " +
           quoteIdentifierIfNeeded(n.variableColumn) + " " + quoteIdentifierIfNeeded(n.valueColumn);
  }
  std::string operator()(const FillNa& n) const {
    input(n.input);
    std::string out = "FillNa " + namesText(n.columns);
    for (const Literal& value : n.values) out += " " + textOf(value);
    return out;
  }
  std::string operator()(const DropNa& n) const {
    input(n.input);
    return "DropNa " + namesText(n.columns) +
           (n.minNonNulls ? " " + std::to_string(*n.minNonNulls) : "");
  }
  std::string operator()(const ReplaceNa& n) const {
    input(n.input);
    std::string out = "ReplaceNa " + namesText(n.columns);
    for (const auto& [from, to] : n.replacements) out += " " + textOf(from) + " -> " + textOf(to);
    return out;
  }
  std::string operator()(const Describe& n) const {
    input(n.input);
    return std::string(n.isSummary ? "Summary " : "Describe ") + namesText(n.columns) + " " +
           namesText(n.statistics);
  }
  std::string operator()(const Statistic& n) const {
    input(n.input);
    std::string out = "Statistic " + n.kind + " " + namesText(n.columns);
    for (const double number : n.numbers) out += " " + std::to_string(number);
    for (const auto& [value, fraction] : n.fractions) {
      out += " " + textOf(value) + " -> " + std::to_string(fraction);
    }
    return out + (n.seed ? " SEED " + std::to_string(*n.seed) : "");
  }
  std::string operator()(const Hint& n) const {
    input(n.input);
    return "Hint " + n.name + " " + textOf(n.parameters);
  }
  std::string operator()(const Repartition& n) const {
    input(n.input);
    return "Repartition" + (n.partitions ? " " + std::to_string(*n.partitions) : "") +
           flag(n.isShuffle, "SHUFFLE") + " " + textOf(n.columns);
  }
  std::string operator()(const WithWatermark& n) const {
    input(n.input);
    return "WithWatermark " + n.eventTime + " '" + n.delay + "'";
  }
  std::string operator()(const CollectMetrics& n) const {
    input(n.input);
    return "CollectMetrics " + n.name + " " + textOf(n.metrics);
  }
  std::string operator()(const ShowString& n) const {
    input(n.input);
    return "ShowString " + std::to_string(n.rows) + " " + std::to_string(n.truncate) +
           flag(n.isVertical, "VERTICAL");
  }
  std::string operator()(const HtmlString& n) const {
    input(n.input);
    return "HtmlString " + std::to_string(n.rows) + " " + std::to_string(n.truncate);
  }
  std::string operator()(const MapPartitions& n) const {
    input(n.input);
    return "MapPartitions " + toText(Expression{n.function}) + flag(n.isBarrier, "BARRIER");
  }
  std::string operator()(const GroupMap& n) const {
    input(n.input);
    return "GroupMap " + textOf(n.grouping) + " " + toText(Expression{n.function});
  }
  std::string operator()(const CatalogCall& n) const {
    std::string out = "CatalogCall " + n.method;
    for (const auto& argument : n.arguments) out += " " + argument.value_or("null");
    return out + schemaText(n.schema) + textOf(n.options);
  }
  std::string operator()(const ShowCommand& n) const {
    input(n.query);
    return "ShowCommand " + n.command + " " + namesText(n.nameParts) +
           orEmpty("pattern", n.pattern) + orEmpty("key", n.key) + orEmpty("value", n.value) +
           flag(n.ifExists, "IF") + flag(n.isExtended, "EXTENDED");
  }
  std::string operator()(const CreateView& n) const {
    input(n.query);
    return "CreateView " + namesText(n.nameParts) +
           (n.columns.empty() ? "" : " " + namesText(n.columns)) + flag(n.isReplace, "REPLACE") +
           flag(n.isGlobal, "GLOBAL") + flag(n.ifNotExists, "IF");
  }
  std::string operator()(const CreateTable& n) const {
    input(n.query);
    return "CreateTable " + namesText(n.nameParts) + schemaText(n.schema) +
           (n.format.empty() ? "" : " USING " + n.format) + textOf(n.options) +
           (n.partitionColumns.empty() ? "" : " PARTITIONED BY " + namesText(n.partitionColumns)) +
           (n.bucketing ? " CLUSTERED BY " + namesText(n.bucketing->columns) + " SORTED BY " +
                              namesText(n.bucketing->sortColumns) + " INTO " +
                              std::to_string(n.bucketing->buckets)
                        : "") +
           (n.clusterColumns.empty() ? "" : " CLUSTER BY " + namesText(n.clusterColumns)) +
           orEmpty("location", n.location) + orEmpty("comment", n.comment) +
           (n.properties.empty() ? "" : " TBLPROPERTIES" + textOf(n.properties)) +
           flag(n.isReplace, "REPLACE") + flag(n.ifNotExists, "IF");
  }
  std::string operator()(const InsertInto& n) const {
    input(n.query);
    std::string out = "InsertInto " + namesText(n.nameParts);
    for (const auto& [name, value] : n.partition)
      out += " " + name + (value ? "=" + toText(*value) : "");
    return out + (n.columns.empty() ? "" : " " + namesText(n.columns)) +
           flag(n.isOverwrite, "OVERWRITE") + flag(n.byName, "BY NAME");
  }
};

void appendRelation(const Relation& relation, size_t depth, const std::string& label,
                    std::string& out) {
  std::vector<std::pair<std::string, RelationPtr>> inputs;
  const std::string line = std::visit(RelationLine{inputs}, relation.node);
  if (!out.empty()) out += '\n';
  out += std::string(2 * depth, ' ') + label + line;
  if (relation.planId) out += " #" + std::to_string(*relation.planId);
  for (const auto& [inputLabel, input] : inputs) appendRelation(*input, depth + 1, inputLabel, out);
}

}  // namespace

std::string toText(const Relation& relation) {
  std::string out;
  appendRelation(relation, 0, {}, out);
  return out;
}

}  // namespace spate::plan
