# Every dependency of the project; docs/dependencies.md says why each is there.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers only: Boost::headers
find_package(tl-expected REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ArrowWheel 25.0.1 EXACT REQUIRED)
pkg_check_modules(lz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)

if(SPATE_HAS_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck)
endif()
if(SPATE_BUILD_BENCH)
  find_package(benchmark REQUIRED)
  find_package(absl REQUIRED)  # only for the hand-written loop that the benchmarks compare with
endif()
