#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "spate/plan/PlanText.h"
#include "spate/sql/SqlParser.h"

// What the tests of this room share: plans and errors as text.

namespace spate::sql {

/// The plan of a statement, or "ERROR class".
inline std::string planOf(std::string_view sql) {
  const Result<plan::RelationPtr> relation = parseStatement(sql);
  return relation ? plan::toText(**relation) : "ERROR " + relation.error().errorClass();
}

/// An expression as text, or "ERROR class".
inline std::string textOf(std::string_view sql) {
  const Result<plan::ExpressionPtr> expression = parseExpression(sql);
  return expression ? plan::toText(**expression) : "ERROR " + expression.error().errorClass();
}

inline Status errorOf(std::string_view sql) {
  const Result<plan::RelationPtr> relation = parseStatement(sql);
  return relation ? Status() : relation.error();
}

}  // namespace spate::sql
