#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>

#include <cstring>
#include <unordered_map>

#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/StringFamilies.h"
#include "spate/functions/TextScan.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

/// Texts that are all ASCII keep their lengths, so only their bytes are rewritten.
Result<arrow::Datum> asciiMapped(const arrow::Datum& argument, char first, char last, int shift) {
  const arrow::ArrayData& data = *argument.array();
  const auto* offsets = data.GetValues<int32_t>(1);
  const int64_t begin = data.length == 0 ? 0 : offsets[0];
  const int64_t size = data.length == 0 ? 0 : offsets[data.length] - begin;
  if (data.buffers[2] == nullptr || size == 0) return argument;
  const char* in = reinterpret_cast<const char*>(data.buffers[2]->data()) + begin;
  if (!isAscii({in, static_cast<size_t>(size)})) return arrow::Datum();
  auto allocated = arrow::AllocateBuffer(begin + size);
  if (!allocated.ok()) return failure(fromArrow(allocated.status()));
  std::shared_ptr<arrow::Buffer> bytes = std::move(allocated).ValueUnsafe();
  std::memset(bytes->mutable_data(), 0, static_cast<size_t>(begin));
  char* out = reinterpret_cast<char*>(bytes->mutable_data()) + begin;
  for (int64_t i = 0; i < size; ++i) {
    const char c = in[i];
    out[i] = static_cast<char>(c >= first && c <= last ? c + shift : c);
  }
  auto mapped = data.Copy();
  mapped->buffers[2] = std::move(bytes);
  return arrow::Datum(std::move(mapped));
}

Result<arrow::Datum> upperRows(EvalContext&, Arguments arguments, int64_t rows) {
  if (arguments[0].is_array()) {
    SPATE_ASSIGN_OR_FAIL(arrow::Datum mapped, asciiMapped(arguments[0], 'a', 'z', 'A' - 'a'));
    if (mapped.is_array()) return mapped;
  }
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    appendUpper(in[0].text(i), out);
  });
}

Result<arrow::Datum> lowerRows(EvalContext&, Arguments arguments, int64_t rows) {
  if (arguments[0].is_array()) {
    SPATE_ASSIGN_OR_FAIL(arrow::Datum mapped, asciiMapped(arguments[0], 'A', 'Z', 'a' - 'A'));
    if (mapped.is_array()) return mapped;
  }
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    appendLower(in[0].text(i), out);
  });
}

Result<arrow::Datum> initcapRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    appendTitle(in[0].text(i), out);
  });
}

bool isBinary(Arguments arguments) { return arguments[0].type()->id() == arrow::Type::BINARY; }

Result<arrow::Datum> lengthRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool bytes = isBinary(arguments);
  return forEachInt(arguments, rows, [bytes](const ArgumentColumns& in, int64_t i) {
    const std::string_view text = in[0].text(i);
    return static_cast<int32_t>(bytes ? static_cast<int64_t>(text.size()) : countCharacters(text));
  });
}

template <int32_t kFactor>
Result<arrow::Datum> octetRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return static_cast<int32_t>(in[0].text(i).size()) * kFactor;
  });
}

/// piece(columns, i) is a part of the text.
template <class Piece>
Result<arrow::Datum> forEachPiece(Arguments arguments, int64_t rows, Piece&& piece) {
  return forEachRow<TextColumnBuilder>(arguments, rows, textTypeOf(arguments),
                                       [&](const ArgumentColumns& in, int64_t i,
                                           TextColumnBuilder& out) { out.append(piece(in, i)); });
}

/// The letters of a table make the builder's type: BINARY stays BINARY.
Result<arrow::Datum> ofInputType(Result<arrow::Datum> result, Arguments arguments) {
  if (!result || !isBinary(arguments) || result->type()->id() == arrow::Type::BINARY) return result;
  ArgumentColumn column(*result);
  auto data = column.array().data()->Copy();
  data->type = arrow::binary();
  return datumOf(arrow::MakeArray(data), result->is_scalar());
}

Result<arrow::Datum> substringRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool bytes = isBinary(arguments);
  return ofInputType(
      forEachPiece(arguments, rows,
                   [bytes](const ArgumentColumns& in, int64_t i) {
                     const int32_t length = in.size() > 2 ? in[2].get<int32_t>(i) : INT32_MAX;
                     return substringOf(in[0].text(i), in[1].get<int32_t>(i), length, bytes);
                   }),
      arguments);
}

Result<arrow::Datum> leftRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool bytes = isBinary(arguments);
  return ofInputType(forEachPiece(arguments, rows,
                                  [bytes](const ArgumentColumns& in, int64_t i) {
                                    return substringOf(in[0].text(i), 1, in[1].get<int32_t>(i),
                                                       bytes);
                                  }),
                     arguments);
}

Result<arrow::Datum> rightRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool bytes = isBinary(arguments);
  return ofInputType(forEachPiece(arguments, rows,
                                  [bytes](const ArgumentColumns& in, int64_t i) {
                                    const int32_t count = in[1].get<int32_t>(i);
                                    if (count <= 0) return std::string_view();
                                    return substringOf(in[0].text(i), -count, INT32_MAX, bytes);
                                  }),
                     arguments);
}

enum TrimSides { kLeading = 1, kTrailing = 2, kBoth = 3 };

bool hasCharacter(std::string_view set, std::string_view character) {
  for (size_t at = 0; at < set.size();) {
    const size_t size = std::min(characterSize(set[at]), set.size() - at);
    if (set.substr(at, size) == character) return true;
    at += size;
  }
  return false;
}

std::string_view trimmed(std::string_view text, std::string_view set, int sides) {
  if ((sides & kLeading) != 0) {
    while (!text.empty()) {
      const size_t size = std::min(characterSize(text.front()), text.size());
      if (!hasCharacter(set, text.substr(0, size))) break;
      text.remove_prefix(size);
    }
  }
  if ((sides & kTrailing) != 0) {
    while (!text.empty()) {
      size_t start = text.size() - 1;
      while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
      if (!hasCharacter(set, text.substr(start))) break;
      text = text.substr(0, start);
    }
  }
  return text;
}

/// trim(text) and trim(characters, text).
template <TrimSides kSides>
Result<arrow::Datum> trimRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachPiece(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    if (in.size() == 1) return trimmed(in[0].text(i), " ", kSides);
    return trimmed(in[1].text(i), in[0].text(i), kSides);
  });
}

/// btrim(text, characters): the other way round.
Result<arrow::Datum> btrimRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachPiece(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return trimmed(in[0].text(i), in.size() == 1 ? " " : in[1].text(i), kBoth);
  });
}

template <bool kLeft>
Result<arrow::Datum> padRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool bytes = isBinary(arguments);
  const std::string_view given = bytes ? std::string_view("\0", 1) : std::string_view(" ");
  return ofInputType(
      forEachText(arguments, rows,
                  [&](const ArgumentColumns& in, int64_t i, std::string& out) {
                    const std::string_view text = in[0].text(i);
                    const std::string_view pad = in.size() > 2 ? in[2].text(i) : given;
                    const int64_t wanted = std::max(in[1].get<int32_t>(i), 0);
                    const int64_t size =
                        bytes ? static_cast<int64_t>(text.size()) : countCharacters(text);
                    if (wanted <= size || pad.empty()) {
                      out = substringOf(text, 1, static_cast<int32_t>(wanted), bytes);
                      return;
                    }
                    if (!kLeft) out += text;
                    const int64_t padSize =
                        bytes ? static_cast<int64_t>(pad.size()) : countCharacters(pad);
                    int64_t missing = wanted - size;
                    for (; missing >= padSize; missing -= padSize) out += pad;
                    out += substringOf(pad, 1, static_cast<int32_t>(missing), bytes);
                    if (kLeft) out += text;
                  }),
      arguments);
}

Result<arrow::Datum> repeatRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    for (int32_t n = in[1].get<int32_t>(i); n > 0; --n) out += in[0].text(i);
  });
}

Result<arrow::Datum> spaceRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    out.assign(static_cast<size_t>(std::max(in[0].get<int32_t>(i), 0)), ' ');
  });
}

Result<arrow::Datum> replaceRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    const std::string_view text = in[0].text(i);
    const std::string_view search = in[1].text(i);
    const std::string_view replacement = in.size() > 2 ? in[2].text(i) : std::string_view();
    size_t from = 0;
    if (!search.empty()) {
      for (size_t found = text.find(search); found != std::string_view::npos;
           found = text.find(search, from)) {
        out += text.substr(from, found - from);
        out += replacement;
        from = found + search.size();
      }
    }
    out += text.substr(from);
  });
}

/// What translate() makes of each character: another one, or none.
std::unordered_map<std::string_view, std::string_view> translation(std::string_view from,
                                                                   std::string_view to) {
  std::unordered_map<std::string_view, std::string_view> map;
  size_t target = 0;
  for (size_t at = 0; at < from.size();) {
    const size_t next = skipCharacters(from, at, 1);
    const size_t targetEnd = skipCharacters(to, target, 1);
    map.emplace(from.substr(at, next - at), to.substr(target, targetEnd - target));
    at = next;
    target = targetEnd;
  }
  return map;
}

Result<arrow::Datum> translateRows(EvalContext&, Arguments arguments, int64_t rows) {
  std::unordered_map<std::string_view, std::string_view> map;
  bool isReady = false;
  return forEachText(arguments, rows, [&](const ArgumentColumns& in, int64_t i, std::string& out) {
    if (!isReady || !in[1].isConstant() || !in[2].isConstant()) {
      map = translation(in[1].text(i), in[2].text(i));
      isReady = true;
    }
    const std::string_view text = in[0].text(i);
    for (size_t at = 0; at < text.size();) {
      const size_t next = skipCharacters(text, at, 1);
      const std::string_view character = text.substr(at, next - at);
      const auto found = map.find(character);
      out += found == map.end() ? character : found->second;
      at = next;
    }
  });
}

Result<arrow::Datum> overlayRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool bytes = isBinary(arguments);
  return ofInputType(forEachText(arguments, rows,
                                 [&](const ArgumentColumns& in, int64_t i, std::string& out) {
                                   const std::string_view text = in[0].text(i);
                                   const std::string_view replacement = in[1].text(i);
                                   const int32_t position = in[2].get<int32_t>(i);
                                   int32_t length = in.size() > 3 ? in[3].get<int32_t>(i) : -1;
                                   if (length < 0) {
                                     length = static_cast<int32_t>(
                                         bytes ? replacement.size() : countCharacters(replacement));
                                   }
                                   out += substringOf(text, 1, position - 1, bytes);
                                   out += replacement;
                                   out += substringOf(text, position + length, INT32_MAX, bytes);
                                 }),
                     arguments);
}

/// mask(text, upper, lower, digit, other): null leaves characters of that kind as they are.
Result<arrow::Datum> maskRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool isScalar = areAllScalar(arguments);
  const ArgumentColumns in = argumentColumns(arguments);
  TextColumnBuilder builder(arrow::utf8(), nullptr);
  const int64_t count = isScalar ? 1 : rows;
  if (const auto reserved = builder.Reserve(count); !reserved.ok())
    return failure(fromArrow(reserved));
  constexpr std::string_view kDefaults[] = {"X", "x", "n"};
  std::string upper;
  std::string lower;
  std::string masked;
  for (int64_t i = 0; i < count; ++i) {
    if (in[0].isNull(i)) {
      builder.appendNull();
      continue;
    }
    masked.clear();
    const std::string_view text = in[0].text(i);
    for (size_t at = 0; at < text.size();) {
      const size_t next = skipCharacters(text, at, 1);
      const std::string_view character = text.substr(at, next - at);
      at = next;
      upper.clear();
      lower.clear();
      appendUpper(character, upper);
      appendLower(character, lower);
      size_t kind = 3;
      if (character.size() == 1 && character[0] >= '0' && character[0] <= '9') {
        kind = 2;
      } else if (upper != lower) {
        kind = character == upper ? 0 : 1;
      }
      if (in.size() > kind + 1) {
        masked += in[kind + 1].isNull(i) ? character : in[kind + 1].text(i);
      } else {
        masked += kind < 3 ? kDefaults[kind] : character;
      }
    }
    builder.append(masked);
  }
  std::shared_ptr<arrow::Array> array;
  if (const auto finished = builder.Finish(&array); !finished.ok())
    return failure(fromArrow(finished));
  return datumOf(std::move(array), isScalar);
}

Result<BoundFunction> bindMask(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  for (size_t i = 1; i < arguments.size() && i < 5; ++i) {
    if (arguments[i].type.is(TypeKind::kNull)) continue;
    const auto text = constantText(arguments[i]);
    constexpr std::string_view kNames[] = {"upperChar", "lowerChar", "digitChar", "otherChar"};
    if (!text) return failure(nonFoldableInput(name, arguments, i, kNames[i - 1], "STRING"));
    if (countCharacters(*text) != 1) {
      return failure(dataTypeMismatch("INPUT_SIZE_NOT_ONE", name, arguments,
                                      "Length of " + std::string(kNames[i - 1]) + " should be 1.",
                                      {{"exprName", std::string(kNames[i - 1])}}));
    }
  }
  return bindSignature(name, arguments, "s|ssss", "s", &maskRows);
}

Result<arrow::Datum> quoteRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    out += '\'';
    for (const char c : in[0].text(i)) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out += '\'';
  });
}

constexpr ScalarFunction kFunctions[] = {
    {"bit_length", bindRows<"z", "i", &octetRows<8>>},
    {"btrim", bindRows<"s|s", "s", &btrimRows>},
    {"char_length", bindRows<"z", "i", &lengthRows>},
    {"character_length", bindRows<"z", "i", &lengthRows>},
    {"initcap", bindRows<"s", "s", &initcapRows>},
    {"lcase", bindRows<"s", "s", &lowerRows>},
    {"left", bindRows<"zi", "z", &leftRows>},
    {"len", bindRows<"z", "i", &lengthRows>},
    {"length", bindRows<"z", "i", &lengthRows>},
    {"lower", bindRows<"s", "s", &lowerRows>},
    {"lpad", bindRows<"zi|z", "z", &padRows<true>>},
    {"ltrim", bindRows<"s|s", "s", &trimRows<kLeading>>},
    {"mask", bindMask},
    {"octet_length", bindRows<"z", "i", &octetRows<1>>},
    {"overlay", bindRows<"zzi|i", "z", &overlayRows>},
    {"quote", bindRows<"s", "s", &quoteRows>},
    {"repeat", bindRows<"si", "s", &repeatRows>},
    {"replace", bindRows<"ss|s", "s", &replaceRows>},
    {"right", bindRows<"si", "s", &rightRows>},
    {"rpad", bindRows<"zi|z", "z", &padRows<false>>},
    {"rtrim", bindRows<"s|s", "s", &trimRows<kTrailing>>},
    {"space", bindRows<"i", "s", &spaceRows>},
    {"substr", bindRows<"zi|i", "z", &substringRows>},
    {"substring", bindRows<"zi|i", "z", &substringRows>},
    {"translate", bindRows<"sss", "s", &translateRows>},
    {"trim", bindRows<"s|s", "s", &trimRows<kBoth>>},
    {"ucase", bindRows<"s", "s", &upperRows>},
    {"upper", bindRows<"s", "s", &upperRows>},
};

}  // namespace

std::span<const ScalarFunction> textShapeFunctions() { return kFunctions; }

}  // namespace spate
