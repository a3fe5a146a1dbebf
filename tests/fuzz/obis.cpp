// An OBIS code and its place in the table.
#include "fuzz/check.hpp"
#include "vscp_p1/quantity.hpp"

using namespace vscp_p1;

FUZZ_TARGET {
  const auto prefix = parse_obis_prefix(input);
  const auto whole = parse_obis(input);
  fuzz::check(!whole || prefix, "a code begins with itself");
  if (!prefix) return;
  fuzz::check(prefix->length <= input.size(), "length of a code");
  const ObisText text(prefix->id);
  const auto again = parse_obis(text.view());
  fuzz::check(again && *again == prefix->id, "there and back");
  for (const auto row : {find_quantity(prefix->id), find_profile_quantity(prefix->id)}) {
    fuzz::check(!row || *row < quantities.size(), "a row of the table");
  }
  is_known(prefix->id);
}
