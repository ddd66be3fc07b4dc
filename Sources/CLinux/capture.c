#include "capture.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int open_here(int buffer_bytes) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
  if (fd < 0) return -1;
  int one = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) < 0) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
  }
  return fd;
}

int baton_capture_open(const char *namespace_path, int buffer_bytes) {
  int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (own < 0) return -1;
  int other = open(namespace_path, O_RDONLY | O_CLOEXEC);
  int fd = -1;
  if (other >= 0 && setns(other, CLONE_NEWNET) == 0) {
    fd = open_here(buffer_bytes);
    int saved = errno;
    if (setns(own, CLONE_NEWNET) < 0 && fd >= 0) {
      saved = errno;
      close(fd);
      fd = -1;
    }
    errno = saved;
  }
  int saved = errno;
  if (other >= 0) close(other);
  close(own);
  errno = saved;
  return fd;
}

ssize_t baton_capture_receive(int fd, void *buffer, size_t capacity, struct baton_captured *captured) {
  struct sockaddr_ll from = {0};
  struct iovec part = {buffer, capacity};
  char control[CMSG_SPACE(sizeof(struct timespec))];
  struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1,
                           .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length;
  do length = recvmsg(fd, &message, 0);
  while (length < 0 && errno == EINTR);
  if (length < 0) return -1;
  captured->interface_index = (uint32_t)from.sll_ifindex;
  captured->outgoing = from.sll_pkttype == PACKET_OUTGOING;
  captured->realtime_nanoseconds = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS) continue;
    struct timespec time;
    memcpy(&time, CMSG_DATA(c), sizeof time);
    captured->realtime_nanoseconds = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  }
  return length;
}
