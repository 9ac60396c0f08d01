#include <cstdint>
#include <string>
#include <variant>

#include "spate/plan/PlanText.h"
#include "spate/types/ToString.h"

namespace spate::plan {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string hexOf(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string decimalText(Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  auto rest = static_cast<UInt128>(negative ? -unscaled : unscaled);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  while (digits.size() <= static_cast<size_t>(scale)) digits.insert(0, "0");
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return (negative ? "-" : "") + digits;
}

struct DatumText {
  const DataType& type;

  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int8_t value) const { return std::to_string(value) + "Y"; }
  std::string operator()(int16_t value) const { return std::to_string(value) + "S"; }
  std::string operator()(int32_t value) const {
    return type.is(TypeKind::kInteger) ? std::to_string(value) : typed(std::to_string(value));
  }
  std::string operator()(int64_t value) const {
    return type.is(TypeKind::kLong) ? std::to_string(value) + "L" : typed(std::to_string(value));
  }
  std::string operator()(float value) const {
    std::string out;
    appendJavaNumber(value, out);
    return out + "F";
  }
  std::string operator()(double value) const {
    std::string out;
    appendJavaNumber(value, out);
    return out + "D";
  }
  std::string operator()(const Decimal& value) const {
    const int scale = type.is(TypeKind::kDecimal) ? type.scale() : 0;
    return decimalText(value.unscaled, scale) + "BD";
  }
  std::string operator()(const std::string& value) const {
    if (type.is(TypeKind::kBinary)) return "X'" + hexOf(value) + "'";
    return type.is(TypeKind::kString) ? quoted(value) : typed(quoted(value));
  }
  std::string operator()(const CalendarInterval& value) const {
    return typed(std::to_string(value.months) + " months " + std::to_string(value.days) + " days " +
                 std::to_string(value.micros) + " micros");
  }
  std::string operator()(const Row& value) const {
    std::string out = "(";
    for (size_t i = 0; i < value.size(); ++i) out += (i > 0 ? ", " : "") + part(value, i);
    return typed(out + ")");
  }
  std::string operator()(const MapValue& value) const {
    std::string out = "(";
    for (size_t i = 0; i < value.keys.size(); ++i) {
      if (i > 0) out += ", ";
      out += std::visit(DatumText{type.keyType()}, value.keys[i].value) + " -> " +
             std::visit(DatumText{type.valueType()}, value.values[i].value);
    }
    return typed(out + ")");
  }

 private:
  std::string typed(const std::string& text) const { return type.sql() + " " + text; }
  std::string part(const Row& row, size_t i) const {
    const DataType& partType =
        type.is(TypeKind::kArray) ? type.elementType() : type.fields().at(i).type;
    return std::visit(DatumText{partType}, row[i].value);
  }
};

std::string textOrNull(const ExpressionPtr& expression) {
  return expression ? toText(*expression) : "null";
}

std::string listText(const std::vector<ExpressionPtr>& expressions) {
  std::string out;
  for (const ExpressionPtr& expression : expressions) {
    if (!out.empty()) out += ", ";
    out += textOrNull(expression);
  }
  return out;
}

std::string nameText(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += '.';
    out += quoteIdentifierIfNeeded(part);
  }
  return out;
}

std::string idText(const std::optional<int64_t>& planId) {
  return planId ? "#" + std::to_string(*planId) : "";
}

bool isInfix(const Call& call) {
  if (call.arguments.size() != 2) return false;
  const std::string& name = call.name;
  return name == "and" || name == "or" || name == "div" || name == "like" || name == "rlike" ||
         name == "ilike" || (!name.empty() && name.find_first_not_of("=<>!+-*/%&|^") == name.npos);
}

std::string boundText(const FrameBound& bound) {
  switch (bound.kind) {
    case FrameBound::Kind::kUnboundedPreceding: return "UNBOUNDED PRECEDING";
    case FrameBound::Kind::kUnboundedFollowing: return "UNBOUNDED FOLLOWING";
    case FrameBound::Kind::kCurrentRow: return "CURRENT ROW";
    case FrameBound::Kind::kValue: break;
  }
  return textOrNull(bound.value);
}

struct ExpressionText {
  std::string operator()(const Literal& literal) const {
    return std::visit(DatumText{literal.type}, literal.value.value);
  }
  std::string operator()(const Attribute& attribute) const {
    return nameText(attribute.nameParts) + idText(attribute.planId) +
           (attribute.isMetadata ? "#metadata" : "");
  }
  std::string operator()(const PlacedColumn& column) const {
    return column.name + "@" + std::to_string(column.index);
  }
  std::string operator()(const Star& star) const {
    return (star.target.empty() ? "" : nameText(star.target) + ".") + "*" + idText(star.planId);
  }
  std::string operator()(const ColumnRegex& regex) const {
    return "REGEX " + quoted(regex.pattern) + idText(regex.planId);
  }
  std::string operator()(const Call& call) const {
    std::string out;
    if (isInfix(call) && !call.isDistinct) {
      out = "(" + textOrNull(call.arguments[0]) + " " + call.name + " " +
            textOrNull(call.arguments[1]) + ")";
    } else {
      out = call.name + "(" + (call.isDistinct ? "DISTINCT " : "") + listText(call.arguments) + ")";
    }
    if (call.filter) out += " FILTER (" + toText(*call.filter) + ")";
    if (call.ignoreNulls) out += " IGNORE NULLS";
    return out;
  }
  std::string operator()(const NamedArgument& argument) const {
    return quoteIdentifierIfNeeded(argument.name) + " => " + textOrNull(argument.value);
  }
  std::string operator()(const Cast& cast) const {
    static constexpr const char* kNames[] = {"CAST", "ANSI_CAST", "LEGACY_CAST", "TRY_CAST"};
    return std::string(kNames[static_cast<int>(cast.mode)]) + "(" + textOrNull(cast.child) +
           " AS " + cast.type.sql() + ")";
  }
  std::string operator()(const Alias& alias) const {
    std::string names = alias.names.size() == 1 ? quoteIdentifierIfNeeded(alias.names[0]) : "(";
    if (alias.names.size() != 1) {
      for (size_t i = 0; i < alias.names.size(); ++i) {
        names += (i > 0 ? ", " : "") + quoteIdentifierIfNeeded(alias.names[i]);
      }
      names += ")";
    }
    return textOrNull(alias.child) + " AS " + names +
           (alias.metadata ? " METADATA " + *alias.metadata : "");
  }
  std::string operator()(const SortOrder& order) const {
    return textOrNull(order.child) + (order.ascending ? " ASC" : " DESC") +
           (order.nullsFirst ? " NULLS FIRST" : " NULLS LAST");
  }
  std::string operator()(const Window& window) const {
    std::string out = textOrNull(window.function) + " OVER (";
    if (!window.partitionBy.empty()) out += "PARTITION BY " + listText(window.partitionBy);
    if (!window.orderBy.empty()) {
      out += (out.back() == '(' ? "ORDER BY " : " ORDER BY ") + listText(window.orderBy);
    }
    if (window.frame) {
      out += std::string(out.back() == '(' ? "" : " ") + (window.frame->isRows ? "ROWS" : "RANGE") +
             " BETWEEN " + boundText(window.frame->lower) + " AND " +
             boundText(window.frame->upper);
    }
    return out + ")";
  }
  std::string operator()(const Lambda& lambda) const {
    std::string parameters;
    for (const std::string& name : lambda.parameters) {
      parameters += (parameters.empty() ? "" : ", ") + quoteIdentifierIfNeeded(name);
    }
    return "(" + parameters + ") -> " + textOrNull(lambda.body);
  }
  std::string operator()(const LambdaVariable& variable) const {
    return "λ" + nameText(variable.nameParts);
  }
  std::string operator()(const ExtractValue& extract) const {
    return textOrNull(extract.child) + "[" + textOrNull(extract.extraction) + "]";
  }
  std::string operator()(const UpdateField& update) const {
    return "update_field(" + textOrNull(update.structure) + ", " + quoted(update.field) + ", " +
           (update.value ? toText(*update.value) : "DROP") + ")";
  }
  std::string operator()(const PythonCall& call) const {
    return call.name + "(" + listText(call.arguments) + ") [python " +
           std::to_string(call.evalType) + ", " + call.type.sql() + ", " +
           std::to_string(call.command.size()) + " bytes]";
  }
  std::string operator()(const Subquery& subquery) const {
    std::string relation = "null";
    if (subquery.relation) {
      relation = toText(*subquery.relation);
      // On one line: the parts of a plan are told apart by their depth.
      std::string flat = "{";
      for (const char c : relation) {
        if (c == '\n') {
          flat += "; ";
        } else {
          flat += c;
        }
      }
      relation = flat + "}";
    }
    switch (subquery.kind) {
      case Subquery::Kind::kScalar: return relation;
      case Subquery::Kind::kExists: return "EXISTS " + relation;
      case Subquery::Kind::kIn: break;
    }
    return "(" + listText(subquery.values) + ") IN " + relation;
  }
};

}  // namespace

std::string toText(const Expression& expression) {
  return std::visit(ExpressionText{}, expression.node);
}

}  // namespace spate::plan
