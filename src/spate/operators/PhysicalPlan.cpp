#include "spate/operators/PhysicalPlan.h"

namespace spate {
namespace {

void appendTree(const PhysicalNode& node, const std::string& indent, bool isRoot, bool isLast,
                std::string& out) {
  out += isRoot ? "" : indent + (isLast ? "+- " : ":- ");
  out += node.name + "\n";
  const std::string below = isRoot ? "" : indent + (isLast ? "   " : ":  ");
  for (size_t i = 0; i < node.children.size(); ++i)
    appendTree(*node.children[i], below, false, i + 1 == node.children.size(), out);
}

}  // namespace

std::string treeText(const PhysicalNode& root) {
  std::string out;
  appendTree(root, "", true, true, out);
  return out;
}

}  // namespace spate
