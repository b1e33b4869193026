#include "gpu_ref/executor/global_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace einfall::gpu_ref::executor {
namespace {

std::uintptr_t number(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

}  // namespace

void GlobalMemory::add(std::string name, const void* base, std::size_t bytes, bool writable) {
  buffers_.push_back({std::move(name), static_cast<const std::byte*>(base), bytes, writable});
}

void GlobalMemory::forget(const void* base) {
  std::erase_if(buffers_, [&](const Buffer& buffer) { return buffer.base == base; });
  last_ = 0;
}

void GlobalMemory::set_writable(const void* base, bool writable) {
  for (Buffer& buffer : buffers_)
    if (buffer.base == base) buffer.writable = writable;
}

bool GlobalMemory::allows(const void* address, std::size_t size, bool write) const {
  if (number(address) % size != 0) return false;
  const auto inside = [&](const Buffer& buffer) {
    return number(address) >= number(buffer.base) &&
           number(address) + size <= number(buffer.base) + buffer.bytes &&
           (buffer.writable || !write);
  };
  if (last_ < buffers_.size() && inside(buffers_[last_])) return true;
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (!inside(buffers_[i])) continue;
    last_ = i;
    return true;
  }
  return false;
}

std::optional<Finding> GlobalMemory::check(const void* address, std::size_t size, bool write,
                                           const std::string& who, Site site) const {
  if (allows(address, size, write)) return std::nullopt;
  const std::string access =
      fmt::format("{} at {} {} {} bytes", who, text_of(site), write ? "writes" : "reads", size);
  // The buffer that the address is in or next to, within one of its own lengths.
  const Buffer* nearest = nullptr;
  std::int64_t distance = INT64_MAX;
  for (const Buffer& buffer : buffers_) {
    const auto offset = static_cast<std::int64_t>(number(address) - number(buffer.base));
    const auto bytes = static_cast<std::int64_t>(buffer.bytes);
    const std::int64_t away = offset < 0 ? -offset : std::max<std::int64_t>(0, offset - bytes + 1);
    if (away < distance) {
      nearest = &buffer;
      distance = away;
    }
  }
  if (nearest == nullptr)
    return Finding{FindingKind::kOutOfBounds, access + " of global memory, where no buffer is"};
  const auto offset = static_cast<std::int64_t>(number(address) - number(nearest->base));
  const std::string place = fmt::format("{} at byte {} of buffer {} ({} bytes)", access, offset,
                                        nearest->name, nearest->bytes);
  if (number(address) % size != 0) return Finding{FindingKind::kMisaligned, place};
  const bool inside = offset >= 0 && static_cast<std::size_t>(offset) + size <= nearest->bytes;
  if (inside) return Finding{FindingKind::kReadOnly, place + ", which is an input of the launch"};
  return Finding{FindingKind::kOutOfBounds, place};
}

}  // namespace einfall::gpu_ref::executor
