#include "gpu_ref/measure/device.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace einfall::gpu_ref::measure {
namespace {

Build::Source& entry(Build& build, const std::string& name) {
  const auto found = std::find_if(build.sources.begin(), build.sources.end(),
                                  [&](const Build::Source& s) { return s.name == name; });
  if (found != build.sources.end()) return *found;
  return build.sources.emplace_back(Build::Source{name, "", ""});
}

}  // namespace

Build::Source Build::of(const std::string& name) const {
  for (const Source& source : sources)
    if (source.name == name) return source;
  return {name, "", ""};
}

Build parse_build(const std::string& text) {
  Build build;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    if (space == line.npos) continue;
    const std::string what = line.substr(0, space), rest = line.substr(space + 1);
    if (what == "compiler") build.compiler = rest;
    if (what == "flags") build.flags = rest;
    const std::size_t end = rest.find(' ');
    if (end == rest.npos) continue;
    if (what == "source") entry(build, rest.substr(0, end)).source_sha256 = rest.substr(end + 1);
    if (what == "ptx") entry(build, rest.substr(0, end)).ptx_sha256 = rest.substr(end + 1);
  }
  return build;
}

std::string launch_source(const Kernel& kernel) {
  const std::filesystem::path path =
      (std::filesystem::path("kernels") / kernel.source).lexically_normal();
  const bool of_device = path.begin()->string() == "device";
  return std::filesystem::path(path).replace_extension(of_device ? ".cu" : ".cpp").string();
}

}  // namespace einfall::gpu_ref::measure
