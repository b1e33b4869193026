# One folder = one namespace = one target. These functions keep every folder's CMakeLists short
# and every target's warnings and language level the same.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(einfall_options INTERFACE)
target_include_directories(einfall_options INTERFACE "${PROJECT_SOURCE_DIR}")
# -ffp-contract=off: the witnesses are compared bit for bit, so no compiler may fuse a multiply-add
# that the source does not ask for.
target_compile_options(einfall_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wno-sign-conversion -ffp-contract=off)

# einfall_library(<target> [FOLDER dir] DEPS ...): every .cpp of this folder (and of the listed
# subfolders) as a static library called einfall_<target>, alias einfall::<target>.
function(einfall_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;SUBFOLDERS" ${ARGN})
  set(patterns "*.cpp")
  foreach(sub IN LISTS ARG_SUBFOLDERS)
    list(APPEND patterns "${sub}/*.cpp")
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(sources)
    add_library(einfall_${name} STATIC ${sources})
    target_link_libraries(einfall_${name} PUBLIC einfall_options ${ARG_DEPS})
  else()  # headers only
    add_library(einfall_${name} INTERFACE)
    target_link_libraries(einfall_${name} INTERFACE einfall_options ${ARG_DEPS})
  endif()
  add_library(einfall::${name} ALIAS einfall_${name})
endfunction()

# einfall_tests(<label> DEPS ... [SUBFOLDERS ...]): every *_test.cpp of this folder (and of the
# listed subfolders) as one Catch2 program; each case becomes one CTest test, labelled <label> and
# fast, or slow where it has the tag [slow].
function(einfall_tests label)
  cmake_parse_arguments(ARG "" "" "DEPS;SUBFOLDERS" ${ARGN})
  set(patterns "*_test.cpp")
  foreach(sub IN LISTS ARG_SUBFOLDERS)
    list(APPEND patterns "${sub}/*_test.cpp")
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(NOT sources)
    return()
  endif()
  add_executable(test_${label} ${sources})
  target_link_libraries(test_${label} PRIVATE einfall_test_support ${ARG_DEPS})
  # Full optimisation of a test program costs more time than it saves.
  target_compile_options(test_${label} PRIVATE $<$<CONFIG:Release>:-O1>)
  set(limit 300)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=address")
    set(limit 1200)
  endif()
  set(discovery "${CMAKE_CURRENT_BINARY_DIR}/discover_${label}.cmake")
  file(GENERATE OUTPUT "${discovery}" CONTENT
       "set(program [==[$<TARGET_FILE:test_${label}>]==])
set(label ${label})
set(timeout ${limit})
include([==[${PROJECT_SOURCE_DIR}/cmake/AddCatchTests.cmake]==])
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${discovery}")
endfunction()

# einfall_fuzz(<name> CORPUS <folders> DICTIONARY <file> DEPS ...): <name>_fuzz.cpp of this folder
# as a libFuzzer program, run by the test "fuzz: <name>" (label fuzz) for EINFALL_FUZZ_SECONDS,
# starting from the files of the corpus folders. Finds stay in the build tree.
# A run of the tests tries the same inputs each time, as far as its time goes: whether a change
# lands does not hang on luck. To look for more, choose other seeds.
set(EINFALL_FUZZ_SECONDS 60 CACHE STRING "How long each fuzz test runs")
set(EINFALL_FUZZ_SEED 20261122 CACHE STRING "Where each fuzz test begins")
function(einfall_fuzz name)
  cmake_parse_arguments(ARG "" "DICTIONARY" "CORPUS;DEPS" ${ARGN})
  add_executable(fuzz_${name} ${name}_fuzz.cpp)
  target_link_libraries(fuzz_${name} PRIVATE einfall_options ${ARG_DEPS})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers fuzz_${name})
  set(found "${CMAKE_CURRENT_BINARY_DIR}/${name}_corpus")
  file(MAKE_DIRECTORY "${found}")
  math(EXPR limit "${EINFALL_FUZZ_SECONDS} + 120")
  # A hang is what takes a user a second. An instrumented build is 20 times as slow as the one that
  # users have (gla_chunk.yaml: 3.4 s against 0.17 s), and may share its core.
  add_test(NAME "fuzz: ${name}"
           COMMAND fuzz_${name} -seed=${EINFALL_FUZZ_SEED}
                   -max_total_time=${EINFALL_FUZZ_SECONDS} -timeout=20
                   -rss_limit_mb=1024 -malloc_limit_mb=512 -max_len=8192 -print_final_stats=1
                   "-dict=${ARG_DICTIONARY}"
                   -artifact_prefix=${found}/ "${found}" ${ARG_CORPUS})
  set_tests_properties("fuzz: ${name}" PROPERTIES LABELS fuzz TIMEOUT ${limit})
endfunction()
