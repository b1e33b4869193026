#pragma once

#include "sim/stream/row_reader.hpp"
#include "sim/stream/row_writer.hpp"
#include "sim/systemc/clocked.hpp"

namespace einfall::sim {

/// Reads rows of a buffer ahead of their use. Latency: a row that arrives in cycle t is valid from
/// t + 1 on.
class ReaderSc : public Clocked {
 public:
  CountIn counted{"counted"};  // what Fetch::after is compared with
  Out<RowRequest> requests{"requests"};
  RowsIn rows{"rows"};
  Out<float> words{"words"};
  CountOut released{"released"};

  ReaderSc(const sc_core::sc_module_name& name, const RowReaderSpec& spec,
           const std::vector<Fetch>& order);
  [[nodiscard]] const RowReader& core() const { return core_; }

 private:
  void settle() override;
  void step() override;

  RowReader core_;
};

/// Puts words together to rows of a buffer. Latency: a row whose last word comes in cycle t is
/// valid from t + 1 on, and counts as written in the cycle after it went.
class WriterSc : public Clocked {
 public:
  WordsIn words{"words"};
  Out<RowRequest> requests{"requests"};
  CountOut written{"written"};

  WriterSc(const sc_core::sc_module_name& name, const RowWriterSpec& spec,
           const std::vector<std::int64_t>& order)
      : Clocked(name), core_(spec, order) {}
  [[nodiscard]] const RowWriter& core() const { return core_; }

 private:
  void settle() override;
  void step() override { core_.tick(requests.moves() > 0, words.read().items); }

  RowWriter core_;
};

/// Offers the items of a list in their order, one a cycle: each from the cycle on in which
/// `counted` has come to what it waits for, and after the one before went.
template <class T>
class ListSc : public Clocked {
 public:
  Out<T> items{"items"};
  CountIn counted{"counted"};
  struct Item {
    T item;
    std::int64_t after = 0;
  };

  ListSc(const sc_core::sc_module_name& name, std::vector<Item> list)
      : Clocked(name), list_(std::move(list)) {
    sensitive << counted;
  }

 private:
  void settle() override {
    const bool there = next_ < list_.size() && list_[next_].after <= counted.read();
    items.offer(there ? std::vector<T>{list_[next_].item} : std::vector<T>{});
  }
  void step() override { next_ += static_cast<std::size_t>(items.moves()); }

  std::vector<Item> list_;
  std::size_t next_ = 0;
};

}  // namespace einfall::sim
