// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Who comes in by a tunnel: what OpenVPN and strongSwan say, behind the head of syslog or in a file of their own (text_server_openvpn). */
#include "log/text.h"

/* Fills what the message says of a login; false: it says none. */
bool text_vpn_openvpn(struct str message, struct text *t);
bool text_vpn_charon(struct str message, struct text *t);
