#include "io/segment_lengths.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <numeric>
#include <vector>

namespace vscp_p1::io {
namespace {

// What goes out of messages of these lengths.
std::vector<std::size_t> sent(const std::vector<std::size_t>& lengths) {
  SegmentLengths segments;
  std::vector<std::size_t> result;
  for (const auto length : lengths) {
    result.push_back(length + segments.missing(length));
    segments.note(result.back());
  }
  return result;
}

std::vector<std::size_t> repeated(std::vector<std::size_t> lengths) {
  std::vector<std::size_t> result;
  while (result.size() < 200) result.insert(result.end(), lengths.begin(), lengths.end());
  return result;
}

TEST(SegmentLengths, OfNeighboursDiffer) {
  for (const auto& lengths : std::vector<std::vector<std::size_t>>{{637},
                                                                   {637, 638},
                                                                   {637, 638, 639},
                                                                   {637, 640, 638, 639},
                                                                   {637, 637, 650},
                                                                   {350},
                                                                   {350, 351},
                                                                   {1500, 3000}}) {
    const auto all = sent(repeated(lengths));
    for (std::ptrdiff_t messages = 1; messages <= 4; ++messages) {
      for (auto middle = all.begin() + messages; all.end() - middle >= messages; ++middle) {
        const auto before = std::accumulate(middle - messages, middle, std::size_t{0});
        const auto after = std::accumulate(middle, middle + messages, std::size_t{0});
        EXPECT_TRUE(before != after || before < 536) << messages << " from " << lengths[0] << ": " << before;
      }
    }
  }
}

TEST(SegmentLengths, AreAddedToAsLittleAsCanBe) {
  EXPECT_EQ(sent({637, 637, 637, 640}), (std::vector<std::size_t>{637, 638, 637, 640}));
  EXPECT_EQ(sent({637, 638, 637, 638}), (std::vector<std::size_t>{637, 638, 637, 639}))
      << "else two and two are alike";
  EXPECT_EQ(sent({600, 601, 603, 606}), (std::vector<std::size_t>{600, 601, 603, 606}));
  EXPECT_EQ(sent({120, 120, 120, 120}), (std::vector<std::size_t>{120, 120, 120, 120})) << "no full segment";
  const auto most = sent(repeated({637}));
  EXPECT_LE(std::accumulate(most.begin(), most.end(), std::size_t{0}), most.size() * 639);
}

}  // namespace
}  // namespace vscp_p1::io
