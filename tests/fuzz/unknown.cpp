// The listing of lines with unknown codes.
#include <sstream>

#include "app/listings.hpp"
#include "fuzz/check.hpp"

FUZZ_TARGET {
  static const vscp_p1::Settings settings;
  std::istringstream telegrams{std::string(input)};
  auto lines = vscp_p1::app::unknown_lines(telegrams, settings);
  fuzz::check(lines.empty() || lines.back() == '\n', "whole lines");
  std::erase(lines, '\n');
  fuzz::check_shown(lines);
}
