#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "explore/reproduction.hpp"

/// The study of FuseMax and its scenario, for tests that reproduce or cost them.
namespace einfall::tests {

inline const std::string kStudy = EINFALL_SOURCE_DIR "/workloads/reference/fusemax.yaml";
inline const std::string kScenario = EINFALL_SOURCE_DIR "/workloads/scenarios/fusemax.yaml";

/// The value; a failed test if there is none.
template <class T>
T must(base::Result<T> result) {
  if (!result) FAIL(base::render(result.error()));
  return std::move(*result);
}

}  // namespace einfall::tests
