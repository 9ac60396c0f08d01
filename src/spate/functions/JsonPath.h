#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spate {

/// The path of get_json_object, "$.store.book[0]['title']" or with [*], read once.
class JsonPath {
 public:
  /// Empty: it is no path.
  static std::optional<JsonPath> make(std::string_view text);

  /// What stands at the path in a JSON text, as get_json_object gives it: a text without quotes,
  /// anything else as JSON without spaces. Empty: nothing, null, or the text is not JSON.
  std::optional<std::string> find(std::string_view json) const;

  struct Step {
    enum Kind : uint8_t { kName, kIndex, kAllElements, kAllNames };
    Kind kind = kName;
    std::string name;
    size_t index = 0;
  };

 private:
  std::vector<Step> steps_;
};

/// The top-level fields of a JSON object as texts, for json_tuple: found[i] is the field names[i].
/// Leaves `found` empty when the text is no object.
void jsonFields(std::string_view json, std::span<const std::optional<std::string_view>> names,
                std::vector<std::optional<std::string>>& found);

}  // namespace spate
