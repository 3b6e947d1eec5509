// SPDX-License-Identifier: Apache-2.0
/* rtnetlink(7), as much of it as two namespaces need. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include "base/file.h"
#include "sandbox/link.h"

#define JAIL_DEVICE "eth0"
#define WORLD_DEVICE "world0"

enum { MESSAGE_MAX = 1024, SEQUENCE = 1 };

struct message {
    union {
        struct nlmsghdr head;
        char bytes[MESSAGE_MAX];
    };
};

static void *begin(struct message *m, uint16_t type, uint16_t flags, size_t body)
{
    memset(m, 0, sizeof(*m));
    m->head = (struct nlmsghdr){.nlmsg_len = (uint32_t)NLMSG_LENGTH(body), .nlmsg_type = type,
                                .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags), .nlmsg_seq = SEQUENCE};
    return NLMSG_DATA(&m->head);
}

static struct rtattr *add(struct message *m, uint16_t type, const void *p, size_t n)
{
    struct rtattr *a = (struct rtattr *)(m->bytes + NLMSG_ALIGN(m->head.nlmsg_len));
    a->rta_type = type;
    a->rta_len = (uint16_t)RTA_LENGTH(n);
    if (n)
        memcpy(RTA_DATA(a), p, n);
    m->head.nlmsg_len = NLMSG_ALIGN(m->head.nlmsg_len) + (uint32_t)RTA_ALIGN(a->rta_len);
    return a;
}

static void end(struct message *m, struct rtattr *a)
{
    a->rta_len = (uint16_t)(m->bytes + m->head.nlmsg_len - (char *)a);
}

static int ask(struct message *m, struct error *err, const char *what)
{
    struct message answer;
    _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0 || send(fd, m, m->head.nlmsg_len, 0) < 0)
        return error_errno(err, -errno, "%s", what);
    const ssize_t n = recv(fd, &answer, sizeof(answer), 0);
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(int)) || answer.head.nlmsg_type != NLMSG_ERROR)
        return error_set(err, -EIO, "%s: the kernel gives no answer", what);
    const int r = ((struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
    return r < 0 ? error_errno(err, r, "%s", what) : 0;
}

static int make_pair(int jail, struct error *err)
{
    /* what docker would give to the first container */
    static const uint8_t mac[6] = {0x02, 0x42, 0xac, 0x11, 0x00, 0x02};
    struct message m;
    struct ifinfomsg peer = {};
    begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
    add(&m, IFLA_IFNAME, WORLD_DEVICE, sizeof(WORLD_DEVICE));
    struct rtattr *info = add(&m, IFLA_LINKINFO, NULL, 0);
    add(&m, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = add(&m, IFLA_INFO_DATA, NULL, 0);
    struct rtattr *other = add(&m, VETH_INFO_PEER, &peer, sizeof(peer));
    add(&m, IFLA_IFNAME, JAIL_DEVICE, sizeof(JAIL_DEVICE));
    add(&m, IFLA_ADDRESS, mac, sizeof(mac));
    add(&m, IFLA_NET_NS_FD, &jail, sizeof(jail));
    end(&m, other);
    end(&m, data);
    end(&m, info);
    return ask(&m, err, "a pair of network devices");
}

static int bring_up(const char *device, struct error *err)
{
    struct message m;
    struct ifinfomsg *i = begin(&m, RTM_NEWLINK, 0, sizeof(*i));
    i->ifi_index = (int)if_nametoindex(device);
    i->ifi_flags = i->ifi_change = IFF_UP;
    return ask(&m, err, device);
}

static int add_address(const char *device, int family, const char *text, uint8_t bits, struct error *err)
{
    struct message m;
    uint8_t address[16];
    const size_t n = family == AF_INET ? 4 : 16;
    struct ifaddrmsg *i = begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*i));
    *i = (struct ifaddrmsg){.ifa_family = (uint8_t)family, .ifa_prefixlen = bits, .ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0,
                            .ifa_index = if_nametoindex(device)};
    (void)inet_pton(family, text, address);
    add(&m, IFA_LOCAL, address, n);
    add(&m, IFA_ADDRESS, address, n);
    return ask(&m, err, text);
}

/* Everything goes to the gateway; without one, everything is this namespace's own. */
static int add_route(const char *device, int family, const char *gateway, struct error *err)
{
    struct message m;
    uint8_t address[16];
    const unsigned index = if_nametoindex(device);
    struct rtmsg *r = begin(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof(*r));
    *r = (struct rtmsg){.rtm_family = (uint8_t)family, .rtm_protocol = RTPROT_STATIC, .rtm_type = gateway ? RTN_UNICAST : RTN_LOCAL,
                        .rtm_table = RT_TABLE_MAIN, /* not `local`, which is asked before the way back to the jail */
                        .rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST};
    add(&m, RTA_OIF, &index, sizeof(index));
    if (gateway) {
        (void)inet_pton(family, gateway, address);
        add(&m, RTA_GATEWAY, address, family == AF_INET ? 4 : 16);
    }
    return ask(&m, err, "a route");
}

static int new_space(struct error *err)
{
    if (unshare(CLONE_NEWNET) < 0)
        return error_errno(err, -errno, "a network namespace");
    const int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, -errno, "/proc/self/ns/net");
    const int r = bring_up("lo", err);
    if (r < 0)
        (void)close(fd);
    return r < 0 ? r : fd;
}

/* What an old kernel does not answer counts for nothing there. */
static int join_v6(bool in_jail, struct error *err)
{
    int r = add_address(in_jail ? JAIL_DEVICE : WORLD_DEVICE, AF_INET6, in_jail ? LINK_JAIL6 : LINK_ROUTER6, 64, err);
    if (!r)
        r = in_jail ? add_route(JAIL_DEVICE, AF_INET6, LINK_ROUTER6, err) : add_route("lo", AF_INET6, NULL, err);
    return r;
}

static int join(struct link_pair *p, struct error *err)
{
    struct error ignored = ERROR_NULL;
    int r = new_space(err);
    if (r < 0)
        return r;
    p->world = r;
    r = make_pair(p->jail, err);
    if (!r)
        r = add_address(WORLD_DEVICE, AF_INET, LINK_ROUTER, 16, err);
    if (!r)
        r = bring_up(WORLD_DEVICE, err);
    if (!r)
        r = add_route("lo", AF_INET, NULL, err);
    p->has_v6 = !r && !join_v6(false, &ignored);
    if (!r && setns(p->jail, CLONE_NEWNET) < 0)
        r = error_errno(err, -errno, "setns");
    if (!r)
        r = add_address(JAIL_DEVICE, AF_INET, LINK_JAIL, 16, err);
    if (!r)
        r = bring_up(JAIL_DEVICE, err);
    if (!r)
        r = add_route(JAIL_DEVICE, AF_INET, LINK_ROUTER, err);
    p->has_v6 &= !r && !join_v6(true, &ignored);
    return r;
}

int link_pair_make(bool joined, struct link_pair *ret, struct error *err)
{
    struct link_pair p = {.jail = -1, .world = -1};
    _cleanup_close_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return error_errno(err, -errno, "/proc/self/ns/net");
    int r = new_space(err);
    p.jail = r;
    if (r >= 0)
        r = joined ? join(&p, err) : 0;
    if (setns(own, CLONE_NEWNET) < 0 && r >= 0)
        r = error_errno(err, -errno, "setns");
    if (r < 0) {
        if (p.jail >= 0)
            (void)close(p.jail);
        if (p.world >= 0)
            (void)close(p.world);
        return r;
    }
    *ret = p;
    return 0;
}
