// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A question to a serving worker: facts so far, and a text or an open file to look at. Inside the room only. */
#include "base/strbuf.h"

struct request {
    struct str facts; /* encoded */
    struct str text;
    int fd; /* -1: the text is meant */
    struct strbuf bytes; /* of one that was received: owns what the two above point to */
};

/* Sends the question over a stream socket. 0 or -errno. */
int request_send(int socket, const struct request *q);
/* 0; 1 when the other side has gone or sent what is no question. The caller ends it with request_done(). */
int request_receive(int socket, struct request *ret);
/* Closes the file, keeps the memory for the next one. */
void request_done(struct request *q);
/* Closes the file and gives the memory back. */
void request_free(struct request *q);
