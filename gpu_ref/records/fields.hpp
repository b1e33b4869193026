#pragma once

#include "gpu_ref/records/record.hpp"

/// The keys of every kind of record, said once: `visit` is called with each key and a reference to
/// its field, to read or to write it.
namespace einfall::gpu_ref::records {

template <class Visit>
void fields(Visit& visit, Point& p) {
  visit("kernel", p.kernel);
  visit("format", p.format);
  visit("batch", p.batch);
  visit("q_len", p.q_len);
  visit("kv_len", p.kv_len);
  visit("head_dim", p.head_dim);
  visit("q_heads", p.q_heads);
  visit("kv_heads", p.kv_heads);
  visit("causal", p.causal);
  visit("window", p.window);
  visit("splits", p.splits);
  visit("slots", p.slots);
  visit("kept", p.kept);
  visit("page", p.page);
  visit("warm", p.warm);
  visit("set", p.set);
}

template <class Visit>
void fields(Visit& visit, Run& r) {
  visit("run", r.id);
  visit("witness", r.witness);
  visit("started", r.started);
  visit("device", r.device);
  visit("capability", r.capability);
  visit("sm_count", r.sm_count);
  visit("sm_max_mhz", r.sm_max_mhz);
  visit("memory_max_mhz", r.memory_max_mhz);
  visit("l2_bytes", r.l2_bytes);
  visit("memory_bytes", r.memory_bytes);
  visit("shared_bytes_per_block", r.shared_bytes_per_block);
  visit("shared_bytes_per_sm", r.shared_bytes_per_sm);
  visit("registers_per_sm", r.registers_per_sm);
  visit("driver", r.driver);
  visit("runtime", r.runtime);
  visit("compiler", r.compiler);
  visit("flags", r.flags);
  visit("power", r.power);
  visit("seed", r.seed);
}

template <class Visit>
void fields(Visit& visit, Ceiling& c) {
  visit("run", c.run);
  visit("id", c.id);
  visit("unit", c.unit);
  visit("bytes", c.bytes);
  visit("median_us", c.median_us);
  visit("p10_us", c.p10_us);
  visit("p90_us", c.p90_us);
  visit("per_second", c.per_second);
  visit("per_clock_and_sm", c.per_clock_and_sm);
  visit("sm_mhz", c.sm_mhz);
}

template <class Visit>
void fields(Visit& visit, Validation& v) {
  visit("run", v.run);
  visit("point", v.point);
  visit("source_sha256", v.source_sha256);
  visit("check", v.check);
  visit("passed", v.passed);
  visit("error", v.error);
  visit("gate", v.gate);
  visit("message", v.message);
}

template <class Visit>
void fields(Visit& visit, LaunchFacts& l) {
  visit("blocks", l.blocks);
  visit("threads", l.threads);
  visit("shared_bytes", l.shared_bytes);
  visit("registers", l.registers);
  visit("local_bytes", l.local_bytes);
  visit("blocks_per_sm", l.blocks_per_sm);
}

template <class Visit>
void fields(Visit& visit, Norms& n) {
  visit("frobenius", n.frobenius);
  visit("row", n.row);
  visit("max_abs", n.max_abs);
  visit("cosine", n.cosine);
}

template <class Visit>
void fields(Visit& visit, Measurement& m) {
  visit("run", m.run);
  visit("point", m.point);
  visit("source", m.source);
  visit("source_sha256", m.source_sha256);
  visit("ptx_sha256", m.ptx_sha256);
  visit("repeats", m.repeats);
  visit("median_us", m.median_us);
  visit("p10_us", m.p10_us);
  visit("p90_us", m.p90_us);
  visit("sm_mhz", m.sm_mhz);
  visit("sm_cycles", m.sm_cycles);
  visit("watts", m.watts);
  visit("launches", m.launches);
  visit("dram_bytes", m.dram_bytes);
  visit("sm_bytes", m.sm_bytes);
  visit("multiply_adds", m.multiply_adds);
  visit("exps", m.exps);
  visit("predicted_ms", m.predicted_ms);
  visit("rows_checked", m.rows_checked);
  visit("errors", m.errors);
  visit("gate", m.gate);
  visit("correct", m.correct);
  visit("seed", m.seed);
}

template <class Visit>
void fields(Visit& visit, EffectTime& e) {
  visit("name", e.name);
  visit("ms", e.ms);
}

template <class Visit>
void fields(Visit& visit, Prediction& p) {
  visit("point", p.point);
  visit("machine", p.machine);
  visit("predicted_ms", p.predicted_ms);
  visit("dram_bytes", p.dram_bytes);
  visit("multiply_adds", p.multiply_adds);
  visit("exps", p.exps);
  visit("effects", p.effects);
  visit("documents_sha256", p.documents_sha256);
}

template <class Visit>
void fields(Visit& visit, Refusal& r) {
  visit("run", r.run);
  visit("point", r.point);
  visit("source_sha256", r.source_sha256);
  visit("message", r.message);
}

}  // namespace einfall::gpu_ref::records
