#pragma once

#include <string>
#include <string_view>

#include "vscp_p1/encode.hpp"
#include "vscp_p1/event.hpp"

namespace vscp_p1 {

/// Appends the event as JSON, see encode_event(). Written by hand, since it is done for each reading of a meter; a
/// test holds it against the library. Allocates only for notes that need an escape.
void encode_json(const Event& event, JsonNames names, std::string& payload);

/// A text of the user or of the meter as JSON, in its quotes.
std::string json_quoted(std::string_view text);

}  // namespace vscp_p1
