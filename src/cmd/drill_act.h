// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the acts of davy-drill-act share. */
#include <netinet/in.h>

/* Ends the program with a complaint when something could not be done. */
void must(int done, const char *what);
/* False: no address. */
int address(const char *text, int port, struct sockaddr_in *ret);
/* A listener of its own at that address. */
int listen_at(const struct sockaddr_in *at);

/* Acts that are many of one kind (drill_act_many.c): each says its arguments above itself. */
int act_fetch(char **args);
int act_script(char **args);
int act_beacon(char **args);
int act_upload(char **args);
int act_rename(char **args);
int act_fan(char **args);
int act_say(char **args);
int act_encrypt(char **args);
int act_hello(char **args);
int act_failures(char **args);
int act_datagrams(char **args);
int act_ports(char **args);
