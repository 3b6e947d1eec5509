// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Where a user's credentials for a registry lie: the files of podman and docker, and the helpers that these name. */
#include "base/strbuf.h"
#include "image/registry/auth_file.h"

/*
 * `file`, else the first of $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json, $DOCKER_CONFIG/config.json,
 * ~/.docker/config.json and ~/.config/containers/auth.json that has something for this registry. 0 and the credential with
 * its helper already asked, and the file's name in *ret_file; 1 when there is none: anonymous access is tried. Negative when
 * `file` was named and cannot be used. What is wrong with the user's other files is skipped and said in `note`.
 */
int credentials_find(const char *file, const struct reference *r, struct arena *a, struct credential *ret,
                     struct str *ret_file, struct strbuf *note, struct error *err);
