#pragma once

#include <string>
#include <string_view>

namespace einfall::gpu_ref::executor {

/// A line of a kernel or of a tile function that called an intrinsic.
struct Site {
  const char* file = "";
  int line = 0;
  bool operator==(const Site&) const = default;
};
/// "gpu_ref/tile/copy.cuh:31": the path from the repository root.
[[nodiscard]] std::string text_of(Site site);

/// What the executor finds wrong in a kernel. The first finding ends the launch.
enum class FindingKind {
  kRace,               // two threads, no barrier between, at least one writes
  kBarrierDivergence,  // threads of a block wait at different barriers
  kWarpDivergence,     // lanes of a warp wait at different collectives
  kDeadlock,           // nobody can go on
  kUninitialised,      // read of shared memory that nobody has written
  kInFlight,           // access to shared memory that an asynchronous copy is still to write
  kOutOfBounds,
  kMisaligned,
  kReadOnly,          // write to a buffer that the launch declared as input
  kUnfinishedCopies,  // a thread ends and has not waited for its copies
  kLaunch             // the launch asks for what no block can have
};
[[nodiscard]] std::string_view name(FindingKind kind);  // "race"

struct Finding {
  FindingKind kind{};
  std::string message;  // who, where, and against whom
};

}  // namespace einfall::gpu_ref::executor
