#include "spate/types/UnsafeRow.h"

#include "spate/types/UnsafeRowReader.h"
#include "spate/types/UnsafeRowWriter.h"

namespace spate {
namespace {

bool holdsVariant(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kVariant: return true;
    case TypeKind::kArray: return holdsVariant(type.elementType());
    case TypeKind::kMap: return holdsVariant(type.keyType()) || holdsVariant(type.valueType());
    case TypeKind::kStruct:
      for (const StructField& field : type.fields()) {
        if (holdsVariant(field.type)) return true;
      }
      return false;
    default: return false;
  }
}

}  // namespace

Result<UnsafeRowCodec> UnsafeRowCodec::make(DataType structType) {
  if (!structType.is(TypeKind::kStruct) || holdsVariant(structType)) {
    const std::string name = "\"" + structType.sql() + "\"";
    return failure(Status::unsupported("Unsupported data type " + name + ".")
                       .withErrorClass("UNSUPPORTED_DATATYPE", "0A000", {{"typeName", name}}));
  }
  return UnsafeRowCodec(std::move(structType));
}

Status UnsafeRowCodec::encode(const Row& row, std::string& out) const {
  const size_t before = out.size();
  Status status = writeUnsafeStruct(type_, row, out);
  if (!status.ok()) out.resize(before);
  return status;
}

Result<Row> UnsafeRowCodec::decode(std::string_view bytes) const {
  return readUnsafeStruct(type_, bytes);
}

}  // namespace spate
