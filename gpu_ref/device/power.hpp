#pragma once

#include <string>

namespace einfall::gpu_ref {

/// The driver's management library, where the machine has it: found at run time, so that the
/// program starts without. Only ever asked, never told.
class PowerMeter {
 public:
  PowerMeter();
  PowerMeter(const PowerMeter&) = delete;
  ~PowerMeter();

  /// What it measures, or why it does not.
  [[nodiscard]] const std::string& description() const { return description_; }
  [[nodiscard]] double watts() const;   // 0 where not known
  [[nodiscard]] double sm_mhz() const;  // the highest it may have, as below
  [[nodiscard]] double memory_mhz() const;

 private:
  [[nodiscard]] double clock(int which) const;
  void* library_ = nullptr;
  void* device_ = nullptr;
  std::string description_;
};

}  // namespace einfall::gpu_ref
