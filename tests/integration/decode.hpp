#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness.hpp"

/// Decoders of VSCP events, written from the specification and not from the daemon's encoders.
namespace itest {

using Bytes = std::vector<std::uint8_t>;

struct DecodedEvent {
  unsigned head = 0, obid = 0, event_class = 0, type = 0, microseconds = 0;
  std::string guid, datetime, note;
  Bytes data;
  struct Block {
    std::string value;  // as it stands in the text
    unsigned unit, sensor_index, zone, subzone;
  };
  std::optional<Block> measurement;
  std::string timestamp_ns;

  unsigned id() const;
};

/// What the data bytes of a measurement say, in any of its three classes.
struct DecodedValue {
  std::string text;  // class 1040: the digits
  double number;
  unsigned unit, sensor_index;
};

/// Generations of field names, as the key json_names calls them.
enum class Names : std::uint8_t { both, vscp, plain };

// Each throws std::runtime_error with what is wrong.
DecodedEvent decode_json(std::string_view payload, Names names = Names::both);
DecodedEvent decode_xml(std::string_view payload, Names names = Names::both);
DecodedEvent decode_string(std::string_view payload);
DecodedEvent decode_binary(std::string_view payload);
DecodedValue decode_value(const DecodedEvent& event);

/// "topic payload", with `hex:` undone; topics in these tests hold no blanks.
Message parse_line(const std::string& line);

/// Seconds since 1970 of "YYYY-MM-DDTHH:MM:SSZ".
std::int64_t utc_seconds(const std::string& datetime);

/// Name of the quantity with this default id, "-" for none.
std::string key_of(unsigned id);

/// The events of --dry-run's output that tell a reading, decoded from JSON.
std::vector<DecodedEvent> readings_in(const std::string& output);
std::vector<DecodedEvent> readings_in(const std::vector<Message>& messages);
bool is_reading(const DecodedEvent& event);
/// The same of all messages of the daemon: some are no events, but states.
std::vector<DecodedEvent> readings_among(std::vector<Message> messages);
/// The numbers of numbered telegrams among all messages, as they came.
std::vector<unsigned> numbers_in(const std::vector<Message>& messages);
/// All numbers from the first to the last.
std::vector<unsigned> range(unsigned first, unsigned last);

}  // namespace itest
