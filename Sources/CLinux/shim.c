// Compiled with _GNU_SOURCE. The event loop, descriptors and the rest; sockets are in sockets.c, processes in spawn.c.
#include "CLinux.h"

#include <malloc.h>
#include <link.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

int baton_epoll_pwait2(int epoll, struct epoll_event *events, int count, int64_t timeout_nanoseconds) {
  struct timespec timeout = {.tv_sec = timeout_nanoseconds / 1000000000, .tv_nsec = timeout_nanoseconds % 1000000000};
  return (int)syscall(SYS_epoll_pwait2, epoll, events, count, &timeout, NULL, (size_t)0);
}

static void fill_set(sigset_t *set, const int32_t *signals, uint32_t count) {
  sigemptyset(set);
  for (uint32_t i = 0; i < count; i++) sigaddset(set, signals[i]);
}

int baton_block_signals(const int32_t *signals, uint32_t count) {
  sigset_t set;
  fill_set(&set, signals, count);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int baton_signalfd(const int32_t *signals, uint32_t count) {
  sigset_t set;
  fill_set(&set, signals, count);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int baton_set_name(const char *name) { return prctl(PR_SET_NAME, name); }

int baton_set_dumpable(int is_dumpable) { return prctl(PR_SET_DUMPABLE, is_dumpable, 0, 0, 0); }

int baton_set_timer_slack(uint64_t nanoseconds) { return prctl(PR_SET_TIMERSLACK, nanoseconds); }

int baton_set_scheduler(int policy, int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  return sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &parameters);
}

int baton_set_affinity(const int32_t *cpus, uint32_t count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (uint32_t i = 0; i < count; i++) {
    if (cpus[i] < 0 || cpus[i] >= CPU_SETSIZE) {
      errno = EINVAL;
      return -1;
    }
    CPU_SET(cpus[i], &set);
  }
  return sched_setaffinity(0, sizeof set, &set);
}

int baton_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT); }

static int release_code(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size, (void)unused;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    // What is written to is not in the file.
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) || (segment->p_flags & PF_W)) continue;
    uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
    madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void baton_release_code(void) { dl_iterate_phdr(release_code, NULL); }

int baton_set_limit(int resource, uint64_t soft, uint64_t hard) {
  struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
  return setrlimit(resource, &limit);
}

int baton_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) < 0) return -1;
  *soft = limit.rlim_cur;
  *hard = limit.rlim_max;
  return 0;
}

int baton_capabilities(uint64_t *effective, uint64_t *permitted) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  *effective = (uint64_t)data[1].effective << 32 | data[0].effective;
  *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
  return 0;
}

int baton_set_network_namespace(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

int baton_unshare_network(void) { return unshare(CLONE_NEWNET); }

const int baton_SCHED_OTHER = SCHED_OTHER;
const int baton_SCHED_FIFO = SCHED_FIFO;
const int baton_SCHED_RR = SCHED_RR;
const int baton_RLIMIT_RTPRIO = RLIMIT_RTPRIO;
const int baton_RLIMIT_RTTIME = RLIMIT_RTTIME;
const int baton_RLIMIT_NOFILE = RLIMIT_NOFILE;
const int baton_RLIMIT_MEMLOCK = RLIMIT_MEMLOCK;
const int baton_RLIMIT_CORE = RLIMIT_CORE;
const int baton_RLIMIT_AS = RLIMIT_AS;
const int baton_RLIMIT_DATA = RLIMIT_DATA;

int baton_pipe(int32_t ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

int baton_socketpair(int type, int32_t ends[2]) {
  return socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
}

int baton_host_name(char *name, size_t length) { return gethostname(name, length); }

ssize_t baton_random(void *bytes, size_t length) { return getrandom(bytes, length, 0); }

const char *baton_error_text(int code) {
  const char *text = strerrordesc_np(code);
  return text ? text : "unknown error";
}

const char *baton_error_name(int code) { return strerrorname_np(code); }

void baton_return_large_blocks(size_t threshold) {
  // Also ends the raising of the threshold with each large block that is freed.
  mallopt(M_MMAP_THRESHOLD, (int)threshold);
}
