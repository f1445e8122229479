#pragma once

#include <memory>
#include <vector>

#include "protocol/membership/member_record.h"

namespace tutti {

// Member records in order of their ids, each id once. Never changed, so that all who begin from the same list
// may share it: a simulator's ten thousand nodes keep one. Null stands for an empty one.
using MemberList = std::shared_ptr<const std::vector<MemberRecord>>;

// Any order; of equal ids the newest stays.
MemberList make_member_list(std::vector<MemberRecord> records);

}  // namespace tutti
