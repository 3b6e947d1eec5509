// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the forms of lines that servers write share (log/text_servers.h): each form is a function that looks at one trimmed line and says what it tells, or false. */
#include "log/text_servers.h"

typedef bool text_server_form(struct str line, const struct text_clock *clock, struct text_server *ret);

/* A pair more; without a name or a text none. */
void text_server_pair(struct text_server *r, struct str name, struct str text);
/* Who says what. */
void text_server_say(struct text_server *r, struct str program, struct str message);
/* A login that was refused. */
void text_server_refuse(struct text_server *r, struct str user, const char *reason);
/* "Mar", "02", "2026", "10:15:30": parts of a date that stand in another order; a year that is not told is empty. */
bool text_server_time(struct str month, struct str day, struct str year, struct str hour, const struct text_clock *clock, uint64_t *ret);
/* The same where the month is a number of two digits, "03". */
bool text_server_time_number(struct str month, struct str day, struct str year, struct str hour, const struct text_clock *clock, uint64_t *ret);
/* text_time_iso(), also with the zone behind a blank: 2026-03-02 10:15:30 +0100. */
bool text_server_iso(struct str *s, const struct text_clock *clock, uint64_t *ret_ns);
/* INFO, warning, Severe: a level, in any case. */
bool text_server_is_level(struct str s);

/* Exim's main and reject log (text_exim.c). */
text_server_form text_server_exim;
/* Alerts of Snort and Suricata on a line, fast.log (text_fast.c). */
text_server_form text_server_fast;
/* What happened to containers, as docker events and podman events tell it (text_events.c). */
text_server_form text_server_events;
/* OpenVPN's own file (text_vpn.c). */
text_server_form text_server_openvpn;
/* Applications: Rails, Laravel and others of Monolog, Django and its own server (text_apps.c). */
text_server_form text_server_rails, text_server_monolog, text_server_django;
