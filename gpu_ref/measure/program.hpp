#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "gpu_ref/measure/session.hpp"

/// The measuring program but for its device.
namespace einfall::gpu_ref::measure {

/// The exit codes of `einfall`, and one that asks for another start: the device is lost to this
/// process, or a step hung.
enum class Exit { kFine = 0, kInput = 1, kFailed = 2, kAgain = kAgainCode, kSkipped = 77 };

struct Request {
  enum class Command { kProperties, kCeilings, kValidate, kTime, kAll, kHashes } command{};
  std::string record, points, predictions, build, tree = ".";
  SessionOptions session;
};
struct Parsed {
  Request request;
  std::string wrong;  // what was found and what was expected; empty if nothing is wrong
};
[[nodiscard]] Parsed parse_arguments(const std::vector<std::string>& arguments);
[[nodiscard]] const char* usage();

/// Opens a device, or says why there is none.
using OpenDevice = std::unique_ptr<Device> (*)(std::string& why_not);

/// Runs the command. Without a device: one line that says so on `errors`, and kSkipped.
/// `kernels` are those of the program, which --hashes lists without a device.
[[nodiscard]] Exit run_program(const std::vector<std::string>& arguments, OpenDevice open,
                               const std::vector<Kernel>& kernels, std::ostream& out,
                               std::ostream& errors);

}  // namespace einfall::gpu_ref::measure
