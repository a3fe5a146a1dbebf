// The values of a profile line, behind a byte that chooses its code.
#include "vscp_p1/profile.hpp"

#include "fuzz/check.hpp"

using namespace vscp_p1;

FUZZ_TARGET {
  const fuzz::Choices<1> choices(input);
  constexpr std::array codes = {"0-0:98.1.0"_obis, "0-0:98.1.1"_obis, "1-0:99.1.0"_obis, "1-0:99.97.0"_obis};
  ProfileReader reader;
  const bool good = reader.read({codes[choices[0] % codes.size()], choices.text});
  fuzz::check(good || reader.entries().empty(), "a bad profile gives nothing");
  const auto is_inside = [&](std::string_view part) {
    const std::less_equal<> before;
    return part.empty() || (before(choices.text.data(), part.data()) &&
                            before(part.data() + part.size(), choices.text.data() + choices.text.size()));
  };
  for (const auto& entry : reader.entries()) {
    fuzz::check(is_inside(entry.time) && is_inside(entry.value), "entries are views of the line");
  }
}
