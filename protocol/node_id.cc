#include "protocol/node_id.h"

#include "storage/crypto/key.h"
#include "storage/crypto/text_encoding.h"

namespace tutti {

std::string short_name(const NodeId& id) { return to_hex(view_of(id.bytes).substr(0, 4)); }
std::string to_hex(const NodeId& id) { return to_hex(view_of(id.bytes)); }

}  // namespace tutti
