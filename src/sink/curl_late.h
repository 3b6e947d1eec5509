// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * libcurl, loaded when a webhook is opened. It brings 25 libraries along, and loading them took longer than all else that a program of ours
 * does before its first event, while most runs send nothing to a webhook.
 */
#include <curl/curl.h>

#include "base/error.h"

#define CURL_CALLS(CALL)                                                                                               \
    CALL(easy_cleanup)                                                                                                 \
    CALL(easy_getinfo)                                                                                                 \
    CALL(easy_init)                                                                                                    \
    CALL(easy_perform)                                                                                                 \
    CALL(easy_reset)                                                                                                   \
    CALL(easy_setopt)                                                                                                  \
    CALL(easy_strerror)                                                                                                \
    CALL(free)                                                                                                         \
    CALL(global_cleanup)                                                                                               \
    CALL(global_init)                                                                                                  \
    CALL(slist_append)                                                                                                 \
    CALL(slist_free_all)                                                                                               \
    CALL(url)                                                                                                          \
    CALL(url_cleanup)                                                                                                  \
    CALL(url_get)                                                                                                      \
    CALL(url_set)

/* curl_easy_init() is lib.easy_init(), and so on. */
struct curl_calls {
#define CALL(name) typeof(&curl_##name) name;
    CURL_CALLS(CALL)
#undef CALL
};

/* 0, or -ENOPKG with text when the library is not there. What is loaded stays until the program ends. */
int curl_late(struct curl_calls *ret, struct error *err);
