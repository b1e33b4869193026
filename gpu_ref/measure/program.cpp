#include "gpu_ref/measure/program.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <set>

#include "gpu_ref/records/source_hash.hpp"

namespace einfall::gpu_ref::measure {
namespace {

constexpr std::pair<const char*, Request::Command> kCommands[] = {
    {"properties", Request::Command::kProperties},
    {"ceilings", Request::Command::kCeilings},
    {"validate", Request::Command::kValidate},
    {"time", Request::Command::kTime},
    {"all", Request::Command::kAll},
    {"hashes", Request::Command::kHashes}};

bool number(const std::string& text, double& value) {
  const char* const end = text.data() + text.size();
  const auto [next, status] = std::from_chars(text.data(), end, value);
  return status == std::errc() && next == end && std::isfinite(value) && value >= 0;
}
bool number(const std::string& text, std::uint64_t& value) {
  const char* const end = text.data() + text.size();
  const auto [next, status] = std::from_chars(text.data(), end, value);
  return status == std::errc() && next == end;
}

/// What is wrong with an option and its value; nothing if it was taken.
std::string take(const std::string& option, const std::string& value, Request& request) {
  SessionOptions& session = request.session;
  const auto wants = [&](const char* what) { return option + " wants " + what; };
  if (option == "--record") {
    request.record = value;
  } else if (option == "--points") {
    request.points = value;
  } else if (option == "--predictions") {
    request.predictions = value;
  } else if (option == "--build") {
    request.build = value;
  } else if (option == "--tree") {
    request.tree = value;
  } else if (option == "--kernel") {
    session.only_kernels.push_back(value);
  } else if (option == "--set") {
    session.only_sets.push_back(value);
  } else if (option == "--extent") {
    session.extent = value == "small" ? check::Extent::kSmall : check::Extent::kFull;
    if (value != "small" && value != "full") return wants("small or full");
  } else if (option == "--seed") {
    if (!number(value, session.seed)) return wants("an integer from 0 on");
  } else if (option == "--limit-s") {
    if (!number(value, session.limit_s)) return wants("seconds");
  } else if (option == "--repeats") {
    std::uint64_t repeats = 0;
    if (!number(value, repeats) || repeats < 1 || repeats > 1000) return wants("1 to 1000");
    session.point.least_repeats = session.point.most_repeats = static_cast<int>(repeats);
  } else if (option == "--hang-s") {
    if (!number(value, session.hang_s) || session.hang_s == 0) return wants("seconds above 0");
  } else {
    return "'" + option + "' is no option";
  }
  return "";
}

std::optional<std::string> content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void print_properties(const records::Run& run, std::ostream& out) {
  out << run.device << ", capability " << run.capability << ", " << run.sm_count << " SMs at up to "
      << run.sm_max_mhz << " MHz, " << run.memory_bytes / 1e9 << " GB, L2 " << run.l2_bytes / 1e6
      << " MB, " << run.shared_bytes_per_block / 1024 << " KiB of shared memory a block; driver "
      << run.driver << ", runtime " << run.runtime << "\n"
      << run.power << "\n";
}

/// "source NAME SHA256" of every kernel's sources as they stand in the tree.
Exit print_hashes(const std::vector<Kernel>& kernels, const std::string& tree, std::ostream& out,
                  std::ostream& errors) {
  std::set<std::string> sources;
  for (const Kernel& kernel : kernels) sources.insert(launch_source(kernel));
  for (const std::string& source : sources) {
    const auto hash = records::source_hash(tree, source);
    if (!hash) {
      errors << tree << "/gpu_ref/" << source << " or one of its includes cannot be read\n";
      return Exit::kInput;
    }
    out << "source " << source << " " << *hash << "\n";
  }
  return Exit::kFine;
}

bool timed(const Request& request) {
  return request.command == Request::Command::kTime || request.command == Request::Command::kAll;
}

/// The points, or nothing after saying why.
std::optional<std::vector<records::Point>> points_of(const Request& request, std::ostream& errors) {
  if (!timed(request)) return std::vector<records::Point>{};
  const auto text = content(request.points);
  if (!text) {
    errors << "--points " << request.points << " cannot be read\n";
    return std::nullopt;
  }
  records::Points points = records::parse_points(*text, request.points);
  for (const records::Complaint& complaint : points.complaints)
    errors << text_of(complaint) << "\n";
  if (!points.complaints.empty()) return std::nullopt;
  return std::move(points.points);
}

Exit run_session(const Request& request, Device& device, Build build,
                 const std::vector<records::Point>& points, std::ostream& out,
                 std::ostream& errors) {
  records::Records earlier;
  if (content(request.record)) earlier = records::read_records(request.record);
  for (const records::Complaint& complaint : earlier.complaints)
    errors << text_of(complaint) << "\n";
  records::Appender record(request.record);
  if (!record.problem().empty()) {
    errors << record.problem() << "\n";
    return Exit::kInput;
  }
  using Command = Request::Command;
  SessionOptions options = request.session;
  if (!request.predictions.empty()) {
    const records::Records expected = records::read_records(request.predictions);
    for (const records::Complaint& complaint : expected.complaints)
      errors << text_of(complaint) << "\n";
    if (!expected.complaints.empty()) return Exit::kInput;
    for (const records::Prediction& p : expected.predictions)
      options.predicted_ms[key(p.point)] = p.predicted_ms;
  }
  Session session(device, std::move(build), record, earlier, std::move(options), out);
  std::vector<Tally> tallies;
  const auto add = [&](const char* what, const Tally& tally) {
    out << what << ": " << tally.done << " done, " << tally.failed << " failed, " << tally.known
        << " known from earlier runs, " << tally.left << " left\n";
    tallies.push_back(tally);
    return !tally.device_lost;
  };
  bool usable = true;
  // Points have the ceilings of their own run beside them.
  if (request.command != Command::kValidate) usable = add("ceilings", session.ceilings());
  if (usable && (request.command == Command::kValidate || request.command == Command::kAll))
    usable = add("checks", session.validate());
  if (usable && timed(request)) usable = add("points", session.time(points));
  if (!usable) errors << "the device is lost to this process; another one goes on from here\n";
  if (!record.problem().empty()) {
    errors << record.problem() << "\n";
    return Exit::kInput;
  }
  if (!usable) return Exit::kAgain;
  const bool failed =
      std::any_of(tallies.begin(), tallies.end(), [](const Tally& t) { return t.failed > 0; });
  return failed ? Exit::kFailed : Exit::kFine;
}

}  // namespace

const char* usage() {
  return "einfall-gpu-measure COMMAND [OPTION VALUE]...\n"
         "  properties   what the device is\n"
         "  ceilings     the machine's constants, by microbenchmarks\n"
         "  validate     every kernel against fp64 and the laws of attention\n"
         "  time         ceilings, then the points\n"
         "  all          ceilings, validate, time\n"
         "  hashes       the kernels' sources in the tree; needs no device\n"
         "  --record FILE    where lines are added (all but properties and hashes)\n"
         "  --points FILE    what to time, in CSV\n"
         "  --predictions FILE    what is expected of them, kept beside what is measured\n"
         "  --kernel ID, --set NAME    only these; may be given more than once\n"
         "  --extent small|full        of the checks; full\n"
         "  --seed N         of stimulus and order; 1\n"
         "  --limit-s S      no step begins after so long; the next start goes on\n"
         "  --hang-s S       a step that takes longer is given up; 20\n"
         "  --repeats N      of each point; else 5 to 30, as long as they take 0.3 s\n"
         "  --build FILE     what the program was built from; beside the program\n"
         "  --tree DIR       where the sources are; .\n"
         "exit codes: 0 fine, 1 wrong input, 2 a check failed, 75 start again,\n"
         "77 no device: nothing was done\n";
}

Parsed parse_arguments(const std::vector<std::string>& arguments) {
  Parsed parsed;
  Request& request = parsed.request;
  const std::string name = arguments.empty() ? "" : arguments[0];
  const auto* const command = std::find_if(std::begin(kCommands), std::end(kCommands),
                                           [&](const auto& entry) { return name == entry.first; });
  if (command == std::end(kCommands)) {
    parsed.wrong = name.empty() ? "no command" : "'" + name + "' is no command";
    return parsed;
  }
  request.command = command->second;
  for (std::size_t i = 1; i < arguments.size() && parsed.wrong.empty(); i += 2) {
    if (i + 1 == arguments.size())
      parsed.wrong = arguments[i] + " has no value";
    else
      parsed.wrong = take(arguments[i], arguments[i + 1], request);
  }
  if (!parsed.wrong.empty()) return parsed;
  const bool records = request.command != Request::Command::kProperties &&
                       request.command != Request::Command::kHashes;
  if (records && request.record.empty()) parsed.wrong = name + " wants --record FILE";
  if (timed(request) && request.points.empty()) parsed.wrong = name + " wants --points FILE";
  return parsed;
}

Exit run_program(const std::vector<std::string>& arguments, OpenDevice open,
                 const std::vector<Kernel>& kernels, std::ostream& out, std::ostream& errors) {
  const Parsed parsed = parse_arguments(arguments);
  if (!parsed.wrong.empty()) {
    errors << parsed.wrong << "\n" << usage();
    return Exit::kInput;
  }
  const Request& request = parsed.request;
  if (request.command == Request::Command::kHashes)
    return print_hashes(kernels, request.tree, out, errors);
  const auto points = points_of(request, errors);
  if (!points) return Exit::kInput;
  std::string why_not;
  const std::unique_ptr<Device> device = open(why_not);
  if (device == nullptr) {
    errors << "skipped, nothing was measured: " << why_not << "\n";
    return Exit::kSkipped;
  }
  print_properties(device->facts(), out);
  if (request.command == Request::Command::kProperties) return Exit::kFine;
  const auto build = content(request.build);
  if (!build) {
    errors << "what the program was built from, '" << request.build << "', cannot be read\n";
    return Exit::kInput;
  }
  return run_session(request, *device, parse_build(*build), *points, out, errors);
}

}  // namespace einfall::gpu_ref::measure
