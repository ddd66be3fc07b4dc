// Compiled with _GNU_SOURCE. Threads beside the event loop.
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

// Enough for the configuration's parser, whose nesting is limited, and for name services. With locked memory the whole
// stack counts against RLIMIT_MEMLOCK, so it is not the usual 8 MB.
#define STACK_SIZE (1024 * 1024)

struct entry {
  void *(*body)(void *);
  void *context;
};

static void *run(void *argument) {
  struct entry entry = *(struct entry *)argument;
  free(argument);
  // Both are about the calling thread only. Neither can be refused: they ask for less than there is.
  struct sched_param parameters = {.sched_priority = 0};
  sched_setscheduler(0, SCHED_OTHER, &parameters);
  if (getpriority(PRIO_PROCESS, 0) < 0) setpriority(PRIO_PROCESS, 0, 0);
  return entry.body(entry.context);
}

int baton_start_background_thread(void *(*body)(void *), void *context) {
  struct entry *entry = malloc(sizeof *entry);
  if (!entry) return ENOMEM;
  *entry = (struct entry){.body = body, .context = context};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  // A thread starts with its maker's mask: none of the process's signals may be taken by this one.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, run, entry);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error) free(entry);
  return error;
}
