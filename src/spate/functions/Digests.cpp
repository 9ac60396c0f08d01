#include "spate/functions/Digests.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace spate {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

/// The message with its padding: 1, zeros, and its length in bits at the end of a block.
std::string padded(std::string_view bytes, size_t block, bool isBigEndian) {
  std::string message(bytes);
  const size_t lengthSize = block / 8;
  message += '\x80';
  while (message.size() % block != block - lengthSize) message += '\0';
  const uint64_t bits = static_cast<uint64_t>(bytes.size()) * 8;
  if (lengthSize == 16) message.append(8, '\0');
  for (int i = 0; i < 8; ++i) {
    const int shift = isBigEndian ? 56 - 8 * i : 8 * i;
    message += static_cast<char>(bits >> shift & 0xFF);
  }
  return message;
}

template <class Word>
Word bigEndianWord(const char* bytes) {
  Word word = 0;
  for (size_t i = 0; i < sizeof(Word); ++i)
    word = static_cast<Word>(word << 8) | static_cast<unsigned char>(bytes[i]);
  return word;
}

template <class Word>
void appendHex(Word word, bool isBigEndian, std::string& out) {
  for (size_t i = 0; i < sizeof(Word); ++i) {
    const size_t shift = 8 * (isBigEndian ? sizeof(Word) - 1 - i : i);
    const auto byte = static_cast<unsigned>(word >> shift & 0xFF);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
}

/// What differs between SHA-256 and SHA-512.
template <class Word>
struct Sha2Constants;

template <>
struct Sha2Constants<uint32_t> {
  static constexpr int kRounds = 64;
  static constexpr std::array<int, 12> kShifts = {2, 13, 22, 6, 11, 25, 7, 18, 3, 17, 19, 10};
};
template <>
struct Sha2Constants<uint64_t> {
  static constexpr int kRounds = 80;
  static constexpr std::array<int, 12> kShifts = {28, 34, 39, 14, 18, 41, 1, 8, 7, 19, 61, 6};
};

/// The first 64 bits behind the point of the cube roots of the first 80 primes; SHA-256 takes the
/// upper half of them. They are computed, so that no digit of them can be mistyped.
std::array<uint64_t, 80> cubeRootFractions() {
  std::array<uint64_t, 80> fractions{};
  size_t count = 0;
  for (uint64_t candidate = 2; count < fractions.size(); ++candidate) {
    bool isPrime = true;
    for (uint64_t d = 2; d * d <= candidate; ++d) isPrime = isPrime && candidate % d != 0;
    if (!isPrime) continue;
    // The greatest root with root^3 <= candidate * 2^192, by bits; the product is compared in
    // pieces of 32 bits.
    __extension__ using Wide = unsigned __int128;
    const auto cubeAtMost = [candidate](Wide root) {
      std::array<uint64_t, 3> r = {static_cast<uint32_t>(root), static_cast<uint32_t>(root >> 32),
                                   static_cast<uint32_t>(root >> 64)};
      const auto multiply = [](const auto& a, const auto& b) {
        std::array<uint64_t, 9> product{};
        for (size_t i = 0; i < a.size(); ++i) {
          uint64_t carry = 0;
          for (size_t j = 0; j < b.size() && i + j < product.size(); ++j) {
            const uint64_t sum = product[i + j] + a[i] * b[j] + carry;
            product[i + j] = sum & 0xFFFFFFFF;
            carry = sum >> 32;
          }
          for (size_t k = i + b.size(); carry != 0 && k < product.size(); ++k) {
            const uint64_t sum = product[k] + carry;
            product[k] = sum & 0xFFFFFFFF;
            carry = sum >> 32;
          }
        }
        return product;
      };
      const std::array<uint64_t, 9> square = multiply(r, r);
      const std::array<uint64_t, 9> cube = multiply(square, r);
      std::array<uint64_t, 9> limit{};
      limit[6] = candidate;
      for (size_t i = cube.size(); i-- > 0;)
        if (cube[i] != limit[i]) return cube[i] < limit[i];
      return true;
    };
    Wide root = 0;
    for (int bit = 68; bit >= 0; --bit) {
      const Wide tried = root | Wide{1} << bit;
      if (cubeAtMost(tried)) root = tried;
    }
    fractions[count++] = static_cast<uint64_t>(root);
  }
  return fractions;
}

template <class Word>
std::array<Word, 8> sha2(std::string_view bytes, std::array<Word, 8> state) {
  using Constants = Sha2Constants<Word>;
  static const std::array<uint64_t, 80> kFractions = cubeRootFractions();
  constexpr auto& s = Constants::kShifts;
  constexpr size_t kBlock = sizeof(Word) * 16;
  const std::string message = padded(bytes, kBlock, true);
  for (size_t at = 0; at < message.size(); at += kBlock) {
    std::array<Word, Constants::kRounds> w{};
    for (size_t i = 0; i < 16; ++i)
      w[i] = bigEndianWord<Word>(message.data() + at + i * sizeof(Word));
    for (size_t i = 16; i < w.size(); ++i) {
      const Word a = w[i - 15];
      const Word b = w[i - 2];
      const Word s0 = std::rotr(a, s[6]) ^ std::rotr(a, s[7]) ^ static_cast<Word>(a >> s[8]);
      const Word s1 = std::rotr(b, s[9]) ^ std::rotr(b, s[10]) ^ static_cast<Word>(b >> s[11]);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    std::array<Word, 8> h = state;
    for (size_t i = 0; i < w.size(); ++i) {
      const Word s1 = std::rotr(h[4], s[3]) ^ std::rotr(h[4], s[4]) ^ std::rotr(h[4], s[5]);
      const Word choice = (h[4] & h[5]) ^ (~h[4] & h[6]);
      const auto constant = static_cast<Word>(kFractions[i] >> (64 - 8 * sizeof(Word)));
      const Word t1 = h[7] + s1 + choice + constant + w[i];
      const Word s0 = std::rotr(h[0], s[0]) ^ std::rotr(h[0], s[1]) ^ std::rotr(h[0], s[2]);
      const Word t2 = s0 + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));
      h = {t1 + t2, h[0], h[1], h[2], h[3] + t1, h[4], h[5], h[6]};
    }
    for (size_t i = 0; i < 8; ++i) state[i] += h[i];
  }
  return state;
}

template <class Word>
std::string hexOf(const std::array<Word, 8>& state, size_t digits) {
  std::string hex;
  for (const Word word : state) appendHex(word, true, hex);
  hex.resize(digits);
  return hex;
}

}  // namespace

std::string md5Hex(std::string_view bytes) {
  constexpr std::array<int, 16> kShifts = {7, 12, 17, 22, 5, 9,  14, 20,
                                           4, 11, 16, 23, 6, 10, 15, 21};
  std::array<uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const std::string message = padded(bytes, 64, false);
  for (size_t at = 0; at < message.size(); at += 64) {
    std::array<uint32_t, 16> w{};
    for (size_t i = 0; i < 16; ++i)
      w[i] = __builtin_bswap32(bigEndianWord<uint32_t>(message.data() + at + i * 4));
    auto [a, b, c, d] = state;
    for (uint32_t i = 0; i < 64; ++i) {
      uint32_t mixed = 0;
      uint32_t word = i;
      switch (i / 16) {
        case 0: mixed = (b & c) | (~b & d); break;
        case 1:
          mixed = (d & b) | (~d & c);
          word = 5 * i + 1;
          break;
        case 2:
          mixed = b ^ c ^ d;
          word = 3 * i + 5;
          break;
        default: mixed = c ^ (b | ~d); word = 7 * i;
      }
      const auto sine = static_cast<uint32_t>(
          static_cast<int64_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0)));
      const uint32_t sum = a + mixed + sine + w[word % 16];
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kShifts[i / 16 * 4 + i % 4]);
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
  }
  std::string hex;
  for (const uint32_t word : state) appendHex(word, false, hex);
  return hex;
}

std::string sha1Hex(std::string_view bytes) {
  std::array<uint32_t, 5> state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  const std::string message = padded(bytes, 64, true);
  for (size_t at = 0; at < message.size(); at += 64) {
    std::array<uint32_t, 80> w{};
    for (size_t i = 0; i < 16; ++i) w[i] = bigEndianWord<uint32_t>(message.data() + at + i * 4);
    for (size_t i = 16; i < 80; ++i)
      w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (size_t i = 0; i < 80; ++i) {
      uint32_t mixed = b ^ c ^ d;
      uint32_t constant = i < 40 ? 0x6ED9EBA1 : 0xCA62C1D6;
      if (i < 20) {
        mixed = (b & c) | (~b & d);
        constant = 0x5A827999;
      } else if (i >= 40 && i < 60) {
        mixed = (b & c) | (b & d) | (c & d);
        constant = 0x8F1BBCDC;
      }
      const uint32_t sum = std::rotl(a, 5) + mixed + e + constant + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = sum;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
  }
  std::string hex;
  for (const uint32_t word : state) appendHex(word, true, hex);
  return hex;
}

std::string sha2Hex(std::string_view bytes, int bits) {
  switch (bits) {
    case 224:
      return hexOf(sha2<uint32_t>(bytes, {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939,
                                          0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4}),
                   56);
    case 384:
      return hexOf(
          sha2<uint64_t>(bytes, {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17,
                                 0x152fecd8f70e5939, 0x67332667ffc00b31, 0x8eb44a8768581511,
                                 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4}),
          96);
    case 512:
      return hexOf(
          sha2<uint64_t>(bytes, {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}),
          128);
    default:
      return hexOf(sha2<uint32_t>(bytes, {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}),
                   64);
  }
}

}  // namespace spate
