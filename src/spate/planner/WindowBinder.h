#pragma once

#include <functional>
#include <string>
#include <vector>

#include "spate/operators/window/WindowFunctions.h"
#include "spate/plan/Expression.h"
#include "spate/planner/LogicalPlan.h"

namespace spate {

/// Whether the name is of a function that only a window can evaluate: row_number, lag ...
bool isWindowFunction(std::string_view name);
/// WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE.
Status windowWithoutOverError(const plan::Call& call);

/// Binds the window functions among the expressions of one step, and makes the steps that compute
/// them. As the columns of one depend on how many there are, everything is bound twice: the second
/// time, after settle(), columns are where they will be.
///
/// Errors  those of binding, and Spark's for windows that make no sense
class WindowBinder {
 public:
  /// Binds what stands inside a window: arguments, keys; may call bind() for windows in windows.
  using Bind = std::function<Result<BoundExpressionPtr>(const plan::ExpressionPtr&)>;

  WindowBinder(const SessionSettings& settings, Bind bindInner)
      : settings_(settings), bindInner_(std::move(bindInner)) {}

  /// How the column that is bound next is called, for messages; empty: as the function.
  void setColumnName(std::string name) { columnName_ = std::move(name); }
  /// The column that the window function is in.
  Result<BoundExpressionPtr> bind(const plan::Window& window);
  bool empty() const { return count_ == 0; }
  /// Between the two times; `inputColumns` come before those of the windows.
  void settle(size_t inputColumns);
  /// The steps, after the second time: the columns of the input, then those of the windows.
  LogicalNodePtr apply(LogicalNodePtr input) const;

 private:
  struct Column {
    size_t number = 0;
    std::string fingerprint;
    WindowCall call;
    StructField field;
    /// For the error of streams.
    WindowText text;
  };
  /// Windows with one PARTITION BY and ORDER BY.
  struct Group {
    std::string fingerprint;
    std::vector<BoundExpressionPtr> partitionBy;
    std::vector<SortKey> orderBy;
    std::vector<Column> columns;
  };
  struct Spec {
    std::vector<BoundExpressionPtr> partitionBy;
    std::vector<SortKey> orderBy;
    /// "PARTITION BY a ORDER BY b ASC NULLS FIRST", perhaps empty.
    std::string text;
    std::string fingerprint;
  };

  Result<Spec> bindSpec(const plan::Window& window);
  Result<WindowCall> bindFunction(const plan::ExpressionPtr& function, std::string& text);
  Result<WindowCall> bindRanking(const plan::Call& call, std::string& text);
  Result<WindowCall> bindOffset(const plan::Call& call, std::string& text);
  Result<WindowCall> bindNthValue(const plan::Call& call, std::string& text);
  Result<WindowCall> bindAggregate(const plan::Call& call, std::string& text);
  Result<WindowFrame> bindFrame(const plan::WindowFrame& frame, const Spec& spec,
                                const std::string& text);
  Result<FrameEnd> bindFrameEnd(const plan::FrameBound& bound, bool isRows, bool isLower,
                                const Spec& spec, const std::string& text);
  Result<std::string> frameText(const plan::WindowFrame& frame);
  Result<int64_t> constantNumber(const plan::ExpressionPtr& expression, const std::string& function,
                                 const std::string& argument);

  const SessionSettings& settings_;
  Bind bindInner_;
  std::string columnName_;
  std::vector<Group> groups_;
  size_t count_ = 0;
  /// Calls of bind(), to know of windows in windows.
  size_t calls_ = 0;
  /// Of the window with a number, after settle().
  std::vector<size_t> places_;
};

}  // namespace spate
