#include "capture.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// A socket lives in the namespace it was made in, so the calling thread goes there for one call and comes back.
static int socket_in_namespace(const char *path, int domain, int type, int protocol) {
  int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (own < 0) return -1;
  int other = open(path, O_RDONLY | O_CLOEXEC);
  int fd = -1;
  int saved = errno;
  if (other >= 0 && setns(other, CLONE_NEWNET) == 0) {
    fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    saved = errno;
    // A thread that cannot come back would go on in the wrong network.
    if (setns(own, CLONE_NEWNET) < 0) abort();
  } else {
    saved = errno;
  }
  if (other >= 0) close(other);
  close(own);
  errno = saved;
  return fd;
}

static int closed_with_errno(int fd) {
  int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

int baton_capture_open(const char *namespace_path, int buffer_bytes) {
  int fd = socket_in_namespace(namespace_path, AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (fd < 0) return -1;
  int one = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) < 0)
    return closed_with_errno(fd);
  return fd;
}

int baton_echo_open(const char *namespace_path, const uint8_t *address, int address_length) {
  int is_v6 = address_length == 16;
  int fd = socket_in_namespace(namespace_path, is_v6 ? AF_INET6 : AF_INET, SOCK_RAW,
                               is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
  if (fd < 0) return -1;
  struct sockaddr_in v4 = {.sin_family = AF_INET};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
  memcpy(is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr, address, is_v6 ? 16 : 4);
  if (connect(fd, is_v6 ? (void *)&v6 : (void *)&v4, is_v6 ? sizeof v6 : sizeof v4) < 0) return closed_with_errno(fd);
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
