#pragma once

#include "spate/planner/LogicalPlan.h"

namespace spate {

/// Refuses what Spark refuses on streams, by output mode: the rules of its
/// UnsupportedOperationChecker. `plan` is what is written. Without `checksCorrectness`
/// (spark.sql.streaming.statefulOperator.checkCorrectness.enabled) plans that may drop rows by a
/// watermark in their middle are let pass.
///
/// Errors  STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION, UNSUPPORTED_STREAMING_OPERATION..., with
///         Spark's text
Status checkStreaming(const LogicalNode& plan, OutputMode mode, bool checksCorrectness = true);

}  // namespace spate
