#pragma once

#include <arrow/type_fwd.h>

#include <memory>

namespace spate::connect {

/// The field with the names of its structs' fields made different: x, y, x become x_0, y, x_1.
/// Arrow's Python side wants that, and clients go by the place of a field.
std::shared_ptr<arrow::Field> withDifferentNames(const std::shared_ptr<arrow::Field>& field);

}  // namespace spate::connect
