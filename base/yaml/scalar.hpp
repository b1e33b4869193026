#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/units.hpp"
#include "base/yaml/node.hpp"

/// Readers of scalars. Each returns the value or reports why not (E018 wrong kind or form, E019
/// unit missing or wrong, E020 out of range) and returns nullopt. `what` names the thing in the
/// message ("the capacity of a memory").
namespace einfall::base::yaml {

[[nodiscard]] std::optional<std::string> read_text(const Node& node, const std::string& what,
                                                   Diagnostics& sink);
/// A word of letters, digits, '_', '-', '.', beginning with a letter.
[[nodiscard]] std::optional<std::string> read_name(const Node& node, const std::string& what,
                                                   Diagnostics& sink);
[[nodiscard]] std::optional<bool> read_bool(const Node& node, const std::string& what,
                                            Diagnostics& sink);
/// An integer in [low, high]; "1K", "4M" are not integers (E018).
[[nodiscard]] std::optional<std::int64_t> read_integer(const Node& node, const std::string& what,
                                                       std::int64_t low, std::int64_t high,
                                                       Diagnostics& sink);
/// A finite number in [low, high].
[[nodiscard]] std::optional<double> read_number(const Node& node, const std::string& what,
                                                double low, double high, Diagnostics& sink);
/// The value of `einfall:`, the version every document begins with: 1. Error E021, with a note of
/// what this program reads.
void check_version(const Node& node, Diagnostics& sink);
/// One of `choices`, with the nearest suggested.
[[nodiscard]] std::optional<std::size_t> read_choice(const Node& node, const std::string& what,
                                                     const std::vector<std::string>& choices,
                                                     Diagnostics& sink);

/// `16 MiB`, `512 B`, `64 bit` (whole bytes). Powers of two: KiB MiB GiB TiB; of ten: kB MB GB TB.
[[nodiscard]] std::optional<Bytes> read_bytes(const Node& node, const std::string& what,
                                              Diagnostics& sink);
/// `940 MHz`, `1.2 GHz`: must come out as a whole number of hertz.
[[nodiscard]] std::optional<Hertz> read_hertz(const Node& node, const std::string& what,
                                              Diagnostics& sink);
/// `400 GiB/s`.
[[nodiscard]] std::optional<BytesPerSecond> read_bandwidth(const Node& node,
                                                           const std::string& what,
                                                           Diagnostics& sink);
/// `17.16 pJ`, `12.5 nJ`.
[[nodiscard]] std::optional<Picojoules> read_energy(const Node& node, const std::string& what,
                                                    Diagnostics& sink);
/// `1545 um2`, `84.2 mm2`.
[[nodiscard]] std::optional<SquareMicrometres> read_area(const Node& node, const std::string& what,
                                                         Diagnostics& sink);
/// `256 cycles`, `1 cycle`.
[[nodiscard]] std::optional<Cycles> read_cycles(const Node& node, const std::string& what,
                                                Diagnostics& sink);

}  // namespace einfall::base::yaml
