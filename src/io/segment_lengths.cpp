#include "io/segment_lengths.hpp"

namespace vscp_p1::io {

std::size_t SegmentLengths::missing(std::size_t bytes) const noexcept {
  std::size_t more = 0;
  while (repeats(end_before(0) + bytes + more)) ++more;
  return more;
}

bool SegmentLengths::repeats(std::uint64_t end) const noexcept {
  for (std::size_t messages = 1; messages <= most_messages; ++messages) {
    const auto begin = end_before(messages - 1);
    const auto before = begin - end_before(2 * messages - 1);
    if (before >= shortest && end - begin == before) return true;
  }
  return false;
}

void SegmentLengths::note(std::size_t bytes) noexcept {
  const auto end = end_before(0) + bytes;
  last_ = (last_ + 1) % ends_.size();
  ends_[last_] = end;
}

std::uint64_t SegmentLengths::end_before(std::size_t messages) const noexcept {
  return ends_[(last_ + ends_.size() - messages) % ends_.size()];
}

}  // namespace vscp_p1::io
