#include "tests/support/loop_cascade.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <set>
#include <utility>

namespace einfall::tests {
namespace {

using Kind = LoopCascade::Kind;
using From = LoopCascade::From;
using Operand = LoopCascade::Operand;
using Value = LoopCascade::Value;

bool has_steps(Kind kind) {
  return kind != Kind::kInput && kind != Kind::kBefore && kind != Kind::kFinal;
}

class Draw {
 public:
  explicit Draw(std::mt19937& rng) : rng_(rng) {}

  LoopCascade run() {
    add("B", Kind::kInput, 0);
    add("C", Kind::kInput, 0);
    add("D", Kind::kSlicedInput, 0);
    for (Value& input : drawn_.values) input.vector = true;
    write_some("P", Kind::kBefore, in(0, 2), 0);
    const int states = in(0, 3);
    write_loop(0, states, in(1, 4));
    const int later_states = in(0, 1);
    if (in(0, 1) == 0) write_loop(1, later_states, in(0, 2));
    write_some("Z", Kind::kFinal, in(1, 2), 0);
    return std::move(drawn_);
  }

 private:
  int in(int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng_); }

  void add(const std::string& name, Kind kind, int loop) {
    drawn_.values.push_back({name, kind, in(0, 1) == 0, loop, {}});
  }

  void write_some(const std::string& name, Kind kind, int count, int loop) {
    for (int i = 0; i < count; ++i) {
      add(name + std::to_string(i), kind, loop);
      fill(drawn_.values.size() - 1);
    }
  }

  void write_loop(int loop, int states, int steps) {
    const std::size_t first = drawn_.values.size();
    for (int i = 0; i < states; ++i)
      add((loop == 0 ? "S" : "U") + std::to_string(i), Kind::kState, loop);
    write_some(loop == 0 ? "A" : "E", Kind::kStep, steps, loop);
    for (int i = 0; i < states; ++i) fill(first + static_cast<std::size_t>(i));
  }

  // Values that the statement may read: all that there are so far, and a state itself.
  std::vector<std::size_t> readable(std::size_t reader, bool vector) const {
    std::vector<std::size_t> found;
    const Kind by = drawn_.values[reader].kind;
    for (std::size_t v = 0; v < drawn_.values.size(); ++v) {
      const Value& value = drawn_.values[v];
      if (value.vector != vector || value.kind == Kind::kFinal) continue;
      if (v == reader && by != Kind::kState) continue;
      if (by == Kind::kBefore && has_steps(value.kind)) continue;
      found.push_back(v);
    }
    return found;
  }

  Operand operand(std::size_t reader, std::size_t value, bool first) {
    const Value& by = drawn_.values[reader];
    const Value& read = drawn_.values[value];
    if (!has_steps(read.kind)) return {value};
    const bool final = by.kind == Kind::kFinal, input = read.kind == Kind::kSlicedInput;
    if (final && in(0, 3) == 0) return {value, From::kAll};
    if (final || (input && in(0, 3) == 0) || (by.loop > read.loop && in(0, 1) == 0)) {
      if (read.kind != Kind::kStep && in(0, 4) == 0) return {value, From::kStart};
      return {value, From::kEnd, read.kind == Kind::kState ? -in(0, 1) : -1};
    }
    // One vector is there in every step, so that the statement keeps its sweep.
    return {value, From::kStep, !first && in(0, 4) == 0 ? -in(1, 2) : 0};
  }

  void read_some(std::size_t reader, bool vector, int count) {
    const std::vector<std::size_t> from = readable(reader, vector);
    for (int i = 0; i < count && !from.empty(); ++i) {
      const std::size_t value = from[static_cast<std::size_t>(in(0, int(from.size()) - 1))];
      auto& operands = drawn_.values[reader].operands;
      const bool again = std::any_of(operands.begin(), operands.end(),
                                     [&](const Operand& o) { return o.value == value; });
      if (!again) operands.push_back(operand(reader, value, i == 0 && vector));
    }
  }

  void fill(std::size_t reader) {
    if (drawn_.values[reader].vector) {
      read_some(reader, true, in(1, 2));
      read_some(reader, false, in(0, 1));
    } else {
      read_some(reader, false, in(0, 2));
      if (drawn_.values[reader].operands.empty() || in(0, 1) == 0)
        read_some(reader, true, in(1, 2));
    }
  }

  std::mt19937& rng_;
  LoopCascade drawn_;
};

// What a value is called at the place of an operand; nothing if it is not there.
using Naming = std::function<std::optional<std::string>(const Operand&)>;

// `sum_steps`: the statement sums over t what it reads at all steps, else the names do.
std::string product(const LoopCascade& cascade, const Value& written, const Naming& name,
                    bool sum_steps) {
  std::string text;
  bool steps = false, vectors = false;
  for (const Operand& operand : written.operands) {
    const auto factor = name(operand);
    if (!factor) continue;
    text += (text.empty() ? "" : " * ") + *factor;
    steps = steps || (sum_steps && operand.from == From::kAll);
    vectors = vectors || (!written.vector && cascade.values[operand.value].vector);
  }
  if (text.empty()) return "1";
  if (!steps && !vectors) return text;
  return std::string("sum[") + (steps ? "t" : "") + (steps && vectors ? ", " : "") +
         (vectors ? "n" : "") + "](" + text + ")";
}

std::string with_indices(const std::string& name, const std::string& step, bool vector) {
  std::string indices = step;
  if (vector) indices += indices.empty() ? "n" : ", n";
  return indices.empty() ? name : name + "[" + indices + "]";
}

std::string looped(const LoopCascade& cascade, const Operand& operand) {
  const Value& value = cascade.values[operand.value];
  std::string step;
  if (has_steps(value.kind)) {
    step = operand.from == From::kStart ? "0" : operand.from == From::kEnd ? "T" : "t";
    if (operand.offset != 0) step += std::to_string(operand.offset);
  }
  return with_indices(value.name, step, value.vector);
}

std::string at_step(const Value& value, std::int64_t step) {
  return with_indices(value.name + "_" + std::to_string(step), "", value.vector);
}

std::optional<std::string> unrolled(const LoopCascade& cascade, const Operand& operand,
                                    std::int64_t step, std::int64_t steps) {
  const Value& value = cascade.values[operand.value];
  if (!has_steps(value.kind)) return with_indices(value.name, "", value.vector);
  if (operand.from == From::kAll) {
    std::string sum;
    for (std::int64_t s = 0; s < steps; ++s) sum += (s == 0 ? "(" : " + ") + at_step(value, s);
    return sum + ")";
  }
  const std::int64_t base = operand.from == From::kEnd ? steps : step;
  const std::int64_t place = operand.from == From::kStart ? 0 : base + operand.offset;
  if (place < 0) return std::nullopt;
  return at_step(value, place);
}

// Vectors begin with an input of their own, scalars with 1.
std::string initial(const Value& state) { return state.vector ? "I" + state.name + "[n]" : "1"; }

std::string header(const LoopCascade& cascade, const std::string& further_ranks,
                   const std::vector<std::string>& inputs) {
  std::string declared = "B: [N], C: [N]", outputs;
  for (const std::string& input : inputs) declared += ", " + input;
  for (const Value& value : cascade.values) {
    if (value.kind == Kind::kState && value.vector) declared += ", I" + value.name + ": [N]";
    if (value.kind == Kind::kFinal) outputs += (outputs.empty() ? "" : ", ") + value.name;
  }
  return "einfall: 1\nname: loop\nranks: {N: " + std::to_string(kLoopWidth) + further_ranks +
         "}\ndeclaration: {" + declared + "}\noutputs: [" + outputs + "]\n";
}

// Statements that no final value depends on are left out.
LoopCascade without_unused(LoopCascade cascade) {
  std::vector<bool> used(cascade.values.size(), false);
  std::vector<std::size_t> pending;
  for (std::size_t i = 0; i < used.size(); ++i)
    if (cascade.values[i].kind == Kind::kFinal) pending.push_back(i);
  while (!pending.empty()) {
    const std::size_t i = pending.back();
    pending.pop_back();
    if (used[i]) continue;
    used[i] = true;
    for (const Operand& operand : cascade.values[i].operands) pending.push_back(operand.value);
  }
  for (std::size_t i = 0; i < used.size(); ++i)
    if (!used[i]) cascade.values[i] = Value();
  return cascade;
}

// What is read, as a name without indices.
std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> found;
  std::string name;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')
      name += c;
    else if (!name.empty())
      found.insert(std::exchange(name, ""));
  }
  return found;
}

}  // namespace

LoopCascade loop_cascade(std::mt19937& rng) { return without_unused(Draw(rng).run()); }

std::string write_loop(const LoopCascade& cascade, std::int64_t steps) {
  std::string init, body;
  const auto name = [&](const Operand& operand) { return std::optional(looped(cascade, operand)); };
  for (const Value& value : cascade.values) {
    if (value.operands.empty()) continue;
    std::string step;
    if (has_steps(value.kind)) step = value.kind == Kind::kState ? "t+1" : "t";
    if (value.kind == Kind::kState)
      init += "  " + with_indices(value.name, "0", value.vector) + " = " + initial(value) + "\n";
    body += "  " + with_indices(value.name, step, value.vector) + " = " +
            product(cascade, value, name, true) + "\n";
  }
  return header(cascade, ", T: " + std::to_string(steps), {"D: [T, N]"}) +
         (init.empty() ? "" : "init: |\n" + init) + "expressions: |\n" + body;
}

std::string write_unrolled(const LoopCascade& cascade, std::int64_t steps) {
  std::vector<std::pair<std::string, std::string>> statements;
  const auto line = [&](const std::string& left, const std::string& right) {
    statements.emplace_back(left, right);
  };
  const auto write = [&](Kind kind, std::int64_t step, int loop) {
    const auto name = [&](const Operand& operand) {
      return unrolled(cascade, operand, step, steps);
    };
    for (const Value& value : cascade.values)
      if (value.kind == kind && value.loop == loop)
        line(has_steps(kind) ? at_step(value, step + (kind == Kind::kState ? 1 : 0))
                             : with_indices(value.name, "", value.vector),
             product(cascade, value, name, false));
  };
  write(Kind::kBefore, 0, 0);
  for (const Value& value : cascade.values)
    if (value.kind == Kind::kState) line(at_step(value, 0), initial(value));
  for (const int loop : {0, 1})
    for (std::int64_t step = 0; step < steps; ++step) {
      write(Kind::kStep, step, loop);
      write(Kind::kState, step, loop);
    }
  const std::size_t steps_end = statements.size();
  write(Kind::kFinal, 0, 0);
  // What no later statement reads is left out, but for the final values.
  std::string lines;
  std::set<std::string> read;
  for (std::size_t i = statements.size(); i-- > 0;) {
    const auto& [left, right] = statements[i];
    if (i < steps_end && read.count(left.substr(0, left.find('['))) == 0) continue;
    read.merge(names_in(right));
    lines = "  " + left + " = " + right + "\n" + lines;
  }
  std::vector<std::string> slices;
  for (std::int64_t step = 0; step < steps; ++step)
    slices.push_back("D_" + std::to_string(step) + ": [N]");
  return header(cascade, "", slices) + "expressions: |\n" + lines;
}

}  // namespace einfall::tests
