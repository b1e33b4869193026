#pragma once

#include <memory>

#include "einsum/eval/program.hpp"
#include "einsum/eval/strip_kernels.hpp"
#include "einsum/eval/strip_reader.hpp"

namespace einfall::einsum::eval {

template <class T>
struct StripResult;

/// Reductions of the lanes of a strip, every one in the declared order of its points.
template <class T>
class LaneReduction {
 public:
  virtual ~LaneReduction() = default;

  /// Begins `lanes` reductions anew.
  virtual void start(std::size_t lanes) = 0;
  /// Goes on with reductions that had come this far (`values()` of an earlier run). Precondition:
  /// `resumes()`.
  virtual void resume(const T* values, const std::uint8_t* seen, std::size_t lanes) = 0;
  /// A reduction's state is the value it has so far.
  [[nodiscard]] virtual bool resumes() const = 0;
  /// One point more for every lane: those of `found`, and absent points in the rest of `strip`.
  virtual void across(const StripResult<T>& found, Interval strip) = 0;
  /// The strip's points one after the other, all for lane 0.
  virtual void along(const StripResult<T>& found, Interval strip) = 0;
  /// The results; a lane without a present point is not seen. Valid until the next start.
  [[nodiscard]] virtual const T* values() = 0;
  [[nodiscard]] virtual const std::uint8_t* seen() const = 0;
};

/// Arithmetic other than plain T: what the strip machinery asks of it for one Einsum. Presence,
/// conditions and addresses are not its business.
template <class T>
class StripNumerics {
 public:
  virtual ~StripNumerics() = default;

  /// A strict instruction (negate, unary, operator, binary, select, convert) on n lanes.
  virtual void strict(const Instruction& instruction, Operand<T> a, Operand<T> b, Operand<T> c,
                      T* out, std::size_t n) const = 0;
  /// Rounds constants and index values to what the body computes in.
  virtual void enter(T* values, std::size_t n) const = 0;
  /// True if values of this access have to be rounded so too.
  [[nodiscard]] virtual bool rounds_load(std::uint32_t access) const = 0;
  /// Rounds to the storage type of the left side.
  virtual void store(T* values, std::size_t n) const = 0;
  [[nodiscard]] virtual std::unique_ptr<LaneReduction<T>> reduction(ReduceOp op) const = 0;
};

}  // namespace einfall::einsum::eval
