// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Files with credentials as `docker login` (~/.docker/config.json) and `podman login` (auth.json) write them: which one
 * is for a given image. Reads text, touches no file and runs nothing.
 */
#include "image/reference.h"

enum { AUTH_FILE_MAX = 1 << 20 }; /* bytes of such a file: one login takes about 200 */

/* Strings in the arena, empty where the file says nothing. */
struct credential {
    struct str user, password;
    struct str identity_token; /* an OAuth2 refresh token that a token server takes */
    struct str registry_token; /* a bearer token that the registry takes as it is */
    struct str helper;         /* of docker-credential-<helper>, letters, digits, `.`, `_`, `-`: ask it first */
    struct str server;         /* what to ask the helper for */
};

/*
 * 0; 1 when the file has nothing for this registry; -EINVAL when it is no JSON object or an entry that would count is
 * broken. The most specific key wins (host/namespace/repository, host/namespace, host), as podman does.
 */
int auth_file_find(struct str json, const struct reference *r, struct arena *a, struct credential *ret, struct error *err);
/* What `docker-credential-X get` prints: a JSON object with Username and Secret. -EINVAL for anything else. */
int auth_helper_answer(struct str json, struct arena *a, struct credential *ret, struct error *err);
