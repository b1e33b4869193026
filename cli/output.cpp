#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <tuple>

namespace einfall::cli {
namespace {

constexpr const char* kDocumentThere = "a document of Einfall stands there";

// A document's version key stands at its top, behind comments.
constexpr int kHeadLines = 100;

// Standard output was closed when the program began; /dev/null stands in its place.
bool standard_output_closed = false;

std::optional<std::string> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::strerror(errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

// Pipes and devices (/dev/stdout) are written in place: renaming would replace them.
std::optional<std::string> write_device(const std::string& path, std::string_view text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return std::strerror(errno);
  std::optional<std::string> problem = write_all(descriptor, text);
  if (::close(descriptor) != 0 && !problem) problem = std::strerror(errno);
  return problem;
}

// What users wrote is not written over by what is made of it.
bool holds_document(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return false;
  std::ifstream file(path);
  std::string line;
  for (int read = 0; read < kHeadLines && std::getline(file, line); ++read)
    if (line.rfind("einfall:", 0) == 0) return true;
  return false;
}

nlohmann::ordered_json place(const base::SourceSpan& span) {
  nlohmann::ordered_json json;
  json["file"] = span.file ? nlohmann::ordered_json(span.file->name) : nlohmann::ordered_json();
  json["line"] = span.line;
  json["column"] = span.column;
  return json;
}

}  // namespace

void prepare_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1) continue;
    if (descriptor == 1) standard_output_closed = true;
    // The lowest free descriptor is this one. Nothing sensible is left to do if it fails.
    if (::open("/dev/null", O_RDWR) != descriptor) std::_Exit(static_cast<int>(Exit::kInput));
  }
  std::signal(SIGPIPE, SIG_IGN);
}

std::string for_terminal(std::string text) {
  const auto control = [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && c != '\n' && c != '\t') || u == 0x7f;
  };
  std::replace_if(text.begin(), text.end(), control, '?');
  return text;
}

std::optional<std::string> write_standard_output(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (standard_output_closed) return "it is closed";
  return write_all(1, text);
}

base::Diagnostic unwritable(const std::string& path, const std::string& problem) {
  auto target = std::make_shared<base::SourceFile>();
  target->name = path;
  return base::error("E006", {std::move(target), 0, 0, 1}, "cannot be written: " + problem);
}

std::optional<base::Diagnostic> cannot_write(const std::string& path) {
  std::error_code unresolved;
  const auto resolved = std::filesystem::canonical(path, unresolved);
  const std::string target = unresolved ? path : resolved.string();
  if (holds_document(target)) return unwritable(path, kDocumentThere);
  if (!unresolved && std::filesystem::is_directory(resolved, unresolved))
    return unwritable(path, std::strerror(EISDIR));
  if (!unresolved && !std::filesystem::is_regular_file(resolved, unresolved)) return std::nullopt;
  std::string temporary = target + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) return unwritable(path, std::strerror(errno));
  ::close(descriptor);
  ::unlink(temporary.c_str());
  return std::nullopt;
}

std::optional<std::string> write_file(const OutputFile& file) {
  std::error_code unresolved;
  const auto resolved = std::filesystem::canonical(file.path, unresolved);
  const std::string target = unresolved ? file.path : resolved.string();
  if (!file.document && holds_document(target)) return kDocumentThere;
  if (!unresolved && !std::filesystem::is_regular_file(resolved, unresolved))
    return write_device(target, file.content);
  std::string temporary = target + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) return std::strerror(errno);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  std::optional<std::string> problem;
  if (::fchmod(descriptor, 0666 & ~mask) != 0) problem = std::strerror(errno);
  if (!problem) problem = write_all(descriptor, file.content);
  if (::close(descriptor) != 0 && !problem) problem = std::strerror(errno);
  if (!problem && std::rename(temporary.c_str(), target.c_str()) != 0)
    problem = std::strerror(errno);
  if (problem) ::unlink(temporary.c_str());
  return problem;
}

nlohmann::ordered_json to_json(const base::Diagnostics& diagnostics) {
  std::vector<const base::Diagnostic*> sorted;
  for (const base::Diagnostic& d : diagnostics) sorted.push_back(&d);
  const auto key = [](const base::Diagnostic* d) {
    return std::tuple(d->span.file ? d->span.file->name : std::string(), d->span.line,
                      d->span.column);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto* a, const auto* b) { return key(a) < key(b); });
  auto list = nlohmann::ordered_json::array();
  for (const base::Diagnostic* d : sorted) {
    nlohmann::ordered_json entry;
    entry["severity"] = base::name(d->severity);
    entry["code"] = d->code;
    entry.update(place(d->span));
    entry["message"] = d->message;
    entry["help"] = d->help;
    entry["notes"] = nlohmann::ordered_json::array();
    for (const base::DiagnosticNote& note : d->notes) {
      nlohmann::ordered_json remark = place(note.span);
      remark["message"] = note.message;
      entry["notes"].push_back(std::move(remark));
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::string json_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace einfall::cli
