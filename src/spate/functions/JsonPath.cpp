#include "spate/functions/JsonPath.h"

#include <algorithm>
#include <utility>

#include "spate/functions/JsonNode.h"

namespace spate {
namespace {

using Step = JsonPath::Step;

/// All values at the rest of a path; a wildcard makes `isMany`.
void collect(const JsonNode& value, std::span<const Step> path, std::vector<const JsonNode*>& out,
             bool& isMany) {
  if (path.empty()) {
    out.push_back(&value);
    return;
  }
  const Step& step = path.front();
  const auto rest = path.subspan(1);
  switch (step.kind) {
    case Step::kName:
      if (value.kind == JsonNode::kObject) {
        if (const JsonNode* field = value.field(step.name)) collect(*field, rest, out, isMany);
      }
      break;
    case Step::kIndex:
      if (value.kind == JsonNode::kArray && step.index < value.elements.size())
        collect(value.elements[step.index], rest, out, isMany);
      break;
    case Step::kAllElements:
      isMany = true;
      if (value.kind == JsonNode::kArray)
        for (const JsonNode& element : value.elements) collect(element, rest, out, isMany);
      break;
    case Step::kAllNames:
      isMany = true;
      if (value.kind == JsonNode::kObject)
        for (const auto& field : value.fields) collect(field.value, rest, out, isMany);
      break;
  }
}

}  // namespace

std::optional<JsonPath> JsonPath::make(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  JsonPath path;
  for (size_t at = 1; at < text.size();) {
    Step step;
    if (text[at] == '.') {
      const size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      step.name = text.substr(at + 1, end - at - 1);
      if (step.name.empty()) return std::nullopt;
      if (step.name == "*") step.kind = Step::kAllNames;
      at = end;
    } else if (text.substr(at).starts_with("['")) {
      const size_t end = text.find("']", at + 2);
      if (end == std::string_view::npos) return std::nullopt;
      step.name = text.substr(at + 2, end - at - 2);
      if (step.name == "*") step.kind = Step::kAllNames;
      at = end + 2;
    } else if (text[at] == '[') {
      const size_t end = text.find(']', at);
      if (end == std::string_view::npos) return std::nullopt;
      const std::string_view inside = text.substr(at + 1, end - at - 1);
      step.kind = Step::kIndex;
      if (inside == "*") {
        step.kind = Step::kAllElements;
      } else {
        if (inside.empty() || inside.size() > 9) return std::nullopt;
        for (const char c : inside) {
          if (c < '0' || c > '9') return std::nullopt;
          step.index = step.index * 10 + static_cast<size_t>(c - '0');
        }
      }
      at = end + 1;
    } else {
      return std::nullopt;
    }
    path.steps_.push_back(std::move(step));
  }
  return path;
}

std::optional<std::string> JsonPath::find(std::string_view json) const {
  const auto root = parseJson(json);
  if (!root) return std::nullopt;
  std::vector<const JsonNode*> found;
  bool isMany = false;
  collect(*root, steps_, found, isMany);
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) {
    const JsonNode& value = *found.front();
    if (value.kind == JsonNode::kNull) return std::nullopt;
    // One match of a wildcard keeps the quotes of a text.
    if (!isMany || value.kind != JsonNode::kString) return value.plainText();
  }
  std::string out;
  if (found.size() > 1) out += '[';
  for (size_t i = 0; i < found.size(); ++i) {
    if (i > 0) out += ',';
    found[i]->append(out);
  }
  if (found.size() > 1) out += ']';
  return out;
}

void jsonFields(std::string_view json, std::span<const std::optional<std::string_view>> names,
                std::vector<std::optional<std::string>>& found) {
  const auto root = parseJson(json);
  if (!root || root->kind != JsonNode::kObject) return;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!names[i]) continue;
    const JsonNode* value = root->field(*names[i]);
    if (value != nullptr && value->kind != JsonNode::kNull) found[i] = value->plainText();
  }
}

}  // namespace spate
