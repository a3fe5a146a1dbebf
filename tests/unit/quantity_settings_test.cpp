#include "vscp_p1/quantity_settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "vscp_p1/quantity.hpp"

namespace vscp_p1 {
namespace {

TEST(SharedQuantities, are_the_rows_of_the_table) {
  const SharedQuantities all;
  ASSERT_EQ(all.size(), quantities.size());
  EXPECT_EQ(all[0].key, quantities[0].key);
  EXPECT_EQ(static_cast<std::size_t>(all.end() - all.begin()), all.size());
  const auto last =
      std::find_if(all.begin(), all.end(), [](const auto& q) { return q.key == quantities.back().key; });
  EXPECT_EQ(static_cast<std::size_t>(last - all.begin()), all.size() - 1);
}

TEST(SharedQuantities, share_all_but_the_rows_that_are_edited) {
  SharedQuantities first;
  SharedQuantities second = first;
  EXPECT_EQ(&first[0], &second[0]);
  second.edit(1).note = "own";
  EXPECT_EQ(second[1].note, "own");
  EXPECT_EQ(first[1].note, quantities[1].note);
  EXPECT_EQ(SharedQuantities{}[1].note, quantities[1].note) << "the defaults stay";
  EXPECT_EQ(&first[0], &second[0]);
  const auto* row = &second[1];
  second.edit(1).id = 7;
  EXPECT_EQ(&second[1], row) << "its own already";
}

TEST(SharedQuantities, grow_alone) {
  SharedQuantities first;
  SharedQuantities second = first;
  second.push_back({"pool", {}, 1001, 1, "pool"});
  EXPECT_EQ(first.size(), quantities.size());
  ASSERT_EQ(second.size(), quantities.size() + 1);
  EXPECT_EQ(second[quantities.size()].key, "pool");
}

TEST(SharedQuantities, are_the_same_by_value) {
  SharedQuantities first;
  SharedQuantities second;
  EXPECT_EQ(first, second);
  second.edit(1).note = "own";
  EXPECT_NE(first, second);
  first.edit(1).note = "own";
  EXPECT_EQ(first, second);
  second.push_back({});
  EXPECT_NE(first, second);
}

TEST(SharedQuantities, are_whole_after_a_move) {
  SharedQuantities first;
  const auto second = std::move(first);
  EXPECT_EQ(first.size(), second.size());  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace vscp_p1
