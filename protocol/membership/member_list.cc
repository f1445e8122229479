#include "protocol/membership/member_list.h"

#include <algorithm>

namespace tutti {

MemberList make_member_list(std::vector<MemberRecord> records) {
  std::ranges::stable_sort(records, [](const MemberRecord& a, const MemberRecord& b) {
    return a.id != b.id ? a.id < b.id : replaces(a, b);
  });
  const auto twice = std::ranges::unique(records, {}, &MemberRecord::id);
  records.erase(twice.begin(), twice.end());
  return std::make_shared<const std::vector<MemberRecord>>(std::move(records));
}

}  // namespace tutti
