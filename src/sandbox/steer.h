// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Brings every connection and datagram that arrives in a network namespace, to whatever address and port, to two sockets there: a
 * small program at the place where the kernel looks for who listens (BPF_PROG_TYPE_SK_LOOKUP, Linux 5.9). The sockets then tell
 * what was meant: getsockname(2) of a connection, IP_ORIGDSTADDR of a datagram.
 */
#include "base/error.h"

/*
 * `space` is a descriptor of the namespace; stream and datagram are listening IPv6 sockets of it that take IPv4 as well. Returns a
 * descriptor that holds the steering: closing it ends that. -errno with text.
 */
int steer(int space, int stream, int datagram, struct error *err);
