#pragma once

#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/FrameFile.h"
#include "spate/rdd/ScratchFile.h"
#include "spate/types/Codec.h"
#include "spate/types/Exceptions.h"

// The typed form of FrameFile. Throws (SparkException of the Status), since its callers are tasks.

namespace spate {

/// Writes a scratch file that holds `elements`; gives its size.
template <class T>
uint64_t writeScratchElements(const std::string& path, const std::vector<T>& elements) {
  FrameWriter writer =
      valueOrThrow(FrameWriter::start(valueOrThrow(openScratchFile(path)), Codec<T>::typeName()));
  for (const T& element : elements) {
    Codec<T>::encode(element, writer.buffer());
    okOrThrow(writer.added());
  }
  return valueOrThrow(writer.endSection());
}

/// Calls sink(T) for the elements of a section until it returns false; returns false then.
template <class T, class Sink>
bool readElements(FrameReader& reader, Sink&& sink) {
  while (valueOrThrow(reader.next())) {
    ByteReader in(reader.payload());
    for (uint64_t i = 0; i < reader.count(); ++i) {
      T element = Codec<T>::decode(in);
      if (!in.ok()) throwStatus(reader.corrupt());
      if (!sink(std::move(element))) return false;
    }
    if (!in.atEnd()) throwStatus(reader.corrupt());
  }
  return true;
}

template <class T>
std::vector<T> readElementFile(const std::string& path) {
  FrameReader reader = valueOrThrow(FrameReader::open(path, Codec<T>::typeName()));
  std::vector<T> elements;
  readElements<T>(reader, [&](T&& element) {
    elements.push_back(std::move(element));
    return true;
  });
  return elements;
}

}  // namespace spate
