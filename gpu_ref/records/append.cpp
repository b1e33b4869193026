#include "gpu_ref/records/append.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace einfall::gpu_ref::records {

Appender::Appender(const std::string& file) : file_(file) {
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    fail("opened");
    return;
  }
  const off_t size = lseek(descriptor_, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && pread(descriptor_, &last, 1, size - 1) != 1) fail("read");
  was_cut_ = last != '\n';
  if (was_cut_) add("\n");
}

Appender::~Appender() {
  if (descriptor_ >= 0) close(descriptor_);
}

void Appender::add(const std::string& line) {
  if (!problem_.empty()) return;
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t written = write(descriptor_, line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail("written");
    done += static_cast<std::size_t>(written);
  }
  // Pipes and devices cannot be synchronised, and need not.
  if (fdatasync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail("written");
}

void Appender::fail(const char* what) {
  problem_ = file_ + " cannot be " + what + ": " + std::strerror(errno);
}

}  // namespace einfall::gpu_ref::records
