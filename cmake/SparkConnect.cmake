# The Spark Connect messages in C++, and gRPC to serve them; only where SPATE_BUILD_SERVER is on.
#
# Out   spate_connect_proto   static library of the messages, generated from the descriptors inside
#                             the pyspark-client wheel of .venv; nothing of them is in the project
#       spate_grpc            gRPC and protobuf, for executables only
find_package(Protobuf REQUIRED)
find_program(SPATE_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)

# Arrow's compute library exports the symbols of its own RE2, which would mix with those of the RE2
# that gRPC brings: the two have different layouts, and programs crash. Linked statically and hidden
# in the executable, each has its own. Debian's libre2.a is not position independent, so this is
# for executables only.
add_library(spate_grpc INTERFACE)
execute_process(
  COMMAND ${PKG_CONFIG_EXECUTABLE} --static --libs-only-l grpc++ protobuf
  OUTPUT_VARIABLE libraries OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(libraries)
list(FILTER libraries INCLUDE REGEX "^-l")
list(FILTER libraries EXCLUDE REGEX "^-l(ssl|crypto|dl|m|rt|pthread|c|systemd|atomic)$")
list(REMOVE_DUPLICATES libraries)
set(hidden "LINKER:--exclude-libs,ALL")
if(SPATE_SANITIZE)
  # The allocator of the sanitizers is to be seen by Arrow's libraries.
  list(TRANSFORM libraries REPLACE "^-l(.*)$" "LINKER:--exclude-libs,lib\\1.a"
       OUTPUT_VARIABLE hidden)
  list(APPEND hidden "LINKER:--exclude-libs,libre2.a")
endif()
list(JOIN libraries " " libraries)
target_link_libraries(spate_grpc INTERFACE
  "-Wl,--start-group -Wl,-Bstatic ${libraries} -lre2 -Wl,-Bdynamic -Wl,--end-group"
  ssl crypto dl rt Threads::Threads)
target_link_options(spate_grpc INTERFACE ${hidden})

set(descriptors "${PROJECT_BINARY_DIR}/spark-connect/descriptors.bin")
set(generated "${PROJECT_BINARY_DIR}/spark-connect/generated")
file(MAKE_DIRECTORY "${generated}")
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/requirements.txt"
  "${PROJECT_SOURCE_DIR}/tools/spark_connect_descriptors.py")
execute_process(
  COMMAND "${ArrowWheel_PYTHON}" -B "${PROJECT_SOURCE_DIR}/tools/spark_connect_descriptors.py"
          "${descriptors}"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND "${ArrowWheel_PYTHON}" -c "import google.rpc, pathlib; \
print(pathlib.Path(list(google.rpc.__path__)[0]).parents[1])"
  OUTPUT_VARIABLE rpc_root OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

set(messages base catalog commands common expressions ml_common ml pipelines relations types)
list(TRANSFORM messages PREPEND "spark/connect/")
set(sources ${messages})
list(TRANSFORM sources APPEND ".pb.cc")
list(TRANSFORM sources PREPEND "${generated}/")
list(APPEND sources "${generated}/spark/connect/base.grpc.pb.cc")
set(headers ${sources})
list(TRANSFORM headers REPLACE "\\.cc$" ".h")
list(TRANSFORM messages APPEND ".proto")
add_custom_command(
  OUTPUT ${sources} ${headers}
  COMMAND protobuf::protoc --descriptor_set_in=${descriptors} --cpp_out=${generated}
          --grpc_out=${generated} --plugin=protoc-gen-grpc=${SPATE_GRPC_PLUGIN} ${messages}
  DEPENDS "${descriptors}"
  COMMENT "Generating the Spark Connect messages" VERBATIM)

set(rpc_sources "${generated}/google/rpc/status.pb.cc" "${generated}/google/rpc/error_details.pb.cc")
set(rpc_headers ${rpc_sources})
list(TRANSFORM rpc_headers REPLACE "\\.cc$" ".h")
add_custom_command(
  OUTPUT ${rpc_sources} ${rpc_headers}
  COMMAND protobuf::protoc -I ${rpc_root} -I /usr/include --cpp_out=${generated}
          google/rpc/status.proto google/rpc/error_details.proto
  COMMENT "Generating the error details of gRPC" VERBATIM)

add_library(spate_connect_proto STATIC ${sources} ${rpc_sources}
  "${PROJECT_SOURCE_DIR}/src/spate/connect/service/RequestParsing.cpp")
target_include_directories(spate_connect_proto SYSTEM PUBLIC "${generated}")
target_include_directories(spate_connect_proto PRIVATE "${PROJECT_SOURCE_DIR}/src")
# Conversion code, off the hot path, and slow to compile: no warnings, little optimisation.
target_compile_options(spate_connect_proto PRIVATE -w -O1 -g0)
# How deep a plan may nest is decided where messages are parsed, which this file instantiates.
set_source_files_properties("${generated}/spark/connect/base.grpc.pb.cc" PROPERTIES
  COMPILE_OPTIONS "-include;${PROJECT_SOURCE_DIR}/src/spate/connect/service/RequestParsing.h"
  OBJECT_DEPENDS "${PROJECT_SOURCE_DIR}/src/spate/connect/service/RequestParsing.h")
