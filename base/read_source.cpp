#include "base/read_source.hpp"

#include <fcntl.h>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace einfall::base {
namespace {

Diagnostic unreadable(const std::string& path, const std::string& reason) {
  auto file = std::make_shared<SourceFile>();
  file->name = path.empty() ? "''" : path;
  return error("E001", {std::move(file), 0, 0, 1}, "cannot be read: " + reason);
}
Diagnostic unreadable(const std::string& path, int code) {
  return unreadable(path, std::generic_category().message(code));
}

// A named pipe that nobody writes to must not make the opening wait for ever: it reads as empty.
std::FILE* open_to_read(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  ::fcntl(descriptor, F_SETFL, O_RDONLY);
  return ::fdopen(descriptor, "rb");
}

}  // namespace

Result<std::shared_ptr<const SourceFile>> read_source(const std::string& path,
                                                      std::size_t most_bytes) {
  if (path.empty())
    return failure(unreadable(path, "the name is empty where that of a file was expected"));
  errno = 0;
  std::FILE* stream = open_to_read(path);
  if (stream == nullptr) return failure(unreadable(path, errno));
  auto file = std::make_shared<SourceFile>();
  file->name = path;
  file->text.resize(most_bytes + 1);
  file->text.resize(std::fread(file->text.data(), 1, file->text.size(), stream));
  const int code = std::ferror(stream) != 0 ? errno : 0;
  std::fclose(stream);
  if (code != 0) return failure(unreadable(path, code));
  return file;
}

}  // namespace einfall::base
