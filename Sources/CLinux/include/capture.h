// Seeing every frame of every interface of another network namespace. In C because Swift's Glibc module has neither
// sockaddr_ll and tpacket options nor the CMSG_* macros and setns.
#ifndef BATON_CAPTURE_H
#define BATON_CAPTURE_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What the kernel tells about one captured frame.
struct baton_captured {
  int64_t realtime_nanoseconds; // kernel's timestamp, CLOCK_REALTIME
  uint32_t interface_index;     // in the captured namespace
  uint8_t outgoing;             // 1: the interface sent it; 0: it arrived on the interface
};

// Opens a non-blocking packet socket on all interfaces of the network namespace at `namespace_path`, receive buffer of
// `buffer_bytes`, kernel timestamps on. The calling thread is back in its own namespace afterwards. -1 and errno.
int baton_capture_open(const char *namespace_path, int buffer_bytes);

// Reads one frame into `buffer`, cut to `capacity`. The frame's length, or -1 and errno (EAGAIN: none is waiting).
ssize_t baton_capture_receive(int fd, void *buffer, size_t capacity, struct baton_captured *captured);

// Opens a non-blocking raw ICMP (ICMPv6) socket in the network namespace at `namespace_path`, connected to the address of
// 4 (16) bytes in network order. -1 and errno.
int baton_echo_open(const char *namespace_path, const uint8_t *address, int address_length);
#endif
