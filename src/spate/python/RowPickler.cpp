#include "spate/python/RowPickler.h"

#include <bit>
#include <string_view>
#include <utility>

#include "spate/types/CastText.h"
#include "spate/types/DataTypeJson.h"

namespace spate::python {
namespace {

// Opcodes of the pickle protocol, version 3.
constexpr std::string_view kProtocol("\x80\x03", 2);
constexpr char kStop = '.';
constexpr char kMark = '(';
constexpr char kNone = 'N';
constexpr std::string_view kTrue("\x88", 1);
constexpr std::string_view kFalse("\x89", 1);
constexpr std::string_view kLong1("\x8a", 1);
constexpr char kBinaryInt = 'J';
constexpr char kBinaryFloat = 'G';
constexpr char kText = 'X';
constexpr char kBytes = 'B';
constexpr char kEmptyList = ']';
constexpr char kAppends = 'e';
constexpr char kEmptyDict = '}';
constexpr char kSetItems = 'u';
constexpr char kTuple = 't';
constexpr std::string_view kTuple1("\x85", 1);
constexpr char kReduce = 'R';
// The first thing that is remembered.
constexpr std::string_view kRemember("q\0", 2);
constexpr std::string_view kRecall("h\0", 2);
constexpr std::string_view kRowMaker = "cpyspark.sql.types\n_create_row_inbound_converter\n";
constexpr std::string_view kTypeParser = "cpyspark.sql.types\n_parse_datatype_json_string\n";
constexpr std::string_view kByteArray = "cbuiltins\nbytearray\n";
constexpr std::string_view kDecimal = "cdecimal\nDecimal\n";

void appendLittleEndian(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void appendInt(std::string& out, int64_t value) {
  if (value == static_cast<int32_t>(value)) {
    out += kBinaryInt;
    appendLittleEndian(out, static_cast<uint64_t>(value), 4);
    return;
  }
  out += kLong1;
  out += static_cast<char>(8);
  appendLittleEndian(out, static_cast<uint64_t>(value), 8);
}

void appendFloat(std::string& out, double value) {
  out += kBinaryFloat;
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int i = 7; i >= 0; --i) out += static_cast<char>(bits >> (8 * i) & 0xff);
}

void appendSized(std::string& out, char opcode, std::string_view bytes) {
  out += opcode;
  appendLittleEndian(out, bytes.size(), 4);
  out += bytes;
}

/// Leaves the function that makes rows of the type of their values.
void appendRowMaker(std::string& out, const DataType& type) {
  out += kRowMaker;
  out += kTypeParser;
  appendSized(out, kText, toJson(type));
  out += kTuple1;
  out += kReduce;
  out += kTuple1;
  out += kReduce;
}

void appendValue(std::string& out, const Datum& datum, const DataType& type);

void appendCall(std::string& out, const Row& row, const DataType& type) {
  out += kMark;
  for (size_t i = 0; i < row.size(); ++i) appendValue(out, row[i], type.fields()[i].type);
  out += kTuple;
  out += kReduce;
}

void appendValue(std::string& out, const Datum& datum, const DataType& type) {
  if (datum.isNull()) {
    out += kNone;
    return;
  }
  switch (type.kind()) {
    case TypeKind::kBoolean: out += *datum.as<bool>() ? kTrue : kFalse; break;
    case TypeKind::kByte: appendInt(out, *datum.as<int8_t>()); break;
    case TypeKind::kShort: appendInt(out, *datum.as<int16_t>()); break;
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: appendInt(out, *datum.as<int32_t>()); break;
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval: appendInt(out, *datum.as<int64_t>()); break;
    case TypeKind::kFloat: appendFloat(out, *datum.as<float>()); break;
    case TypeKind::kDouble: appendFloat(out, *datum.as<double>()); break;
    case TypeKind::kDecimal: {
      std::string digits;
      appendDecimal(datum.as<Decimal>()->unscaled, type.scale(), digits);
      out += kDecimal;
      appendSized(out, kText, digits);
      out += kTuple1;
      out += kReduce;
      break;
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: appendSized(out, kText, *datum.as<std::string>()); break;
    case TypeKind::kBinary:
      out += kByteArray;
      appendSized(out, kBytes, *datum.as<std::string>());
      out += kTuple1;
      out += kReduce;
      break;
    case TypeKind::kArray:
      out += kEmptyList;
      out += kMark;
      for (const Datum& element : *datum.as<Row>()) appendValue(out, element, type.elementType());
      out += kAppends;
      break;
    case TypeKind::kMap: {
      const MapValue& map = *datum.as<MapValue>();
      out += kEmptyDict;
      out += kMark;
      for (size_t i = 0; i < map.keys.size(); ++i) {
        appendValue(out, map.keys[i], type.keyType());
        appendValue(out, map.values[i], type.valueType());
      }
      out += kSetItems;
      break;
    }
    case TypeKind::kStruct:
      appendRowMaker(out, type);
      appendCall(out, *datum.as<Row>(), type);
      break;
    case TypeKind::kNull:
    case TypeKind::kCalendarInterval:
    case TypeKind::kVariant: out += kNone; break;
  }
}

}  // namespace

Result<RowPickler> RowPickler::make(DataType schema) {
  SPATE_FAIL_IF_ERROR(check(schema));
  return RowPickler(std::move(schema));
}

Status RowPickler::check(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kCalendarInterval:
    case TypeKind::kVariant:
      return Status::unsupported("Rows with " + type.sql() + " cannot be given to Python")
          .withErrorClass("UNSUPPORTED_DATATYPE", "0A000",
                          {{"typeName", "\"" + type.sql() + "\""}});
    case TypeKind::kArray: return check(type.elementType());
    case TypeKind::kMap:
      SPATE_RETURN_IF_ERROR(check(type.keyType()));
      return check(type.valueType());
    case TypeKind::kStruct:
      for (const StructField& field : type.fields()) SPATE_RETURN_IF_ERROR(check(field.type));
      return Status::OK();
    default: return Status::OK();
  }
}

void RowPickler::begin() {
  pickle_ = kProtocol;
  pickle_ += kEmptyList;
  pickle_ += kMark;
}

void RowPickler::add(const Row& row) {
  if (rows_++ == 0) {
    begin();
    appendRowMaker(pickle_, schema_);
    pickle_ += kRemember;
  } else {
    pickle_ += kRecall;
  }
  appendCall(pickle_, row, schema_);
}

std::string RowPickler::finish() {
  if (rows_ == 0) begin();
  pickle_ += kAppends;
  pickle_ += kStop;
  rows_ = 0;
  return std::exchange(pickle_, {});
}

}  // namespace spate::python
