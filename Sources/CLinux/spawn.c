// Starting programs. The child is made by clone(CLONE_VM | CLONE_VFORK), as posix_spawn does it: no page table is
// copied, the parent stands still until the child has executed its program, and a failure is reported through memory
// that both share. Until then the child may call nothing that takes a lock, so identity is changed by raw system calls.
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum { stack_size = 64 * 1024 };

struct child {
  const char *path;
  char *const *arguments;
  char *const *environment;
  const char *directory;
  const int32_t *sources;
  const int32_t *targets;
  const uint32_t *groups;
  const struct baton_spawn_options *options;
  const char *step;
  pid_t parent;
  int error;
};

static void default_signals(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) {
    struct sigaction old;
    if (number == SIGKILL || number == SIGSTOP || sigaction(number, NULL, &old) < 0) continue;
    if (old.sa_handler != SIG_DFL) sigaction(number, &action, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

// Moves every source above all targets first, so that no target overwrites a source that is still needed.
static int pass_descriptors(const struct child *child) {
  uint32_t count = child->options->descriptor_count;
  int32_t above = 3;
  for (uint32_t i = 0; i < count; i++)
    if (child->targets[i] >= above) above = child->targets[i] + 1;
  // What this process itself inherited may lack close-on-exec. Kernels before 5.11 cannot do it; then it is passed on.
  syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
  int32_t moved[count + 1];
  for (uint32_t i = 0; i < count; i++) {
    moved[i] = fcntl(child->sources[i], F_DUPFD_CLOEXEC, above);
    if (moved[i] < 0) return -1;
  }
  for (uint32_t i = 0; i < count; i++)
    if (dup2(moved[i], child->targets[i]) < 0) return -1;
  return 0;
}

static int change_identity(const struct child *child) {
  const struct baton_spawn_options *options = child->options;
  if (syscall(SYS_setgroups, (size_t)options->group_count, child->groups) < 0) return -1;
  if (syscall(SYS_setresgid, options->gid, options->gid, options->gid) < 0) return -1;
  return (int)syscall(SYS_setresuid, options->uid, options->uid, options->uid);
}

static int fail(struct child *child, const char *step) {
  child->error = errno;
  child->step = step;
  _exit(127);
}

static int run_child(void *argument) {
  struct child *child = argument;
  const struct baton_spawn_options *options = child->options;
  default_signals();
  if (options->new_group && setpgid(0, 0) < 0) return fail(child, "setpgid");
  if (pass_descriptors(child) < 0) return fail(child, "dup2");
  if (options->change_identity && change_identity(child) < 0) return fail(child, "setresuid");
  // From one user other than root to another they would survive setresuid.
  if (options->clear_capabilities && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return fail(child, "prctl");
  if (child->directory && chdir(child->directory) < 0) return fail(child, "chdir");
  // After the change of identity, which would clear it.
  if (options->death_signal) {
    if (prctl(PR_SET_PDEATHSIG, options->death_signal) < 0) return fail(child, "prctl");
    if (getppid() != child->parent) {  // it died before that: there is nobody left to report to
      _exit(127);
    }
  }
  execve(child->path, child->arguments, child->environment);
  return fail(child, "execve");
}

int32_t baton_spawn(const char *path, char *const *arguments, char *const *environment, const char *directory,
                    const int32_t *sources, const int32_t *targets, const uint32_t *groups,
                    const struct baton_spawn_options *options, int32_t *pidfd, const char **step) {
  void *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    *step = "mmap";
    return -errno;
  }
  struct child child = {
      .path = path,
      .arguments = arguments,
      .environment = environment,
      .directory = directory,
      .sources = sources,
      .targets = targets,
      .groups = groups,
      .options = options,
      .parent = getpid(),
  };
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // no handler of the parent may run in the child
  int descriptor = -1;
  int pid = clone(run_child, (char *)stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &child,
                  &descriptor);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  munmap(stack, stack_size);
  if (pid >= 0 && child.error == 0) {
    *pidfd = descriptor;
    return pid;
  }
  *step = pid < 0 ? "clone" : child.step;
  if (pid >= 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    close(descriptor);
    error = child.error;
  }
  return -error;
}

int baton_wait_child(int pidfd, struct baton_exit *result) {
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0) return -1;
  if (info.si_pid == 0) return 0;
  result->code = info.si_status;
  result->signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
  return 1;
}

int baton_pidfd_open(int32_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int baton_pidfd_send_signal(int pidfd, int number) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}
