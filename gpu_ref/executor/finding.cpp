#include "gpu_ref/executor/finding.hpp"

#include <fmt/format.h>

namespace einfall::gpu_ref::executor {

std::string text_of(Site site) {
  std::string_view path = site.file;
  for (const std::string_view root : {"gpu_ref/", "tests/"}) {
    const auto at = path.rfind(root);
    if (at != std::string_view::npos && (at == 0 || path[at - 1] == '/')) {
      path.remove_prefix(at);
      break;
    }
  }
  return fmt::format("{}:{}", path, site.line);
}

std::string_view name(FindingKind kind) {
  switch (kind) {
    case FindingKind::kRace:
      return "race";
    case FindingKind::kBarrierDivergence:
      return "barrier divergence";
    case FindingKind::kWarpDivergence:
      return "warp divergence";
    case FindingKind::kDeadlock:
      return "deadlock";
    case FindingKind::kUninitialised:
      return "uninitialised";
    case FindingKind::kInFlight:
      return "in flight";
    case FindingKind::kOutOfBounds:
      return "out of bounds";
    case FindingKind::kMisaligned:
      return "misaligned";
    case FindingKind::kReadOnly:
      return "read only";
    case FindingKind::kUnfinishedCopies:
      return "unfinished copies";
    case FindingKind::kLaunch:
      return "launch";
  }
  return "";
}

}  // namespace einfall::gpu_ref::executor
