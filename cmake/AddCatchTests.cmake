# Read by ctest when it starts, once for each Catch2 program: asks the program for its cases and
# makes each one a test with the labels <folder> and fast or slow (the tag [slow] decides).
# Written because Catch2 2.13's own script drops all labels but the first and takes exactly 256
# cases for none. Variables: program, label, timeout.

# Characters that mean something in a Catch2 test specification.
function(escaped name out)
  string(REPLACE "\\" "\\\\" name "${name}")
  string(REPLACE "," "\\," name "${name}")
  string(REPLACE "[" "\\[" name "${name}")
  set(${out} "${name}" PARENT_SCOPE)
endfunction()

if(NOT EXISTS "${program}")
  add_test("${label}: not built" "${program}")
  set_tests_properties("${label}: not built" PROPERTIES LABELS "${label};fast")
  return()
endif()

foreach(speed IN ITEMS fast slow)
  set(spec "[slow]")
  if(speed STREQUAL "fast")
    set(spec "~[slow]")
  endif()
  execute_process(COMMAND "${program}" "${spec}" --list-test-names-only
                  OUTPUT_VARIABLE names ERROR_VARIABLE problem)
  if(problem)
    add_test("${label}: cannot list its cases" "${CMAKE_COMMAND}" -E false)
    set_tests_properties("${label}: cannot list its cases" PROPERTIES LABELS "${label};fast")
  endif()
  # A list separator inside a name must survive the split into lines.
  string(REPLACE ";" "<semicolon>" names "${names}")
  string(REPLACE "[" "<bracket>" names "${names}")
  string(REPLACE "]" "<closing>" names "${names}")
  string(REGEX REPLACE "\n+" ";" names "${names}")
  foreach(name IN LISTS names)
    if(name STREQUAL "")
      continue()
    endif()
    string(REPLACE "<semicolon>" ";" name "${name}")
    string(REPLACE "<bracket>" "[" name "${name}")
    string(REPLACE "<closing>" "]" name "${name}")
    escaped("${name}" specification)
    add_test("${label}: ${name}" "${program}" "${specification}")
    set_tests_properties("${label}: ${name}" PROPERTIES
                         LABELS "${label};${speed}" TIMEOUT ${timeout})
  endforeach()
endforeach()
