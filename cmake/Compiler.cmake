# Flags that every target shares. Set for directories, not per target, so that one precompiled
# header fits all test executables.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Flow-based warnings of GCC 12 that report correct library code (std::string, std::optional,
  # std::vector) once it is inlined or instrumented; the sanitizers find the true ones.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds
                      -Wno-stringop-overflow -Wno-stringop-overread)
endif()

if(SPATE_SANITIZE)
  add_compile_options(-fsanitize=${SPATE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SPATE_SANITIZE})
  if(SPATE_SANITIZE MATCHES "undefined")
    # Left out is what AddressSanitizer sees in another way, and what costs most to compile: the
    # templates of rdd and dstream took five times as long with it.
    add_compile_options(-fno-sanitize-recover=undefined
                        -fno-sanitize=null,alignment,object-size,vptr)
  endif()
endif()

find_program(SPATE_MOLD mold)
if(SPATE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_program(SPATE_CCACHE ccache)
if(SPATE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for when precompiled headers are used. The rest lets another
  # clone use what this one compiled: paths are relative, in debug information and messages too.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true CCACHE_ABSSTDERR=true
      ${SPATE_CCACHE})
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
