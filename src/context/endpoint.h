// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a descriptor is, in Falco's terms: its type, who is client and who is server, its name.
 */
#include "context/jot.h"
#include "event/record_read.h"

/* The type; a socket of IPv6 that carries IPv4 (both addresses ::ffff:0:0/96, or one of them and the other none) is one of IPv4. */
enum record_fd_type endpoint_type(const struct record_fd *fd);
/* fd.type and fd.typechar: "ipv4" and '4'; "<NA>" and 'o' or '?' where Falco has no word. Static. */
struct str endpoint_type_word(enum record_fd_type type);
char endpoint_type_char(enum record_fd_type type);
/* "tcp", "udp", "icmp", "raw"; empty for another. */
struct str endpoint_l4_word(uint8_t l4proto);

struct endpoint {
    bool v6;
    bool is_listening;     /* one end only: the local one, which is the server's */
    bool is_server;        /* the local end is the server's: the record says so, or the ports */
    bool has_role;         /* it is known who is client and who is server */
    const uint8_t *local, *remote; /* 4 or 16 bytes of the record */
    uint16_t lport, rport;
};
/* False when the descriptor is no socket of IPv4 or IPv6. *ret borrows from fd. */
bool endpoint_read(const struct record_fd *fd, struct endpoint *ret);
static inline const uint8_t *endpoint_client(const struct endpoint *e)
{
    return e->is_server ? e->remote : e->local;
}
static inline const uint8_t *endpoint_server(const struct endpoint *e)
{
    return e->is_server ? e->local : e->remote;
}
static inline uint16_t endpoint_client_port(const struct endpoint *e)
{
    return e->is_server ? e->rport : e->lport;
}
static inline uint16_t endpoint_server_port(const struct endpoint *e)
{
    return e->is_server ? e->lport : e->rport;
}

/* Appends "client:port->server:port", "address:port" of a listening socket, nothing where neither is known. */
void endpoint_jot(struct jot *j, const struct endpoint *e);
/* Appends fd.name: the path, or that of a socket. */
void endpoint_jot_name(struct jot *j, const struct record_fd *fd, struct str path);
