#include "sim/report/timeline.h"

#include <algorithm>

namespace tutti::sim {
namespace {

constexpr size_t kCellsMax = 600'000;  // of all frames and nodes
constexpr size_t kFramesMin = 60, kFramesMax = 600;
constexpr size_t kLinksMax = 256;  // kept of each frame
constexpr size_t kSegmentBytes = 1448;

// A width that reads well on an axis, such that `expected` takes no more than so many frames.
Duration first_width(Duration expected, size_t frames_max) {
  Duration decade = std::chrono::milliseconds(1);
  for (;; decade *= 10) {
    for (const int factor : {1, 2, 5}) {
      if (decade * factor * static_cast<int64_t>(frames_max) >= expected) return decade * factor;
    }
  }
}

void keep_busiest(std::vector<Timeline::LinkCell>& links) {
  const auto place = [](const Timeline::LinkCell& l) { return std::pair(l.from, l.to); };
  if (links.size() > kLinksMax) {
    std::ranges::sort(links, [&](const auto& a, const auto& b) {
      const uint64_t busy_a = a.packets + a.blocked, busy_b = b.packets + b.blocked;
      return busy_a != busy_b ? busy_a > busy_b : place(a) < place(b);
    });
    links.resize(kLinksMax);
  }
  std::ranges::sort(links, {}, place);
}

void take_in(Timeline::Frame& frame, Timeline::Frame&& next) {
  frame.end = next.end;
  frame.written = next.written;
  for (size_t i = 0; i < frame.nodes.size(); ++i) {
    Timeline::NodeCell& into = frame.nodes[i];
    const Timeline::NodeCell& from = next.nodes[i];
    into.sent_bytes += from.sent_bytes;
    into.received_bytes += from.received_bytes;
    into.sent_packets += from.sent_packets;
    into.received_packets += from.received_packets;
    into.blocked_packets += from.blocked_packets;
    into.lost_packets += from.lost_packets;
    into.behind = from.behind;
    into.up = into.up && from.up;
  }
  std::vector<Timeline::LinkCell> all;
  auto a = frame.links.begin(), b = next.links.begin();
  while (a != frame.links.end() || b != next.links.end()) {
    const auto place = [](const auto& l) { return std::pair(l->from, l->to); };
    if (b == next.links.end() || (a != frame.links.end() && place(a) < place(b))) {
      all.push_back(*a++);
    } else if (a == frame.links.end() || place(b) < place(a)) {
      all.push_back(*b++);
    } else {
      all.push_back(*a++);
      all.back().packets += b->packets;
      all.back().blocked += b->blocked;
      all.back().bytes += (b++)->bytes;
    }
  }
  keep_busiest(all);
  frame.links = std::move(all);
}

void halve(std::vector<Timeline::Frame>& frames) {
  size_t kept = 0;
  for (size_t i = 0; i < frames.size(); i += 2, ++kept) {
    if (kept != i) frames[kept] = std::move(frames[i]);
    if (i + 1 < frames.size()) take_in(frames[kept], std::move(frames[i + 1]));
  }
  frames.resize(kept);
}

}  // namespace

Timeline::Timeline(size_t nodes, Duration expected, const Propagation& propagation)
    : propagation_(propagation),
      nodes_(nodes),
      frames_max_(std::clamp(kCellsMax / std::max<size_t>(1, nodes), kFramesMin, kFramesMax) / 2 * 2),
      width_(first_width(expected, frames_max_)) {
  begin_frame();
  current_end_ = Instant{} + width_;
}

void Timeline::begin_frame() {
  current_ = {};
  current_.nodes.resize(nodes_);
  for (size_t i = 0; i < nodes_; ++i) current_.nodes[i].up = propagation_.up(i);
  links_.clear();
}

void Timeline::advance(Instant at) {
  while (current_end_ <= at) {
    close(current_end_);
    if (frames_.size() >= frames_max_) {
      halve(frames_);
      width_ *= 2;
    }
    current_begin_ = current_end_;
    current_end_ += width_;
  }
}

void Timeline::finish(Instant at) {
  advance(at);
  const Instant last = frames_.empty() ? Instant{} : frames_.back().end;
  if (at > last) close(at);
}

void Timeline::close(Instant end) {
  current_.end = end;
  current_.written = propagation_.written();
  for (size_t i = 0; i < nodes_; ++i) current_.nodes[i].behind = propagation_.behind(i);
  for (const auto& [key, cell] : links_) current_.links.push_back(cell);
  keep_busiest(current_.links);
  frames_.push_back(std::move(current_));
  begin_frame();
}

// A node that starts as the frame begins is up in all of it.
void Timeline::started(Instant at, size_t node) {
  if (at == current_begin_) current_.nodes[node].up = true;
}

uint32_t Timeline::packets(size_t bytes) {
  return static_cast<uint32_t>(std::max<size_t>(1, (bytes + kSegmentBytes - 1) / kSegmentBytes));
}

Timeline::LinkCell& Timeline::link(size_t from, size_t to) {
  LinkCell& cell = links_[static_cast<uint64_t>(from) << 32 | to];
  cell.from = static_cast<uint32_t>(from);
  cell.to = static_cast<uint32_t>(to);
  return cell;
}

void Timeline::sent(size_t from, size_t to, size_t bytes) {
  const uint32_t count = packets(bytes);
  NodeCell& node = current_.nodes[from];
  node.sent_bytes += bytes;
  node.sent_packets += count;
  sent_bytes_ += bytes;
  sent_packets_ += count;
  LinkCell& cell = link(from, to);
  cell.bytes += bytes;
  cell.packets += count;
}

void Timeline::received(size_t to, size_t bytes) {
  current_.nodes[to].received_bytes += bytes;
  current_.nodes[to].received_packets += packets(bytes);
}

void Timeline::dropped(size_t from, size_t to, bool blocked) {
  if (!blocked) {
    ++current_.nodes[from].lost_packets;
    return;
  }
  ++current_.nodes[from].blocked_packets;
  ++link(from, to).blocked;
}

std::vector<Timeline::Frame> Timeline::coarsened(std::vector<Frame> frames, size_t frames_max) {
  while (frames.size() > frames_max) halve(frames);
  return frames;
}

}  // namespace tutti::sim
