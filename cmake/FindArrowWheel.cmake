# Finds Arrow C++ inside the pyarrow wheel of a Python interpreter.
#
# The wheel carries headers and shared libraries, but no *Config.cmake, no *.pc and no unversioned
# library names, so the interpreter is asked where they are and the soname is derived from the
# version (25.0.1 -> libarrow.so.2500).
#
# In    ArrowWheel_PYTHON   the interpreter; default: .venv of the project
# Out   ArrowWheel_VERSION, ArrowWheel_INCLUDE_DIR, ArrowWheel_LIBRARY_DIR
#       ArrowWheel::{arrow,compute,acero,parquet,dataset,flight}   those that the wheel has
set(ArrowWheel_PYTHON "${PROJECT_SOURCE_DIR}/.venv/bin/python"
    CACHE FILEPATH "Python interpreter whose pyarrow provides Arrow C++")

set(_arrow_question [[
import os, pyarrow
print(pyarrow.get_include(), os.path.dirname(pyarrow.__file__), pyarrow.cpp_build_info.version, sep='\n')
]])
execute_process(
  COMMAND "${ArrowWheel_PYTHON}" -c "${_arrow_question}"
  OUTPUT_VARIABLE _arrow_answer ERROR_VARIABLE _arrow_error RESULT_VARIABLE _arrow_result
  OUTPUT_STRIP_TRAILING_WHITESPACE)

if(_arrow_result EQUAL 0)
  string(REPLACE "\n" ";" _arrow_answer "${_arrow_answer}")
  list(GET _arrow_answer 0 ArrowWheel_INCLUDE_DIR)
  list(GET _arrow_answer 1 ArrowWheel_LIBRARY_DIR)
  list(GET _arrow_answer 2 ArrowWheel_VERSION)
  string(REGEX MATCH "^([0-9]+)\\.([0-9]+)" _ "${ArrowWheel_VERSION}")
  math(EXPR _arrow_soversion "${CMAKE_MATCH_1} * 100 + ${CMAKE_MATCH_2}")

  foreach(_arrow_entry
      "arrow=arrow"
      "compute=arrow_compute:arrow"
      "acero=arrow_acero:compute"
      "parquet=parquet:arrow"
      "dataset=arrow_dataset:acero,parquet"
      "flight=arrow_flight:arrow")
    string(REGEX MATCH "^([a-z]+)=([a-z_]+):?(.*)$" _ "${_arrow_entry}")
    set(_arrow_name ArrowWheel::${CMAKE_MATCH_1})
    set(_arrow_soname "lib${CMAKE_MATCH_2}.so.${_arrow_soversion}")
    string(REPLACE "," ";" _arrow_needs "${CMAKE_MATCH_3}")
    list(TRANSFORM _arrow_needs PREPEND "ArrowWheel::")
    if(NOT TARGET ${_arrow_name} AND EXISTS "${ArrowWheel_LIBRARY_DIR}/${_arrow_soname}")
      add_library(${_arrow_name} SHARED IMPORTED GLOBAL)
      set_target_properties(${_arrow_name} PROPERTIES
        IMPORTED_LOCATION "${ArrowWheel_LIBRARY_DIR}/${_arrow_soname}"
        IMPORTED_SONAME "${_arrow_soname}"
        INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${ArrowWheel_INCLUDE_DIR}"
        INTERFACE_INCLUDE_DIRECTORIES "${ArrowWheel_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${_arrow_needs}")
    endif()
  endforeach()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ArrowWheel
  REQUIRED_VARS ArrowWheel_LIBRARY_DIR ArrowWheel_INCLUDE_DIR
  VERSION_VAR ArrowWheel_VERSION
  REASON_FAILURE_MESSAGE
    "pyarrow is not importable by ${ArrowWheel_PYTHON}: run ./dev setup. ${_arrow_error}")
