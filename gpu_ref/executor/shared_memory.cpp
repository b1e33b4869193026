#include "gpu_ref/executor/shared_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/ensure.hpp"

namespace einfall::gpu_ref::executor {
namespace {

std::string who_text(Moment who, Site site) {
  return fmt::format("thread {} at {}", who.thread, text_of(site));
}

}  // namespace

void SharedMemory::reset(std::size_t bytes) {
  bytes_.assign(bytes, std::byte{0xff});
  ++block_;
  const std::size_t granules = (bytes + kGranule - 1) / kGranule;
  if (shadow_.size() < granules) shadow_.resize(granules);
}

SharedMemory::Granule& SharedMemory::granule_at(std::size_t index) {
  Granule& granule = shadow_[index];
  if (granule.block != block_) {
    granule = Granule{};
    granule.block = block_;
  }
  return granule;
}

std::uint16_t SharedMemory::number_of(Site site) {
  if (last_site_ < sites_.size() && sites_[last_site_] == site)
    return static_cast<std::uint16_t>(last_site_);
  const auto known = std::find(sites_.begin(), sites_.end(), site);
  last_site_ = static_cast<std::size_t>(known - sites_.begin());
  if (known == sites_.end()) sites_.push_back(site);
  EINFALL_ENSURE(last_site_ < 65536, "lines of a kernel that access shared memory");
  return static_cast<std::uint16_t>(last_site_);
}

std::string SharedMemory::text_of_access(const Access& access) const {
  return who_text(access.who, sites_[access.site]);
}

std::optional<Finding> SharedMemory::outside(std::size_t offset, std::size_t size, Moment who,
                                             Site site) const {
  if (offset % size != 0)
    return Finding{FindingKind::kMisaligned,
                   fmt::format("{} accesses {} bytes at offset {} of shared memory",
                               who_text(who, site), size, offset)};
  if (offset > bytes_.size() || size > bytes_.size() - offset)
    return Finding{FindingKind::kOutOfBounds,
                   fmt::format("{} accesses {} bytes at offset {} of {} bytes of shared memory",
                               who_text(who, site), size, offset, bytes_.size())};
  return std::nullopt;
}

std::optional<Finding> SharedMemory::read(std::size_t offset, std::size_t size, void* out,
                                          Moment who, Site site) {
  if (auto finding = outside(offset, size, who, site)) return finding;
  const Access access{who, number_of(site), true};
  for (std::size_t g = offset / kGranule; g < (offset + size) / kGranule; ++g) {
    Granule& granule = granule_at(g);
    if (granule.in_flight) return still_in_flight(who_text(who, site) + " reads", g, granule);
    if (!granule.writer.any)
      return Finding{FindingKind::kUninitialised,
                     fmt::format("{} reads offset {} of shared memory, which nobody has written",
                                 who_text(who, site), g * kGranule)};
    if (!granule.writer.who.ordered_before(who))
      return Finding{
          FindingKind::kRace,
          fmt::format("{} reads offset {} of shared memory, written by {}; no barrier "
                      "lies between",
                      who_text(who, site), g * kGranule, text_of_access(granule.writer))};
    note_reader(granule, access);
  }
  std::memcpy(out, &bytes_[offset], size);
  return std::nullopt;
}

// A reader may take the place of another that any later write would be unordered with only if it
// were unordered with the new one too.
void SharedMemory::note_reader(Granule& granule, const Access& access) {
  Access* const readers = granule.readers;
  for (int i = 0; i < 2; ++i) {
    const bool replaced = !readers[i].any || readers[i].who.ordered_before(access.who);
    if (replaced) {
      readers[i] = access;
      return;
    }
  }
  // Three unordered readers. Keep two of different warps if there are such: every writer is
  // unordered with one of them.
  if (readers[0].who.warp() == readers[1].who.warp()) readers[1] = access;
}

Finding SharedMemory::still_in_flight(const std::string& access, std::size_t index,
                                      const Granule& granule) const {
  return {FindingKind::kInFlight,
          fmt::format("{} offset {} of shared memory, which the copy begun by {} may still write: "
                      "nobody has waited for it",
                      access, index * kGranule, text_of_access(granule.writer))};
}

std::optional<Finding> SharedMemory::check_write(std::size_t offset, std::size_t size, Moment who,
                                                 Site site, bool in_flight) {
  if (auto finding = outside(offset, size, who, site)) return finding;
  const std::uint16_t number = number_of(site);
  const auto race = [&](std::size_t granule, std::string_view did, const Access& other) {
    return Finding{
        FindingKind::kRace,
        fmt::format("{} writes offset {} of shared memory, {} by {}; no barrier lies between",
                    who_text(who, site), granule * kGranule, did, text_of_access(other))};
  };
  for (std::size_t g = offset / kGranule; g < (offset + size) / kGranule; ++g) {
    Granule& granule = granule_at(g);
    if (granule.in_flight) return still_in_flight(who_text(who, site) + " writes", g, granule);
    if (granule.writer.any && !granule.writer.who.ordered_before(who))
      return race(g, "written", granule.writer);
    for (Access& reader : granule.readers) {
      if (reader.any && !reader.who.ordered_before(who)) return race(g, "read", reader);
      reader.any = false;  // ordered before this write, so before all that follows it in order
    }
    granule.writer = Access{who, number, true};
    granule.in_flight = in_flight;
  }
  return std::nullopt;
}

std::optional<Finding> SharedMemory::write(std::size_t offset, std::size_t size, const void* value,
                                           Moment who, Site site) {
  if (auto finding = check_write(offset, size, who, site, false)) return finding;
  std::memcpy(&bytes_[offset], value, size);
  return std::nullopt;
}

std::optional<Finding> SharedMemory::begin_copy(std::size_t offset, std::size_t size, Moment who,
                                                Site site) {
  if (auto finding = check_write(offset, size, who, site, true)) return finding;
  std::memset(&bytes_[offset], 0xff, size);
  return std::nullopt;
}

void SharedMemory::end_copy(std::size_t offset, std::size_t size, const void* value, Moment who,
                            Site site) {
  std::memcpy(&bytes_[offset], value, size);
  for (std::size_t g = offset / kGranule; g < (offset + size) / kGranule; ++g) {
    shadow_[g].in_flight = false;
    shadow_[g].writer = Access{who, number_of(site), true};
  }
}

}  // namespace einfall::gpu_ref::executor
