#pragma once

#include <memory>
#include <vector>

#include "protocol/membership/member_record.h"

namespace tutti {

// Member records in order of id, each id once. Immutable, so nodes of one process can share it: the simulator's ten
// thousand nodes keep one list. Null means empty.
using MemberList = std::shared_ptr<const std::vector<MemberRecord>>;

// `records` in any order; of equal ids the newest record stays.
MemberList make_member_list(std::vector<MemberRecord> records);

}  // namespace tutti
