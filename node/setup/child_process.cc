#include "node/setup/child_process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace tutti {

pid_t spawn_self(const std::vector<std::string>& arguments) {
  constexpr char kSelf[] = "/proc/self/exe";
  std::vector<char*> argv{const_cast<char*>("tuttid")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it ended before it could be watched
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(kSelf, argv.data());
  _exit(127);
}

bool has_ended(pid_t child) { return waitpid(child, nullptr, WNOHANG) == child; }

}  // namespace tutti
