// DataFrame.explain in its modes.
#include "spate/connect/EngineSession.h"
#include "spate/plan/PlanText.h"
#include "spate/planner/LogicalText.h"
#include "spate/planner/Lowering.h"

namespace spate {

Result<std::string> EngineSession::explain(const plan::RelationPtr& relation,
                                           const std::string& mode) {
  Analyzer analyzer(*this);
  SPATE_ASSIGN_OR_FAIL(const auto plan, analyzer.analyzeQuery(relation));
  LoweringOptions options;
  options.settings = &settings();
  if (plan->isStreaming)
    options.openStream = [](const StreamScan&, const RunContext&,
                            const std::vector<bool>&) -> Result<std::vector<PartitionProducer>> {
      return std::vector<PartitionProducer>();
    };
  std::vector<StatefulOperatorInfo> stateful;
  options.stateful = &stateful;
  SPATE_ASSIGN_OR_FAIL(const auto physical, lower(plan, options));
  const std::string physicalText = "== Physical Plan ==\n" + treeText(*physical) + "\n";
  // Code is compiled before there is a plan.
  if (mode == "codegen") return std::string("Found 0 WholeStageCodegen subtrees.\n");
  if (mode != "extended" && mode != "cost") return physicalText;
  const std::string logicalText = treeText(*plan);
  // Columns that nobody reads are left out, and that is all that is optimized.
  const std::string rest = "== Optimized Logical Plan ==\n" + logicalText + "\n" + physicalText;
  if (mode == "cost") return rest;
  std::string columns;
  for (const OutputColumn& column : plan->columns)
    columns +=
        (columns.empty() ? "" : ", ") + column.field.name + ": " + column.field.type.simpleString();
  return "== Parsed Logical Plan ==\n" + plan::toText(*relation) +
         "\n\n== Analyzed Logical Plan ==\n" + columns + "\n" + logicalText + "\n" + rest;
}

}  // namespace spate
