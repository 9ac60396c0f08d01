#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

// Changes of a message that leave it a message. Of bytes changed at random, hardly any are still
// one: fields would be cut, and lengths no longer fit.

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t mostSize);

namespace spate::fuzz {

/// Changes messages in place, by the seed that it was made with.
///
/// Threads one
class MessageMutation {
 public:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  /// `words` are texts that mean something: names of functions, of columns, of options.
  MessageMutation(unsigned seed, const std::vector<std::string>& words)
      : random_(seed), words_(words) {}

  /// One to four changes. What is put in from `other`, if it is given, fits where it is put.
  void mutate(Message& message, const Message* other) {
    for (size_t i = 0, changes = 1 + below(4); i < changes; ++i) mutateOnce(message, other);
  }

 private:
  size_t below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }

  static void collect(Message& message, std::vector<Message*>& found) {
    found.push_back(&message);
    const auto* reflection = message.GetReflection();
    std::vector<const Field*> fields;
    reflection->ListFields(message, &fields);
    for (const Field* field : fields) {
      if (field->cpp_type() != Field::CPPTYPE_MESSAGE) continue;
      if (!field->is_repeated()) {
        collect(*reflection->MutableMessage(&message, field), found);
        continue;
      }
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        collect(*reflection->MutableRepeatedMessage(&message, field, i), found);
      }
    }
  }

  void mutateOnce(Message& root, const Message* other) {
    std::vector<Message*> messages;
    collect(root, messages);
    Message& target = *messages[below(messages.size())];
    const size_t choice = below(10);
    if (choice < 5) {
      changeSetField(target);
    } else if (choice < 8) {
      if (const Field* field = anyField(target)) setField(target, field, 3);
    } else {
      replaceByOther(target, other == nullptr ? root : *other);
    }
  }

  const Field* anyField(const Message& message) {
    const int fields = message.GetDescriptor()->field_count();
    if (fields == 0) return nullptr;
    return message.GetDescriptor()->field(static_cast<int>(below(static_cast<size_t>(fields))));
  }

  /// Another message of the same type takes the place of `target`.
  void replaceByOther(Message& target, const Message& donor) {
    // Copied first: the target may be inside of the message that takes its place.
    std::unique_ptr<Message> copy(donor.New());
    copy->CopyFrom(donor);
    std::vector<Message*> candidates;
    collect(*copy, candidates);
    std::erase_if(candidates, [&](const Message* candidate) {
      return candidate->GetDescriptor() != target.GetDescriptor();
    });
    if (!candidates.empty()) target.CopyFrom(*candidates[below(candidates.size())]);
  }

  void changeSetField(Message& message) {
    const auto* reflection = message.GetReflection();
    std::vector<const Field*> fields;
    reflection->ListFields(message, &fields);
    if (fields.empty()) return;
    const Field* field = fields[below(fields.size())];
    const size_t choice = below(8);
    if (choice == 0) {
      reflection->ClearField(&message, field);
    } else if (field->is_repeated() && choice < 5) {
      changeElements(message, field, choice);
    } else {
      setField(message, field, 2);
    }
  }

  void changeElements(Message& message, const Field* field, size_t choice) {
    const auto* reflection = message.GetReflection();
    const int size = reflection->FieldSize(message, field);
    if (size == 0) return;
    const int at = static_cast<int>(below(static_cast<size_t>(size)));
    if (choice == 1) {
      reflection->SwapElements(&message, field, at, size - 1);
      reflection->RemoveLast(&message, field);
    } else if (choice == 2) {
      reflection->SwapElements(&message, field, at, size - 1);
    } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE && !field->is_map() && size < 50) {
      // Added first: the copied one moves when the field grows.
      Message* added = reflection->AddMessage(&message, field);
      added->CopyFrom(reflection->GetRepeatedMessage(message, field, at));
    }
  }

  void setField(Message& message, const Field* field, int depth) {
    const auto* reflection = message.GetReflection();
    if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
      Message* inner = field->is_repeated() ? reflection->AddMessage(&message, field)
                                            : reflection->MutableMessage(&message, field);
      for (size_t i = 0; depth > 0 && i < 2; ++i) {
        if (const Field* next = anyField(*inner)) setField(*inner, next, depth - 1);
      }
      return;
    }
    setScalar(message, field);
  }

  int64_t number() {
    static constexpr int64_t kNumbers[] = {0,
                                           1,
                                           2,
                                           -1,
                                           3,
                                           10,
                                           38,
                                           39,
                                           100,
                                           1000,
                                           86'400'000'000,
                                           INT32_MAX,
                                           INT32_MIN,
                                           int64_t{INT32_MAX} + 1,
                                           INT64_MAX,
                                           INT64_MIN};
    return kNumbers[below(std::size(kNumbers))];
  }

  double real() {
    static constexpr double kReals[] = {0.0,
                                        -0.0,
                                        0.5,
                                        1.0,
                                        -1.5,
                                        1e10,
                                        1e308,
                                        std::numeric_limits<double>::infinity(),
                                        std::numeric_limits<double>::quiet_NaN()};
    return kReals[below(std::size(kReals))];
  }

  /// `now` with a change, or a word.
  std::string text(const std::string& now, bool isText) {
    if (!words_.empty() && below(2) == 0) return words_[below(words_.size())];
    std::string bytes = now;
    const size_t size = bytes.size();
    bytes.resize(size + 16);
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, bytes.size()));
    // A text that is no UTF-8 does not pass the parser.
    if (isText) {
      for (char& c : bytes) c = static_cast<char>(c & 0x7f);
    }
    return bytes;
  }

  void setScalar(Message& message, const Field* field) {
    const auto* reflection = message.GetReflection();
    const bool adds = field->is_repeated();
    switch (field->cpp_type()) {
      case Field::CPPTYPE_INT32: {
        const auto value = static_cast<int32_t>(number());
        adds ? reflection->AddInt32(&message, field, value)
             : reflection->SetInt32(&message, field, value);
        return;
      }
      case Field::CPPTYPE_INT64:
        adds ? reflection->AddInt64(&message, field, number())
             : reflection->SetInt64(&message, field, number());
        return;
      case Field::CPPTYPE_UINT32: {
        const auto value = static_cast<uint32_t>(number());
        adds ? reflection->AddUInt32(&message, field, value)
             : reflection->SetUInt32(&message, field, value);
        return;
      }
      case Field::CPPTYPE_UINT64: {
        const auto value = static_cast<uint64_t>(number());
        adds ? reflection->AddUInt64(&message, field, value)
             : reflection->SetUInt64(&message, field, value);
        return;
      }
      case Field::CPPTYPE_FLOAT: {
        const auto value = static_cast<float>(real());
        adds ? reflection->AddFloat(&message, field, value)
             : reflection->SetFloat(&message, field, value);
        return;
      }
      case Field::CPPTYPE_DOUBLE:
        adds ? reflection->AddDouble(&message, field, real())
             : reflection->SetDouble(&message, field, real());
        return;
      case Field::CPPTYPE_BOOL:
        adds ? reflection->AddBool(&message, field, below(2) == 0)
             : reflection->SetBool(&message, field, below(2) == 0);
        return;
      case Field::CPPTYPE_ENUM: {
        // One more than there are: what a later version may send.
        const int value =
            static_cast<int>(below(static_cast<size_t>(field->enum_type()->value_count()) + 1));
        adds ? reflection->AddEnumValue(&message, field, value)
             : reflection->SetEnumValue(&message, field, value);
        return;
      }
      case Field::CPPTYPE_STRING: {
        const bool isText = field->type() == Field::TYPE_STRING;
        const int size = adds ? reflection->FieldSize(message, field) : 0;
        if (adds && size > 0 && below(2) == 0) {
          const int at = static_cast<int>(below(static_cast<size_t>(size)));
          reflection->SetRepeatedString(
              &message, field, at, text(reflection->GetRepeatedString(message, field, at), isText));
        } else if (adds) {
          reflection->AddString(&message, field, text({}, isText));
        } else {
          reflection->SetString(&message, field,
                                text(reflection->GetString(message, field), isText));
        }
        return;
      }
      case Field::CPPTYPE_MESSAGE: return;
    }
  }

  std::minstd_rand random_;
  const std::vector<std::string>& words_;
};

}  // namespace spate::fuzz
