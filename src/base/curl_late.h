// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * libcurl, loaded when it is first needed. It brings 25 libraries along, and loading them took longer than all else that most programs
 * of ours do before their first event, while most runs talk to nobody. Its functions have their own names and meaning here
 * (<curl/curl.h>); those that we call are in curl_late.c, and another one is a mistake that the linker tells.
 *
 * A program that is going to give up the right to open files or to map them as code calls curl_late() before.
 */
#include <curl/curl.h>

#include "base/error.h"

/*
 * Loads it. 0, or -ENOPKG with text (err may be NULL). Without it, and where it cannot be loaded, curl_easy_init() and curl_url() give
 * NULL and curl_global_init() fails. What is loaded stays until the program ends.
 */
int curl_late(struct error *err);
