#pragma once

#include <string>

#include "spate/planner/LogicalPlan.h"

namespace spate {

/// The resolved plan as text, one step a line, "+- " before children: for explain.
std::string treeText(const LogicalNode& root);

}  // namespace spate
