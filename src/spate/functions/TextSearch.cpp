#include <array>
#include <vector>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/StringFamilies.h"
#include "spate/functions/TextScan.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

/// The position of a text, from 1, or 0; `from` counts characters from 0.
int32_t positionOf(std::string_view text, std::string_view wanted, int64_t from) {
  if (wanted.empty()) return 1;
  const size_t found = text.find(wanted, skipCharacters(text, 0, from));
  return found == std::string_view::npos ? 0 : charactersBefore(text, found) + 1;
}

Result<arrow::Datum> instrRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return positionOf(in[0].text(i), in[1].text(i), 0);
  });
}

/// locate(wanted, text, start): a null start gives 0.
Result<arrow::Datum> locateRows(EvalContext&, Arguments arguments, int64_t rows) {
  if (arguments.size() < 3) {
    return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
      return positionOf(in[1].text(i), in[0].text(i), 0);
    });
  }
  return forEachRow<arrow::Int32Builder, false>(
      arguments, rows, arrow::int32(),
      [](const ArgumentColumns& in, int64_t i, arrow::Int32Builder& out) {
        if (in[2].isNull(i)) {
          out.UnsafeAppend(0);
        } else if (in[0].isNull(i) || in[1].isNull(i)) {
          out.UnsafeAppendNull();
        } else {
          const int32_t start = in[2].get<int32_t>(i);
          out.UnsafeAppend(start < 1 ? 0 : positionOf(in[1].text(i), in[0].text(i), start - 1));
        }
      });
}

Result<arrow::Datum> startsWithRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachBoolean(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return in[0].text(i).starts_with(in[1].text(i));
  });
}

Result<arrow::Datum> endsWithRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachBoolean(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return in[0].text(i).ends_with(in[1].text(i));
  });
}

Result<arrow::Datum> containsRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachBoolean(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return in[0].text(i).find(in[1].text(i)) != std::string_view::npos;
  });
}

Result<arrow::Datum> findInSetRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    const std::string_view wanted = in[0].text(i);
    std::string_view set = in[1].text(i);
    if (wanted.find(',') != std::string_view::npos) return 0;
    for (int32_t n = 1;; ++n) {
      const size_t comma = set.find(',');
      if (set.substr(0, comma) == wanted) return n;
      if (comma == std::string_view::npos) return 0;
      set.remove_prefix(comma + 1);
    }
  });
}

/// What is in front of the count-th delimiter; of a negative count, what is behind it from the end.
std::string_view substringIndexOf(std::string_view text, std::string_view delimiter,
                                  int32_t count) {
  if (delimiter.empty() || count == 0) return {};
  if (count > 0) {
    size_t found = std::string_view::npos;
    for (size_t from = 0; count > 0; --count, from = found + 1) {
      found = text.find(delimiter, from);
      if (found == std::string_view::npos) return text;
    }
    return text.substr(0, found);
  }
  // The search from the end goes on in front of the start of the one found, as Spark's does.
  size_t end = std::string_view::npos;
  size_t found = 0;
  for (int64_t left = -int64_t{count}; left > 0; --left) {
    found = text.rfind(delimiter, end);
    if (found == std::string_view::npos) return text;
    if (left > 1 && found == 0) return text;
    end = found - 1;
  }
  return text.substr(found + delimiter.size());
}

Result<arrow::Datum> substringIndexRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) {
        out.append(substringIndexOf(in[0].text(i), in[1].text(i), in[2].get<int32_t>(i)));
      });
}

Result<arrow::Datum> splitPartRows(EvalContext&, Arguments arguments, int64_t rows) {
  std::vector<std::string_view> parts;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        const int32_t index = in[2].get<int32_t>(i);
        if (index == 0) return indexOfZero();
        std::string_view text = in[0].text(i);
        const std::string_view delimiter = in[1].text(i);
        parts.clear();
        if (!delimiter.empty()) {
          for (size_t at = text.find(delimiter); at != std::string_view::npos;
               at = text.find(delimiter)) {
            parts.push_back(text.substr(0, at));
            text.remove_prefix(at + delimiter.size());
          }
        }
        parts.push_back(text);
        const int64_t count = static_cast<int64_t>(parts.size());
        const int64_t at = index > 0 ? index - 1 : count + index;
        out.append(at >= 0 && at < count ? parts[static_cast<size_t>(at)] : std::string_view());
        return Status::OK();
      });
}

std::vector<std::string_view> charactersOf(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t at = 0; at < text.size();) {
    const size_t next = skipCharacters(text, at, 1);
    characters.push_back(text.substr(at, next - at));
    at = next;
  }
  return characters;
}

int32_t levenshteinOf(std::string_view left, std::string_view right) {
  const auto a = charactersOf(left);
  const auto b = charactersOf(right);
  std::vector<int32_t> costs(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) costs[j] = static_cast<int32_t>(j);
  for (size_t i = 0; i < a.size(); ++i) {
    int32_t diagonal = costs[0];
    costs[0] = static_cast<int32_t>(i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const int32_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = costs[j + 1];
      costs[j + 1] = std::min({replaced, costs[j + 1] + 1, costs[j] + 1});
    }
  }
  return costs[b.size()];
}

Result<arrow::Datum> levenshteinRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    const int32_t distance = levenshteinOf(in[0].text(i), in[1].text(i));
    if (in.size() > 2 && distance > in[2].get<int32_t>(i)) return -1;
    return distance;
  });
}

/// Spark's algorithm: letters only in ASCII; a text that starts with none is itself.
void appendSoundex(std::string_view text, std::string& out) {
  constexpr std::string_view kCodes = "01230127022455012623017202";  // 7: h and w, looked through
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  if (text.empty()) return;
  const char first = upper(text[0]);
  if (first < 'A' || first > 'Z') {
    out += text;
    return;
  }
  out += first;
  char last = kCodes[static_cast<size_t>(first - 'A')];
  for (size_t i = 1; i < text.size() && out.size() < 4; ++i) {
    const char c = upper(text[i]);
    if (c < 'A' || c > 'Z') {
      last = '0';
      continue;
    }
    const char code = kCodes[static_cast<size_t>(c - 'A')];
    if (code == '7') continue;
    if (code != '0' && code != last) out += code;
    last = code;
  }
  out.resize(4, '0');
}

Result<arrow::Datum> soundexRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    appendSoundex(in[0].text(i), out);
  });
}

Result<arrow::Datum> luhnCheckRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachBoolean(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    const std::string_view text = in[0].text(i);
    if (text.empty()) return false;
    int sum = 0;
    for (size_t k = 0; k < text.size(); ++k) {
      const char c = text[text.size() - 1 - k];
      if (c < '0' || c > '9') return false;
      const int digit = c - '0';
      const int doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
      sum += k % 2 == 0 ? digit : doubled;
    }
    return sum % 10 == 0;
  });
}

constexpr ScalarFunction kFunctions[] = {
    {"charindex", bindRows<"ss|i", "i", &locateRows>},
    {"contains", bindRows<"zz", "t", &containsRows>},
    {"endswith", bindRows<"zz", "t", &endsWithRows>},
    {"find_in_set", bindRows<"ss", "i", &findInSetRows>},
    {"instr", bindRows<"ss", "i", &instrRows>},
    {"levenshtein", bindRows<"ss|i", "i", &levenshteinRows>},
    {"locate", bindRows<"ss|i", "i", &locateRows>},
    {"luhn_check", bindRows<"s", "t", &luhnCheckRows>},
    {"position", bindRows<"ss|i", "i", &locateRows>},
    {"soundex", bindRows<"s", "s", &soundexRows>},
    {"split_part", bindRows<"ssi", "s", &splitPartRows>},
    {"startswith", bindRows<"zz", "t", &startsWithRows>},
    {"substring_index", bindRows<"ssi", "s", &substringIndexRows>},
};

}  // namespace

std::span<const ScalarFunction> textSearchFunctions() { return kFunctions; }

}  // namespace spate
