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
  add_library(einfall_${name} STATIC ${sources})
  add_library(einfall::${name} ALIAS einfall_${name})
  target_link_libraries(einfall_${name} PUBLIC einfall_options ${ARG_DEPS})
endfunction()

# einfall_tests(<label> DEPS ... [SUBFOLDERS ...]): every *_test.cpp of this folder as one Catch2
# program; each case becomes one CTest test with this label.
function(einfall_tests label)
  cmake_parse_arguments(ARG "" "" "DEPS;SUBFOLDERS;LABELS" ${ARGN})
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
  catch_discover_tests(test_${label} TEST_PREFIX "${label}: "
                       PROPERTIES LABELS "${label};${ARG_LABELS}" TIMEOUT 300
                       DISCOVERY_MODE PRE_TEST)
endfunction()
