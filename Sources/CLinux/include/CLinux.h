// Linux interfaces that Swift's Glibc module does not expose, or that Swift cannot call (variadic functions, macros,
// structures with trailing data). Every symbol of our own is prefixed baton_.
//
// Unless it says otherwise a function returns what its system call returns: -1 and errno on failure. EINTR is retried
// by the caller, in one place (Syscall.swift).
//
// No feature macro is defined here: it would change what the Glibc module shows to Swift. shim.c is compiled with
// _GNU_SOURCE (Package.swift).
#ifndef BATON_CLINUX_H
#define BATON_CLINUX_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>

// MARK: Event loop

// Blocks of at least `threshold` bytes are mapped by themselves and go back to the kernel when they are freed.
void baton_return_large_blocks(size_t threshold);
// epoll_pwait2 by number, because older C libraries lack the wrapper; ENOSYS before Linux 5.11.
int baton_epoll_pwait2(int epoll, struct epoll_event *events, int count, int64_t timeout_nanoseconds);

// MARK: Sockets

// An address and port in host byte order. An IPv4 address is in the low 32 bits of `low`.
struct baton_endpoint {
  uint64_t high;
  uint64_t low;
  uint32_t scope;
  uint16_t port;
  uint8_t family;  // 4, 6, or 0 for none
};

// What the kernel says about one received datagram or frame.
struct baton_datagram {
  struct baton_endpoint source;
  struct baton_endpoint destination;
  int64_t stamp;       // CLOCK_REALTIME nanoseconds of reception; 0 = none given
  uint32_t interface;  // 0 = none given
  uint32_t dropped;    // SO_RXQ_OVFL: datagrams this socket has dropped since it was opened; 0 also when none given
  uint32_t offset;     // where the payload starts in the slot (behind the IPv4 header of a raw socket)
  uint32_t length;     // payload length
  int32_t hop_limit;   // -1 = none given
  int32_t traffic_class;  // -1 = none given
  uint16_t ethertype;  // packet sockets only
  uint8_t truncated;   // the datagram was longer than the slot
  uint8_t outgoing;    // packet sockets only: sent by this host
};

enum baton_socket_kind {
  BATON_DATAGRAM = 0,   // UDP, raw IPv6: the payload is the data
  BATON_RAW_IPV4 = 1,   // the data starts with the IPv4 header
  BATON_PACKET = 2,     // whole frames
  BATON_RAW_IPV4_WHOLE = 3,  // as BATON_RAW_IPV4, and the header is part of the payload
};

// Preallocated room for `recvmmsg`.
struct baton_receive_batch;
struct baton_receive_batch *baton_receive_batch_create(uint32_t capacity, uint32_t slot_size);  // NULL: no memory
void baton_receive_batch_destroy(struct baton_receive_batch *batch);
// Receives without waiting; the number of datagrams, or -1.
int baton_receive_batch_fill(struct baton_receive_batch *batch, int socket, enum baton_socket_kind kind);
// Both are valid for 0 <= index < the last result of baton_receive_batch_fill, until the next fill.
const struct baton_datagram *baton_receive_batch_datagram(const struct baton_receive_batch *batch, uint32_t index);
const uint8_t *baton_receive_batch_bytes(const struct baton_receive_batch *batch, uint32_t index);

// Preallocated room for `sendmmsg`.
struct baton_send_batch;
struct baton_send_batch *baton_send_batch_create(uint32_t capacity, uint32_t slot_size);  // NULL: no memory
void baton_send_batch_destroy(struct baton_send_batch *batch);
// Copies a datagram into slot `index`. `source` (family 0: the kernel chooses) and `interface` (0: likewise) travel as
// packet information. -1 and EMSGSIZE when it is longer than the slot.
int baton_send_batch_put(struct baton_send_batch *batch, uint32_t index, const uint8_t *bytes, size_t length,
                         const struct baton_endpoint *destination, const struct baton_endpoint *source,
                         uint32_t interface);
// Sends the slots first ..< first + count without waiting; the number sent, or -1 when the first of them failed.
int baton_send_batch_send(struct baton_send_batch *batch, int socket, uint32_t first, uint32_t count);

// One datagram, without waiting; `hop_limit` is its TTL or hop limit, 0 for the socket's.
ssize_t baton_send(int socket, const uint8_t *bytes, size_t length, const struct baton_endpoint *destination,
                   const struct baton_endpoint *source, uint32_t interface, uint8_t hop_limit);
// One whole Ethernet frame out of `interface`, without waiting.
ssize_t baton_send_frame(int socket, const uint8_t *bytes, size_t length, uint32_t interface);

int baton_socket_bind(int socket, const struct baton_endpoint *endpoint);
int baton_socket_connect(int socket, const struct baton_endpoint *endpoint);
int baton_socket_name(int socket, struct baton_endpoint *endpoint);
int baton_packet_bind(int socket, uint16_t ethertype, uint32_t interface);
// Packet information, hop limit and traffic class, kernel time stamp and drop counter with every datagram.
int baton_socket_request_metadata(int socket, int family);
int baton_socket_request_stamps(int socket);
int baton_socket_multicast(int socket, const struct baton_endpoint *group, uint32_t interface, int join);
int baton_socket_multicast_interface(int socket, int family, uint32_t interface);
int baton_socket_bind_device(int socket, const char *name);
int baton_socket_attach_filter(int socket, const struct sock_filter *instructions, uint16_t count);
// Lets further sockets of this user bind the same address and port.
int baton_socket_share_port(int socket);
// The program chooses among the sockets that share a port: its result is their number in the order of binding.
int baton_socket_sort(int socket, const struct sock_filter *instructions, uint16_t count);
// How many datagrams this socket has dropped since it was opened, filter included.
int baton_socket_drops(int socket, uint32_t *drops);
// Unix socket addresses: a leading NUL makes the name abstract.
int baton_unix_bind(int socket, const char *path, size_t length);
int baton_unix_connect(int socket, const char *path, size_t length);
ssize_t baton_unix_send(int socket, const uint8_t *bytes, size_t length, const char *path, size_t path_length);
int baton_accept(int socket);  // non-blocking, close-on-exec
int baton_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);

extern const int baton_AF_PACKET;
// The types under names of our own: those of the C library belong to whichever module the compiler happens to load first.
extern const int baton_SOCK_STREAM;
extern const int baton_SOCK_DGRAM;
extern const int baton_SOCK_RAW;
extern const int baton_SOCK_FLAGS;  // SOCK_NONBLOCK | SOCK_CLOEXEC
extern const int baton_SO_RCVBUFFORCE;
extern const int baton_SO_PRIORITY;
extern const int baton_SO_DETACH_FILTER;
extern const int baton_IP_FREEBIND;
extern const int baton_IP_MULTICAST_ALL;
extern const int baton_IPV6_MULTICAST_ALL;
extern const int baton_IP_TRANSPARENT;
extern const int baton_IPV6_TRANSPARENT;
extern const int baton_UDP_SEGMENT;
extern const int baton_IP_MTU_DISCOVER;
extern const int baton_IP_PMTUDISC_DONT;
extern const int baton_IP_PMTUDISC_PROBE;  // the same number as IPV6_PMTUDISC_PROBE
extern const int baton_IPV6_MTU_DISCOVER;
extern const int baton_IPV6_DONTFRAG;
extern const int baton_IPV6_FREEBIND;
extern const int baton_PACKET_IGNORE_OUTGOING;
extern const int baton_SOL_PACKET;

// MARK: Processes

struct baton_spawn_options {
  int32_t new_group;        // not 0: the child leads a process group of its own
  int32_t death_signal;     // 0: none
  int32_t change_identity;  // not 0: take uid, gid and groups
  int32_t clear_capabilities;  // not 0: inherit no ambient capabilities
  uint32_t uid;
  uint32_t gid;
  uint32_t group_count;
  uint32_t descriptor_count;
};

// Starts a program and returns its process id; *pidfd is a descriptor of the process. `directory` NULL is the parent's.
// The child gets the descriptors `sources` under the numbers `targets`. When the program could not be started:
// the negative errno, and *step names the call that failed.
int32_t baton_spawn(const char *path, char *const *arguments, char *const *environment, const char *directory,
                    const int32_t *sources, const int32_t *targets, const uint32_t *groups,
                    const struct baton_spawn_options *options, int32_t *pidfd, const char **step);

struct baton_exit {
  int32_t code;    // exit status, or the signal
  int32_t signal;  // not 0: killed by a signal
};
// Collects an exited child: 1 and *exit, 0 when it still runs, -1.
int baton_wait_child(int pidfd, struct baton_exit *exit);
int baton_pidfd_open(int32_t pid);
int baton_pidfd_send_signal(int pidfd, int signal);

int baton_block_signals(const int32_t *signals, uint32_t count);
int baton_signalfd(const int32_t *signals, uint32_t count);

int baton_set_name(const char *name);
// PR_SET_DUMPABLE: whether the process may leave a core dump and be traced by other processes of its user.
int baton_set_dumpable(int is_dumpable);
int baton_set_timer_slack(uint64_t nanoseconds);
int baton_set_scheduler(int policy, int priority);  // with SCHED_RESET_ON_FORK
int baton_set_affinity(const int32_t *cpus, uint32_t count);
int baton_lock_memory(void);  // current and future pages, each locked when it is first touched
void baton_release_code(void);  // drops all pages of code that are not locked; what is used again comes back from the file
int baton_set_limit(int resource, uint64_t soft, uint64_t hard);
int baton_get_limit(int resource, uint64_t *soft, uint64_t *hard);
int baton_capabilities(uint64_t *effective, uint64_t *permitted);
// Enters the network namespace of a descriptor / a new one, for the calling thread.
int baton_set_network_namespace(int descriptor);
int baton_unshare_network(void);

extern const int baton_SCHED_OTHER;
extern const int baton_SCHED_FIFO;
extern const int baton_SCHED_RR;
extern const int baton_RLIMIT_RTPRIO;
extern const int baton_RLIMIT_RTTIME;
extern const int baton_RLIMIT_NOFILE;
extern const int baton_RLIMIT_MEMLOCK;
extern const int baton_RLIMIT_CORE;
extern const int baton_RLIMIT_AS;
extern const int baton_RLIMIT_DATA;

// Runs `body` in a thread of its own, with ordinary scheduling and no signals: 0, or the error number.
int baton_start_background_thread(void *(*body)(void *), void *context);

// MARK: The rest

// An anonymous file of this size that cannot grow or shrink: whoever writes beyond its end gets EPERM.
int baton_sealed_file(size_t size);
int baton_pipe(int32_t ends[2]);  // non-blocking, close-on-exec
int baton_socketpair(int type, int32_t ends[2]);  // non-blocking, close-on-exec
int baton_host_name(char *name, size_t length);
ssize_t baton_random(void *bytes, size_t length);
const char *baton_error_text(int code);
const char *baton_error_name(int code);  // "ENOENT"; NULL for an unknown number
#endif
