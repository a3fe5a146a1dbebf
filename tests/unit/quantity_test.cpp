#include "vscp_p1/quantity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "vscp_p1/spelling.hpp"

namespace vscp_p1 {
namespace {

struct Row {
  std::string_view obis, key;
  unsigned number;
  unsigned type;
  std::string_view group, note;
};

// As the task has it; written out so that a change of the table is seen.
const std::vector<Row>& promised() {
  static const std::vector<Row> rows = {
      {"1-0:1.8.0", "sum_active_energy_out", 1, 13, "energy", "Meter reading active energy out"},
      {"1-0:2.8.0", "sum_active_energy_in", 2, 13, "energy", "Meter reading active energy in"},
      {"1-0:3.8.0", "sum_reactive_energy_out", 3, 65, "energy", "Meter reading reactive energy out"},
      {"1-0:4.8.0", "sum_reactive_energy_in", 4, 65, "energy", "Meter reading reactive energy in"},
      {"1-0:1.7.0", "momentan_active_effect_out", 5, 14, "active_effect", "Active effect out"},
      {"1-0:2.7.0", "momentan_active_effect_in", 6, 14, "active_effect", "Active effect in"},
      {"1-0:3.7.0", "momentan_reactive_effect_out", 7, 64, "reactive_effect", "Reactive effect out"},
      {"1-0:4.7.0", "momentan_reactive_effect_in", 8, 64, "reactive_effect", "Reactive effect in"},
      {"1-0:21.7.0", "momentan_active_effect_l1_out", 9, 14, "active_effect", "Active effect L1 out"},
      {"1-0:22.7.0", "momentan_active_effect_l1_in", 10, 14, "active_effect", "Active effect L1 in"},
      {"1-0:41.7.0", "momentan_active_effect_l2_out", 11, 14, "active_effect", "Active effect L2 out"},
      {"1-0:42.7.0", "momentan_active_effect_l2_in", 12, 14, "active_effect", "Active effect L2 in"},
      {"1-0:61.7.0", "momentan_active_effect_l3_out", 13, 14, "active_effect", "Active effect L3 out"},
      {"1-0:62.7.0", "momentan_active_effect_l3_in", 14, 14, "active_effect", "Active effect L3 in"},
      {"1-0:23.7.0", "momentan_reactive_effect_l1_out", 15, 64, "reactive_effect", "Reactive effect L1 out"},
      {"1-0:24.7.0", "momentan_reactive_effect_l1_in", 16, 64, "reactive_effect", "Reactive effect L1 in"},
      {"1-0:43.7.0", "momentan_reactive_effect_l2_out", 17, 64, "reactive_effect", "Reactive effect L2 out"},
      {"1-0:44.7.0", "momentan_reactive_effect_l2_in", 18, 64, "reactive_effect", "Reactive effect L2 in"},
      {"1-0:63.7.0", "momentan_reactive_effect_l3_out", 19, 64, "reactive_effect", "Reactive effect L3 out"},
      {"1-0:64.7.0", "momentan_reactive_effect_l3_in", 20, 64, "reactive_effect", "Reactive effect L3 in"},
      {"1-0:32.7.0", "voltage_l1", 21, 16, "voltage", "Voltage L1"},
      {"1-0:52.7.0", "voltage_l2", 22, 16, "voltage", "Voltage L2"},
      {"1-0:72.7.0", "voltage_l3", 23, 16, "voltage", "Voltage L3"},
      {"1-0:31.7.0", "current_l1", 24, 5, "current", "Current L1"},
      {"1-0:51.7.0", "current_l2", 25, 5, "current", "Current L2"},
      {"1-0:71.7.0", "current_l3", 26, 5, "current", "Current L3"},
      {"1-0:1.8.1", "sum_active_energy_out_t1", 27, 13, "energy", ""},
      {"1-0:1.8.2", "sum_active_energy_out_t2", 28, 13, "energy", ""},
      {"1-0:2.8.1", "sum_active_energy_in_t1", 29, 13, "energy", ""},
      {"1-0:2.8.2", "sum_active_energy_in_t2", 30, 13, "energy", ""},
  };
  return rows;
}

std::optional<std::size_t> row_of_key(std::string_view key) {
  const auto row =
      std::find_if(quantities.begin(), quantities.end(), [&](const Quantity& q) { return q.key == key; });
  return row == quantities.end() ? std::nullopt : std::optional<std::size_t>(row - quantities.begin());
}

TEST(Quantity, promised_rows_are_there) {
  for (const auto& row : promised()) {
    const auto index = row_of_key(row.key);
    ASSERT_TRUE(index) << row.key;
    const auto& q = quantities[*index];
    EXPECT_EQ(q.id, *parse_obis(row.obis)) << row.key;
    EXPECT_EQ(q.number, row.number) << row.key;
    EXPECT_EQ(find_unit(q.dimension, {})->type, row.type) << row.key;
    EXPECT_EQ(group_names[static_cast<std::size_t>(q.group)], row.group) << row.key;
    if (!row.note.empty()) {
      EXPECT_EQ(q.note, row.note) << row.key;
    }
    EXPECT_EQ(find_quantity(q.id), index) << row.key;
  }
}

TEST(Quantity, keys_and_notes_are_unique) {
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    EXPECT_EQ(row_of_key(quantities[i].key), i) << quantities[i].key;
    const auto same_note = std::count_if(quantities.begin(), quantities.end(),
                                         [&](const Quantity& q) { return q.note == quantities[i].note; });
    EXPECT_EQ(same_note, 1) << quantities[i].note << ": with no_vscp the note is the topic";
  }
}

TEST(Quantity, mbus_rows_are_numbered_by_channel) {
  struct Case {
    Medium medium;
    std::string_view key;
    unsigned base, type;
    Group group;
  };
  for (const auto& c : {Case{Medium::gas, "gas_", 60, 28, Group::gas},
                        {Medium::water, "water_", 70, 28, Group::water},
                        {Medium::heat, "heat_", 80, 13, Group::heat},
                        {Medium::cold, "cold_", 90, 13, Group::cold},
                        {Medium::electricity, "electricity_", 100, 13, Group::slave_electricity},
                        {Medium::volume, "volume_", 110, 28, Group::other},
                        {Medium::flow, "flow_", 120, 36, Group::flow},
                        {Medium::temperature, "temperature_", 130, 6, Group::temperature},
                        {Medium::return_temperature, "return_temperature_", 140, 6, Group::temperature}}) {
    for (std::uint8_t channel = 1; channel <= mbus_channels; ++channel) {
      const auto key = std::string(c.key) + std::to_string(channel);
      const auto index = find_mbus_quantity(c.medium, channel);
      ASSERT_TRUE(index) << key;
      EXPECT_EQ(quantities[*index].key, key);
      EXPECT_EQ(quantities[*index].number, c.base + channel) << key;
      EXPECT_EQ(find_unit(quantities[*index].dimension, {})->type, c.type) << key;
      EXPECT_EQ(quantities[*index].group, c.group) << key;
      EXPECT_EQ(quantities[*index].id.b, channel) << key;
      EXPECT_FALSE(quantities[*index].note.empty()) << key;
    }
  }
}

TEST(Quantity, mbus_channels_outside_the_table) {
  EXPECT_FALSE(find_mbus_quantity(Medium::gas, 0));
  EXPECT_FALSE(find_mbus_quantity(Medium::gas, 10));
  EXPECT_FALSE(find_mbus_quantity(Medium::gas, 255));
}

// The spelling of a code gives what the code gives.
TEST(Quantity, codes_are_found_by_their_spelling) {
  std::size_t found = 0;
  for (const auto& row : quantities) {
    for (const auto& code : {row.id, line_code(row), Obis{0, row.id.b, 24, 1, 0}, Obis{0, row.id.b, 24, 2, 1}}) {
      const auto text = std::string(ObisText(code).view()) + "(";
      const auto* known = find_spelling((text + std::string(16, ' ')).c_str());
      if (known == nullptr) continue;
      ++found;
      EXPECT_EQ(known->id, code);
      EXPECT_EQ(known->length + 1U, text.size()) << text;
      EXPECT_EQ(known->use, use_of(code)) << text;
    }
  }
  EXPECT_GT(found, detail::meter_quantities.size());
  for (const std::string_view text : {"1-0:1.8.6(0)            ", "01-0:1.8.0(0)           ",
                                      "1-0:1.8.0 (0)           ", "1-0:1.8.0*255(0)        ",
                                      "1-0:1.8.0\xDB"
                                      "0)           "}) {
    EXPECT_EQ(find_spelling(text.data()), nullptr) << text;
  }
}

TEST(Quantity, codes_are_matched_whole) {
  for (const std::string_view code : {"11-0:1.7.0", "1-2:1.8.0", "0-0:1.8.0", "1-0:1.8.6", "1-0:1.7.1", "1-0:81.7.0",
                                      "0-1:24.2.1", "0-10:24.4.0"}) {
    EXPECT_FALSE(find_quantity(*parse_obis(code))) << code;
  }
}

}  // namespace
}  // namespace vscp_p1
