// Sockets: addresses, control messages, and the batches of recvmmsg and sendmmsg.
#include "CLinux.h"

#include <endian.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/sock_diag.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_ll link;
};

enum { control_size = 256 };

// MARK: Addresses

static void read_v6(struct baton_endpoint *endpoint, const struct in6_addr *address) {
  uint64_t halves[2];
  memcpy(halves, address, sizeof halves);
  endpoint->high = be64toh(halves[0]);
  endpoint->low = be64toh(halves[1]);
  endpoint->family = 6;
}

static void write_v6(struct in6_addr *address, const struct baton_endpoint *endpoint) {
  uint64_t halves[2] = {htobe64(endpoint->high), htobe64(endpoint->low)};
  memcpy(address, halves, sizeof halves);
}

static void read_address(struct baton_endpoint *endpoint, const union address *address) {
  memset(endpoint, 0, sizeof *endpoint);
  switch (address->any.sa_family) {
    case AF_INET:
      endpoint->family = 4;
      endpoint->low = ntohl(address->v4.sin_addr.s_addr);
      endpoint->port = ntohs(address->v4.sin_port);
      break;
    case AF_INET6:
      read_v6(endpoint, &address->v6.sin6_addr);
      endpoint->port = ntohs(address->v6.sin6_port);
      endpoint->scope = address->v6.sin6_scope_id;
      break;
  }
}

static socklen_t write_address(union address *address, const struct baton_endpoint *endpoint) {
  memset(address, 0, sizeof *address);
  if (endpoint->family == 4) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_addr.s_addr = htonl((uint32_t)endpoint->low);
    address->v4.sin_port = htons(endpoint->port);
    return sizeof address->v4;
  }
  address->v6.sin6_family = AF_INET6;
  write_v6(&address->v6.sin6_addr, endpoint);
  address->v6.sin6_port = htons(endpoint->port);
  address->v6.sin6_scope_id = endpoint->scope;
  return sizeof address->v6;
}

int baton_socket_bind(int socket, const struct baton_endpoint *endpoint) {
  union address address;
  socklen_t length = write_address(&address, endpoint);
  return bind(socket, &address.any, length);
}

int baton_socket_connect(int socket, const struct baton_endpoint *endpoint) {
  union address address;
  socklen_t length = write_address(&address, endpoint);
  return connect(socket, &address.any, length);
}

int baton_socket_name(int socket, struct baton_endpoint *endpoint) {
  union address address;
  socklen_t length = sizeof address;
  if (getsockname(socket, &address.any, &length) < 0) return -1;
  read_address(endpoint, &address);
  return 0;
}

int baton_packet_bind(int socket, uint16_t ethertype, uint32_t interface) {
  union address address = {0};
  address.link.sll_family = AF_PACKET;
  address.link.sll_protocol = htons(ethertype);
  address.link.sll_ifindex = (int)interface;
  return bind(socket, &address.any, sizeof address.link);
}

static int unix_address(struct sockaddr_un *address, const char *path, size_t length, socklen_t *size) {
  if (length >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, length);
  // An abstract name is as long as it says; a path is ended by NUL.
  *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (length > 0 && path[0] == 0 ? 0 : 1));
  return 0;
}

int baton_unix_bind(int socket, const char *path, size_t length) {
  struct sockaddr_un address;
  socklen_t size;
  if (unix_address(&address, path, length, &size) < 0) return -1;
  return bind(socket, (struct sockaddr *)&address, size);
}

int baton_unix_connect(int socket, const char *path, size_t length) {
  struct sockaddr_un address;
  socklen_t size;
  if (unix_address(&address, path, length, &size) < 0) return -1;
  return connect(socket, (struct sockaddr *)&address, size);
}

ssize_t baton_unix_send(int socket, const uint8_t *bytes, size_t length, const char *path, size_t path_length) {
  struct sockaddr_un address;
  socklen_t size;
  if (unix_address(&address, path, path_length, &size) < 0) return -1;
  return sendto(socket, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, size);
}

int baton_accept(int socket) { return accept4(socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int baton_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -1;
  *pid = credentials.pid;
  *uid = credentials.uid;
  *gid = credentials.gid;
  return 0;
}

// MARK: Options

static int enable(int socket, int level, int option) {
  int on = 1;
  return setsockopt(socket, level, option, &on, sizeof on);
}

int baton_socket_request_stamps(int socket) {
  if (enable(socket, SOL_SOCKET, SO_TIMESTAMPNS) < 0) return -1;
  return enable(socket, SOL_SOCKET, SO_RXQ_OVFL);
}

int baton_socket_request_metadata(int socket, int family) {
  if (baton_socket_request_stamps(socket) < 0) return -1;
  if (family == 4) {
    if (enable(socket, IPPROTO_IP, IP_PKTINFO) < 0) return -1;
    if (enable(socket, IPPROTO_IP, IP_RECVTOS) < 0) return -1;
    return enable(socket, IPPROTO_IP, IP_RECVTTL);
  }
  if (enable(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO) < 0) return -1;
  if (enable(socket, IPPROTO_IPV6, IPV6_RECVTCLASS) < 0) return -1;
  return enable(socket, IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
}

int baton_socket_multicast(int socket, const struct baton_endpoint *group, uint32_t interface, int join) {
  if (group->family == 4) {
    struct ip_mreqn request = {.imr_ifindex = (int)interface};
    request.imr_multiaddr.s_addr = htonl((uint32_t)group->low);
    return setsockopt(socket, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof request);
  }
  struct ipv6_mreq request = {.ipv6mr_interface = interface};
  write_v6(&request.ipv6mr_multiaddr, group);
  return setsockopt(socket, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request, sizeof request);
}

int baton_socket_multicast_interface(int socket, int family, uint32_t interface) {
  if (family == 4) {
    struct ip_mreqn request = {.imr_ifindex = (int)interface};
    return setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request);
  }
  int index = (int)interface;
  return setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
}

int baton_socket_bind_device(int socket, const char *name) {
  return setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strnlen(name, IFNAMSIZ - 1) + 1);
}

int baton_socket_attach_filter(int socket, const struct sock_filter *instructions, uint16_t count) {
  struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int baton_socket_share_port(int socket) { return enable(socket, SOL_SOCKET, SO_REUSEPORT); }

int baton_socket_sort(int socket, const struct sock_filter *instructions, uint16_t count) {
  struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

int baton_socket_drops(int socket, uint32_t *drops) {
  uint32_t figures[SK_MEMINFO_VARS] = {0};
  socklen_t length = sizeof figures;
  if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, figures, &length) < 0) return -1;
  *drops = figures[SK_MEMINFO_DROPS];
  return 0;
}

const int baton_AF_PACKET = AF_PACKET;
const int baton_SOCK_STREAM = SOCK_STREAM;
const int baton_SOCK_DGRAM = SOCK_DGRAM;
const int baton_SOCK_RAW = SOCK_RAW;
const int baton_SOCK_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;
const int baton_SO_RCVBUFFORCE = SO_RCVBUFFORCE;
const int baton_SO_PRIORITY = SO_PRIORITY;
const int baton_SO_DETACH_FILTER = SO_DETACH_FILTER;
const int baton_IP_FREEBIND = IP_FREEBIND;
const int baton_IP_MULTICAST_ALL = IP_MULTICAST_ALL;
const int baton_IPV6_MULTICAST_ALL = IPV6_MULTICAST_ALL;
const int baton_IP_TRANSPARENT = IP_TRANSPARENT;
const int baton_IPV6_TRANSPARENT = IPV6_TRANSPARENT;
const int baton_UDP_SEGMENT = UDP_SEGMENT;
const int baton_IP_MTU_DISCOVER = IP_MTU_DISCOVER;
const int baton_IP_PMTUDISC_DONT = IP_PMTUDISC_DONT;
const int baton_IP_PMTUDISC_PROBE = IP_PMTUDISC_PROBE;
const int baton_IPV6_MTU_DISCOVER = IPV6_MTU_DISCOVER;
const int baton_IPV6_DONTFRAG = IPV6_DONTFRAG;
const int baton_IPV6_FREEBIND = IPV6_FREEBIND;
const int baton_PACKET_IGNORE_OUTGOING = PACKET_IGNORE_OUTGOING;
const int baton_SOL_PACKET = SOL_PACKET;

// MARK: Receiving

struct baton_receive_batch {
  struct mmsghdr *messages;
  struct iovec *parts;
  union address *names;
  struct baton_datagram *datagrams;
  uint8_t *control;
  uint8_t *bytes;
  uint32_t capacity;
  uint32_t slot_size;
};

// The kernel overwrites the lengths in a header, so it is made anew after each use.
static void prepare(struct baton_receive_batch *batch, uint32_t index) {
  batch->parts[index] = (struct iovec){batch->bytes + (size_t)index * batch->slot_size, batch->slot_size};
  batch->messages[index].msg_hdr = (struct msghdr){
      .msg_name = &batch->names[index],
      .msg_namelen = sizeof batch->names[index],
      .msg_iov = &batch->parts[index],
      .msg_iovlen = 1,
      .msg_control = batch->control + (size_t)index * control_size,
      .msg_controllen = control_size,
  };
}

struct baton_receive_batch *baton_receive_batch_create(uint32_t capacity, uint32_t slot_size) {
  struct baton_receive_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return NULL;
  batch->capacity = capacity;
  batch->slot_size = slot_size;
  batch->messages = calloc(capacity, sizeof *batch->messages);
  batch->parts = calloc(capacity, sizeof *batch->parts);
  batch->names = calloc(capacity, sizeof *batch->names);
  batch->datagrams = calloc(capacity, sizeof *batch->datagrams);
  batch->control = calloc(capacity, control_size);
  batch->bytes = calloc(capacity, slot_size);
  if (!batch->messages || !batch->parts || !batch->names || !batch->datagrams || !batch->control || !batch->bytes) {
    baton_receive_batch_destroy(batch);
    return NULL;
  }
  for (uint32_t i = 0; i < capacity; i++) prepare(batch, i);
  return batch;
}

void baton_receive_batch_destroy(struct baton_receive_batch *batch) {
  free(batch->messages);
  free(batch->parts);
  free(batch->names);
  free(batch->datagrams);
  free(batch->control);
  free(batch->bytes);
  free(batch);
}

static void read_socket_control(struct baton_datagram *datagram, const struct cmsghdr *message) {
  if (message->cmsg_type == SCM_TIMESTAMPNS) {
    struct timespec stamp;
    memcpy(&stamp, CMSG_DATA(message), sizeof stamp);
    datagram->stamp = stamp.tv_sec * 1000000000 + stamp.tv_nsec;
  } else if (message->cmsg_type == SO_RXQ_OVFL) {
    memcpy(&datagram->dropped, CMSG_DATA(message), sizeof datagram->dropped);
  }
}

static void read_ipv4_control(struct baton_datagram *datagram, const struct cmsghdr *message) {
  switch (message->cmsg_type) {
    case IP_PKTINFO: {
      struct in_pktinfo information;
      memcpy(&information, CMSG_DATA(message), sizeof information);
      datagram->interface = (uint32_t)information.ipi_ifindex;
      datagram->destination.family = 4;
      datagram->destination.low = ntohl(information.ipi_addr.s_addr);
      break;
    }
    case IP_TTL: memcpy(&datagram->hop_limit, CMSG_DATA(message), sizeof datagram->hop_limit); break;
    case IP_TOS: datagram->traffic_class = *CMSG_DATA(message); break;
  }
}

static void read_ipv6_control(struct baton_datagram *datagram, const struct cmsghdr *message) {
  switch (message->cmsg_type) {
    case IPV6_PKTINFO: {
      struct in6_pktinfo information;
      memcpy(&information, CMSG_DATA(message), sizeof information);
      datagram->interface = information.ipi6_ifindex;
      read_v6(&datagram->destination, &information.ipi6_addr);
      break;
    }
    case IPV6_HOPLIMIT: memcpy(&datagram->hop_limit, CMSG_DATA(message), sizeof datagram->hop_limit); break;
    case IPV6_TCLASS: memcpy(&datagram->traffic_class, CMSG_DATA(message), sizeof datagram->traffic_class); break;
  }
}

// The header tells what packet information would: the addresses as they were on the wire, and the TTL.
static void read_ipv4_header(struct baton_datagram *datagram, const uint8_t *bytes) {
  struct iphdr header;
  uint32_t length = datagram->length;
  datagram->length = 0;
  if (length < sizeof header) return;
  memcpy(&header, bytes, sizeof header);
  uint32_t header_length = header.ihl * 4u;
  if (header_length < sizeof header || header_length > length) return;
  datagram->offset = header_length;
  datagram->length = length - header_length;
  datagram->hop_limit = header.ttl;
  datagram->traffic_class = header.tos;
  datagram->source = (struct baton_endpoint){.family = 4, .low = ntohl(header.saddr)};
  datagram->destination = (struct baton_endpoint){.family = 4, .low = ntohl(header.daddr)};
}

static void describe(struct baton_receive_batch *batch, uint32_t index, enum baton_socket_kind kind) {
  struct mmsghdr *message = &batch->messages[index];
  struct baton_datagram *datagram = &batch->datagrams[index];
  memset(datagram, 0, sizeof *datagram);
  datagram->hop_limit = -1;
  datagram->traffic_class = -1;
  datagram->length = message->msg_len;
  datagram->truncated = (message->msg_hdr.msg_flags & MSG_TRUNC) != 0;
  if (kind == BATON_PACKET) {
    const struct sockaddr_ll *link = &batch->names[index].link;
    datagram->interface = (uint32_t)link->sll_ifindex;
    datagram->ethertype = ntohs(link->sll_protocol);
    datagram->outgoing = link->sll_pkttype == PACKET_OUTGOING;
  } else {
    read_address(&datagram->source, &batch->names[index]);
  }
  for (struct cmsghdr *control = CMSG_FIRSTHDR(&message->msg_hdr); control;
       control = CMSG_NXTHDR(&message->msg_hdr, control)) {
    switch (control->cmsg_level) {
      case SOL_SOCKET: read_socket_control(datagram, control); break;
      case IPPROTO_IP: read_ipv4_control(datagram, control); break;
      case IPPROTO_IPV6: read_ipv6_control(datagram, control); break;
    }
  }
  if (kind != BATON_RAW_IPV4 && kind != BATON_RAW_IPV4_WHOLE) return;
  read_ipv4_header(datagram, batch->bytes + (size_t)index * batch->slot_size);
  if (kind != BATON_RAW_IPV4_WHOLE) return;
  datagram->length += datagram->offset;
  datagram->offset = 0;
}

int baton_receive_batch_fill(struct baton_receive_batch *batch, int socket, enum baton_socket_kind kind) {
  int count = recvmmsg(socket, batch->messages, batch->capacity, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    describe(batch, (uint32_t)i, kind);
    prepare(batch, (uint32_t)i);
  }
  return count;
}

const struct baton_datagram *baton_receive_batch_datagram(const struct baton_receive_batch *batch, uint32_t index) {
  return &batch->datagrams[index];
}

const uint8_t *baton_receive_batch_bytes(const struct baton_receive_batch *batch, uint32_t index) {
  return batch->bytes + (size_t)index * batch->slot_size + batch->datagrams[index].offset;
}

// MARK: Sending

struct outgoing {
  union address name;
  struct iovec part;
  _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

struct baton_send_batch {
  struct mmsghdr *messages;
  struct outgoing *slots;
  uint8_t *bytes;
  uint32_t capacity;
  uint32_t slot_size;
};

struct baton_send_batch *baton_send_batch_create(uint32_t capacity, uint32_t slot_size) {
  struct baton_send_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return NULL;
  batch->capacity = capacity;
  batch->slot_size = slot_size;
  batch->messages = calloc(capacity, sizeof *batch->messages);
  batch->slots = calloc(capacity, sizeof *batch->slots);
  batch->bytes = calloc(capacity, slot_size);
  if (batch->messages && batch->slots && batch->bytes) return batch;
  baton_send_batch_destroy(batch);
  return NULL;
}

void baton_send_batch_destroy(struct baton_send_batch *batch) {
  free(batch->messages);
  free(batch->slots);
  free(batch->bytes);
  free(batch);
}

static void put_packet_information(struct msghdr *header, struct outgoing *slot, int family,
                                   const struct baton_endpoint *source, uint32_t interface) {
  memset(slot->control, 0, sizeof slot->control);
  header->msg_control = slot->control;
  struct cmsghdr *control = (struct cmsghdr *)slot->control;
  if (family == 4) {
    struct in_pktinfo information = {.ipi_ifindex = (int)interface};
    if (source->family == 4) information.ipi_spec_dst.s_addr = htonl((uint32_t)source->low);
    control->cmsg_level = IPPROTO_IP;
    control->cmsg_type = IP_PKTINFO;
    control->cmsg_len = CMSG_LEN(sizeof information);
    memcpy(CMSG_DATA(control), &information, sizeof information);
    header->msg_controllen = CMSG_SPACE(sizeof information);
    return;
  }
  struct in6_pktinfo information = {.ipi6_ifindex = interface};
  if (source->family == 6) write_v6(&information.ipi6_addr, source);
  control->cmsg_level = IPPROTO_IPV6;
  control->cmsg_type = IPV6_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof information);
  memcpy(CMSG_DATA(control), &information, sizeof information);
  header->msg_controllen = CMSG_SPACE(sizeof information);
}

// Behind the packet information, if there is any.
static void put_hop_limit(struct msghdr *header, struct outgoing *slot, int family, int hop_limit) {
  if (header->msg_controllen == 0) memset(slot->control, 0, sizeof slot->control);
  header->msg_control = slot->control;
  struct cmsghdr *control = (struct cmsghdr *)(slot->control + header->msg_controllen);
  control->cmsg_level = family == 4 ? IPPROTO_IP : IPPROTO_IPV6;
  control->cmsg_type = family == 4 ? IP_TTL : IPV6_HOPLIMIT;
  control->cmsg_len = CMSG_LEN(sizeof hop_limit);
  memcpy(CMSG_DATA(control), &hop_limit, sizeof hop_limit);
  header->msg_controllen += CMSG_SPACE(sizeof hop_limit);
}

static void fill_header(struct msghdr *header, struct outgoing *slot, const uint8_t *bytes, size_t length,
                        const struct baton_endpoint *destination, const struct baton_endpoint *source,
                        uint32_t interface) {
  memset(header, 0, sizeof *header);
  slot->part = (struct iovec){(void *)bytes, length};
  header->msg_iov = &slot->part;
  header->msg_iovlen = 1;
  if (destination->family == 0) return;  // a connected socket
  header->msg_namelen = write_address(&slot->name, destination);
  header->msg_name = &slot->name;
  if (source->family != 0 || interface != 0)
    put_packet_information(header, slot, destination->family, source, interface);
}

int baton_send_batch_put(struct baton_send_batch *batch, uint32_t index, const uint8_t *bytes, size_t length,
                         const struct baton_endpoint *destination, const struct baton_endpoint *source,
                         uint32_t interface) {
  if (index >= batch->capacity || length > batch->slot_size) {
    errno = EMSGSIZE;
    return -1;
  }
  uint8_t *room = batch->bytes + (size_t)index * batch->slot_size;
  if (length > 0) memcpy(room, bytes, length);
  fill_header(&batch->messages[index].msg_hdr, &batch->slots[index], room, length, destination, source, interface);
  return 0;
}

int baton_send_batch_send(struct baton_send_batch *batch, int socket, uint32_t first, uint32_t count) {
  return sendmmsg(socket, batch->messages + first, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t baton_send(int socket, const uint8_t *bytes, size_t length, const struct baton_endpoint *destination,
                   const struct baton_endpoint *source, uint32_t interface, uint8_t hop_limit) {
  struct msghdr header;
  struct outgoing slot;
  fill_header(&header, &slot, bytes, length, destination, source, interface);
  if (hop_limit != 0) put_hop_limit(&header, &slot, destination->family, hop_limit);
  return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t baton_send_frame(int socket, const uint8_t *bytes, size_t length, uint32_t interface) {
  union address address = {0};
  address.link.sll_family = AF_PACKET;
  address.link.sll_ifindex = (int)interface;
  address.link.sll_halen = ETH_ALEN;
  if (length >= ETH_HLEN) {
    memcpy(address.link.sll_addr, bytes, ETH_ALEN);
    memcpy(&address.link.sll_protocol, bytes + 2 * ETH_ALEN, sizeof address.link.sll_protocol);
  }
  return sendto(socket, bytes, length, MSG_DONTWAIT, &address.any, sizeof address.link);
}
