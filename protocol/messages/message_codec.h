#pragma once

#include <string>

#include "protocol/messages/messages.h"
#include "storage/base/result.h"

namespace tutti {

// msgpack arrays [type, ...] (WIRE.md, "Messages"); `type` is the message's index in Message.
std::string encode_message(const Message& message);

// The whole message or kMalformed. Limits: depth 16, counts no larger than the bytes left, strings within
// `bytes`. Batches are views into `bytes`.
Result<Message> decode_message(ByteView bytes);

// A list of member records, as the store keeps it and a join answer carries it.
std::string encode_members(const std::vector<MemberRecord>& records);
Result<std::vector<MemberRecord>> decode_members(ByteView bytes);

}  // namespace tutti
