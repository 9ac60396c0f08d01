#pragma once

#include <string>
#include <utility>

#include "spate/rdd/ElementFile.h"
#include "spate/rdd/NumericActions.h"
#include "spate/rdd/OutputDirectory.h"
#include "spate/types/ToString.h"

namespace spate {

/// The actions that write files: a directory with part-00000, part-00001, ... and _SUCCESS, which
/// is there as a whole or not at all.
///
/// Errors: SparkException (kAlreadyExists) "Output directory file:/... already exists".
template <class N>
class RddSaveActions : public RddNumericActions<N> {
 public:
  using T = typename N::Element;
  using U = Owned<T>;
  using RddNumericActions<N>::RddNumericActions;

  /// One line per element, in Scala's form (scalaString() of ToString.h); to write another form,
  /// map to it first. `codec` is empty, or a codec of Hadoop's such as
  /// "org.apache.hadoop.io.compress.GzipCodec" or "gzip".
  void saveAsTextFile(const std::string& path, const std::string& codec = {}) const {
    saveText(path, codec, false);
  }

  /// The same, in place of what is at `path`: a batch that is run again writes what it wrote.
  void saveAsTextFileAtomically(const std::string& path, const std::string& codec = {}) const {
    saveText(path, codec, true);
  }

  /// In the format of docs/formats/object-file.md, for SparkContext.objectFile<T>.
  void saveAsObjectFile(const std::string& path) const { saveObjects(path, false); }
  void saveAsObjectFileAtomically(const std::string& path) const { saveObjects(path, true); }

 private:
  void saveText(const std::string& path, const std::string& codec, bool replace) const {
    const Compression compression = valueOrThrow(compressionByName(codec));
    save("saveAsTextFile", path, replace, extensionOf(compression),
         [&](TaskContext& task, FileSystem& files, const std::string& file) {
           TextPartWriter writer = valueOrThrow(TextPartWriter::open(files, file, compression));
           iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
             appendScala(std::as_const(element), writer.buffer());
             okOrThrow(writer.added());
             return true;
           });
           okOrThrow(writer.finish());
         });
  }

  void saveObjects(const std::string& path, bool replace) const {
    static_assert(Encodable<U>,
                  "object files hold elements as bytes: specialise spate::Codec for their type");
    save("saveAsObjectFile", path, replace, "",
         [&](TaskContext& task, FileSystem& files, const std::string& file) {
           FrameWriter writer =
               valueOrThrow(FrameWriter::create(files, file, Codec<U>::typeName()));
           iterate(*this->node(), task.partitionId(), task, [&](auto&& element) {
             Codec<U>::encode(toOwned(std::forward<decltype(element)>(element)), writer.buffer());
             okOrThrow(writer.added());
             return true;
           });
           valueOrThrow(writer.endSection());
           okOrThrow(writer.sync());
         });
  }

  template <class WritePart>
  void save(const std::string& operation, const std::string& path, bool replace,
            std::string_view extension, WritePart writePart) const {
    OutputDirectory output =
        valueOrThrow(OutputDirectory::make(this->context()->sharedFiles(), path, replace));
    runOnAllPartitions(*this->node(), operation, [&](TaskContext& task, size_t) {
      writePart(task, output.files(), output.attemptFile(task));
      okOrThrow(output.commitTask(task, extension));
    });
    okOrThrow(output.commit());
  }
};

}  // namespace spate
