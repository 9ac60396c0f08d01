#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "spate/types/DataType.h"

/// User-defined types: a column of one is a column of the type that its values are stored as, whose
/// metadata keep the class. So the class goes wherever the column goes, and is lost where a new
/// value is computed.
namespace spate {

struct UserDefinedClass {
  std::string jvmClass;
  std::string pythonClass;
  /// Base64 of the pickled class, where a session defined it.
  std::string serializedPythonClass;
};

/// The class of a column; empty when its type is none of the user's.
std::optional<UserDefinedClass> userClassOf(const StructField& field);
/// The column with the class in its metadata.
StructField withUserClass(StructField field, const UserDefinedClass& userClass);
/// The column's metadata as its reader gave them.
std::string metadataWithoutUserClass(const StructField& field);

}  // namespace spate
