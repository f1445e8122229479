#include "protocol/session/output_queue.h"

namespace tutti {

void OutputQueue::push(Transport::Output output) {
  // Nothing may be added before a close that is behind it in the queue.
  if (const auto* close = std::get_if<Transport::CloseStream>(&output)) last_sends_.erase(close->stream);
  queue_.push_back(std::move(output));
}

std::string& OutputQueue::stream_bytes(StreamId stream, size_t bytes) {
  const auto [it, first] = last_sends_.try_emplace(stream, 0);
  if (!first) {
    auto& waiting = std::get<Transport::SendStream>(queue_[it->second - polled_]).bytes;
    if (waiting.size() + bytes <= kSendStreamBytesMax) return waiting;
  }
  it->second = polled_ + queue_.size();
  queue_.push_back(Transport::SendStream{stream, {}});
  return std::get<Transport::SendStream>(queue_.back()).bytes;
}

std::optional<Transport::Output> OutputQueue::poll() {
  if (queue_.empty()) return std::nullopt;
  if (const auto* send = std::get_if<Transport::SendStream>(&queue_.front())) {
    const auto it = last_sends_.find(send->stream);
    if (it != last_sends_.end() && it->second == polled_) last_sends_.erase(it);
  }
  std::optional<Transport::Output> output(std::move(queue_.front()));
  queue_.pop_front();
  ++polled_;
  return output;
}

}  // namespace tutti
