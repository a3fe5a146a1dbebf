// A GUID as users write it.
#include "vscp_p1/guid.hpp"

#include "fuzz/check.hpp"

FUZZ_TARGET {
  vscp_p1::Guid::from_machine_id(input);
  const auto guid = vscp_p1::parse_guid(input);
  if (!guid) return fuzz::check_shown(guid.error());
  const vscp_p1::GuidText text(*guid);
  const auto again = vscp_p1::parse_guid(text.view());
  fuzz::check(again && *again == *guid, "there and back");
}
