# The functions with which rooms, examples, benchmarks and tests declare themselves.
include(GoogleTest)

# Options of every executable, however it was declared.
add_library(spate_sanitizer_defaults OBJECT)
target_sources(spate_sanitizer_defaults PRIVATE "${CMAKE_CURRENT_LIST_DIR}/SanitizerDefaults.cpp")

function(_spate_executable target subdirectory)
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/${subdirectory}")
  if(SPATE_SANITIZE)
    target_link_libraries(${target} PRIVATE spate_sanitizer_defaults)
  endif()
endfunction()

# spate_room(<room> [DEPS <room>...] [LIBS <target>...] [THREAD_TESTS <test>...] [EXCLUDE <regex>])
#
# Library spate::<room> of all *.cpp beside the caller's CMakeLists.txt (INTERFACE while there is
# none) and, of all *Test.cpp, the one test executable spate_<room>_tests. Subfolders count too,
# but for the paths that EXCLUDE matches.
# DEPS are rooms; the file ROOMS says which are allowed. THREAD_TESTS names the tests (without
# Test.cpp) that are worth building with the thread sanitizer, where not all are.
function(spate_room room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXCLUDE" "DEPS;LIBS;THREAD_TESTS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "spate_room(${room}): what is '${arg_UNPARSED_ARGUMENTS}'?")
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "*.cpp")
  if(arg_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${arg_EXCLUDE}")
  endif()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "Test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "Test\\.cpp$")
  if(SPATE_SANITIZE STREQUAL "thread" AND arg_THREAD_TESTS)
    list(JOIN arg_THREAD_TESTS "|" names)
    list(FILTER tests INCLUDE REGEX "/(${names})Test\\.cpp$")
  endif()
  list(TRANSFORM arg_DEPS PREPEND "spate::")

  set(target spate_${room})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  if(sources AND SPATE_SANITIZE STREQUAL "thread")
    # Only what the tests of that build need: most rooms have no threads of their own.
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  add_library(spate::${room} ALIAS ${target})
  target_include_directories(${target} ${scope} "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${target} ${scope} ${arg_DEPS} ${arg_LIBS})

  if(tests AND (SPATE_ROOM_TESTS STREQUAL "ON" OR room IN_LIST SPATE_ROOM_TESTS))
    spate_test(${target}_tests SOURCES ${tests} DEPS ${room} LABEL ${room})
  endif()
endfunction()

# spate_test(<target> SOURCES <file>... [DEPS <room>...] [LIBS <target>...] [LABEL <label>]
#            [TIMEOUT <seconds>])
#
# A GoogleTest executable whose tests ctest knows one by one, as <label>.<Suite>.<name>.
function(spate_test target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES;DEPS;LIBS")
  if(NOT arg_LABEL)
    set(arg_LABEL ${target})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  list(TRANSFORM arg_DEPS PREPEND "spate::")

  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_DEPS} ${arg_LIBS} spate_test_libraries)
  _spate_executable(${target} tests)
  target_precompile_headers(${target} REUSE_FROM spate_pch)
  gtest_discover_tests(${target}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${arg_LABEL}."
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS ${arg_LABEL}
               ENVIRONMENT "ARROW_DEFAULT_MEMORY_POOL=${SPATE_TEST_MEMORY_POOL}")
endfunction()

# What every test executable links, and the headers it is given precompiled. A target of its own
# that links what all tests link (base, GoogleTest), so that its flags and theirs are the same.
function(_spate_test_support)
  add_library(spate_test_libraries INTERFACE)
  target_link_libraries(spate_test_libraries INTERFACE
    spate::base GTest::gmock GTest::gtest_main
    $<TARGET_NAME_IF_EXISTS:rapidcheck> $<TARGET_NAME_IF_EXISTS:rapidcheck_gtest>)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/spate_pch.cpp" CONTENT
    "// The owner of the precompiled headers needs a source.\n")
  add_library(spate_pch OBJECT "${PROJECT_BINARY_DIR}/spate_pch.cpp")
  target_link_libraries(spate_pch PRIVATE spate_test_libraries)
  target_precompile_headers(spate_pch PRIVATE
    <gmock/gmock.h> <gtest/gtest.h>
    <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view>
    <thread> <unordered_map> <utility> <vector>
    $<$<BOOL:${rapidcheck_FOUND}>:<rapidcheck.h$<ANGLE-R>>)
endfunction()

# spate_example(<name> SOURCES <file>... [DEPS <room>...] [LIBS <target>...])
function(spate_example name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;LIBS")
  list(TRANSFORM arg_DEPS PREPEND "spate::")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} ${arg_LIBS})
  _spate_executable(${name} examples)
endfunction()

# spate_examples([DEPS <room>...] [LIBS <target>...])
#
# One executable for each *.cpp beside the caller's CMakeLists.txt, named after the file in
# kebab case: StreamingWordCount.cpp -> streaming-word-count.
function(spate_examples)
  file(GLOB sources CONFIGURE_DEPENDS "*.cpp")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    string(REGEX REPLACE "([a-z0-9])([A-Z])" "\\1-\\2" name "${name}")
    string(REGEX REPLACE "([A-Z])([A-Z][a-z])" "\\1-\\2" name "${name}")
    string(TOLOWER "${name}" name)
    spate_example(${name} SOURCES "${source}" ${ARGN})
  endforeach()
endfunction()

# spate_bench(<name> SOURCES <file>... [DEPS <room>...] [LIBS <target>...])
function(spate_bench name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;LIBS")
  list(TRANSFORM arg_DEPS PREPEND "spate::")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} ${arg_LIBS})
  _spate_executable(${name} bench)
endfunction()

# spate_fuzz(<name> [DEPS <room>...] [MUTATOR <file>] [SEEDS <script>])
#
# The libFuzzer program of <name>.cpp, or the test fuzz.<name> of it. MUTATOR has what only libFuzzer
# calls; SEEDS is a Python script that writes more seeds into the folder that it is given.
function(spate_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MUTATOR;SEEDS" "DEPS")
  list(TRANSFORM arg_DEPS PREPEND "spate::")
  add_executable(${name} ${name}.cpp)
  target_link_libraries(${name} PRIVATE ${arg_DEPS})
  _spate_executable(${name} fuzz)
  if(SPATE_BUILD_FUZZERS)
    target_sources(${name} PRIVATE ${arg_MUTATOR})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    return()
  endif()
  target_sources(${name} PRIVATE ReplayMain.cpp)
  set(folders "${CMAKE_CURRENT_SOURCE_DIR}/seeds/${name}")
  set(properties TIMEOUT 300 LABELS fuzz
      ENVIRONMENT "ARROW_DEFAULT_MEMORY_POOL=${SPATE_TEST_MEMORY_POOL}")
  if(arg_SEEDS)
    set(made "${PROJECT_BINARY_DIR}/fuzz-seeds/${name}")
    list(APPEND folders "${made}")
    add_test(NAME fuzz.${name}.seeds
      COMMAND "${ArrowWheel_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/${arg_SEEDS}" "${made}")
    set_tests_properties(fuzz.${name}.seeds PROPERTIES
      TIMEOUT 120 LABELS fuzz FIXTURES_SETUP ${name}.seeds)
    list(APPEND properties FIXTURES_REQUIRED ${name}.seeds)
  endif()
  add_test(NAME fuzz.${name} COMMAND ${name} ${folders})
  set_tests_properties(fuzz.${name} PROPERTIES ${properties})
endfunction()
