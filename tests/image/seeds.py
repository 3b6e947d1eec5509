#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the first seeds of the image fuzzers. Usage: seeds.py tests/fuzz (the seeds are kept in the repository; this
is how they were made)."""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import sys
import tarfile


def layer(names, fmt=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=fmt) as t:
        for name in names:
            info = tarfile.TarInfo(name.rstrip("/"))
            data = b"DAVY TEST IMITATION\n"
            if name.endswith("/"):
                info.type, data = tarfile.DIRTYPE, b""
            elif name.startswith("link"):
                info.type, info.linkname, data = tarfile.SYMTYPE, "../../out", b""
            elif name.startswith("hard"):
                info.type, info.linkname, data = tarfile.LNKTYPE, "a", b""
            elif name.startswith("dev"):
                info.type, data = tarfile.CHRTYPE, b""
            info.size = len(data)
            if fmt == tarfile.PAX_FORMAT and name == "a":
                info.pax_headers = {"SCHILY.xattr.user.x": "1", "mtime": "1.5"}
            t.addfile(info, io.BytesIO(data))
    data = out.getvalue().rstrip(b"\0")  # less padding than tarfile's 10 KiB records
    return data + b"\0" * (-len(data) % 512 + 1024)


def archive(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def oci(layers, media):
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Env": ["A=1"], "Cmd": ["x"], "Labels": {"a": "b"}},
                         "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(x) for x in layers]},
                         "history": [{"created_by": "x"} for _ in layers]}).encode()
    manifest = json.dumps({"schemaVersion": 2, "config": {"digest": "sha256:" + sha(config)},
                           "layers": [{"mediaType": media, "digest": "sha256:" + sha(x), "size": len(x)} for x in layers]}).encode()
    inner = json.dumps({"manifests": [{"digest": "sha256:" + sha(manifest), "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
    index = json.dumps({"manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:" + sha(inner),
                                       "annotations": {"org.opencontainers.image.ref.name": "t"}}]}).encode()
    blobs = [("blobs/sha256/" + sha(x), x) for x in (config, manifest, inner, *layers)]
    return archive([("oci-layout", b"{}"), ("index.json", index), *blobs])


def docker(layers):
    config = b'{"config":{"Entrypoint":"sh","ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}}},"rootfs":{"diff_ids":[]}}'
    manifest = json.dumps([{"Config": sha(config) + ".json", "RepoTags": ["a:1"],
                            "Layers": [f"{i}/layer.tar" for i in range(len(layers))]}]).encode()
    return archive([("manifest.json", manifest), (sha(config) + ".json", config),
                    *[(f"{i}/layer.tar", x) for i, x in enumerate(layers)]])


def docker_old(layers):
    """The first form: a folder per layer, whose description names the layer beneath."""
    members, below = [], None
    for n, data in enumerate(layers):
        name = f"{n:064x}"
        about = {"id": name, "os": "linux", "container_config": {"Cmd": ["/bin/sh", "-c", "x"]}, "config": {"Cmd": ["x"]}}
        if below:
            about["parent"] = below
        members += [(name + "/VERSION", b"1.0"), (name + "/json", json.dumps(about).encode()), (name + "/layer.tar", data)]
        below = name
    return archive([*members, ("repositories", json.dumps({"a/b": {"1": below}}).encode())])


def flat(layers):
    """What skopeo calls dir:."""
    config = json.dumps({"os": "linux", "rootfs": {"diff_ids": ["sha256:" + sha(x) for x in layers]}}).encode()
    manifest = json.dumps({"config": {"digest": "sha256:" + sha(config)},
                           "layers": [{"digest": "sha256:" + sha(x), "size": len(x)} for x in layers]}).encode()
    listed = json.dumps({"manifests": [{"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "digest": "sha256:" + sha(manifest),
                                        "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
    return archive([*[(sha(x), x) for x in (config, *layers)], (sha(manifest) + ".manifest.json", manifest), ("manifest.json", listed),
                    ("version", b"Directory Transport Version: 1.1\n")])


def main(root):
    one = layer(["d/", "d/a", "a", "link", "hard", "dev", "../x", "/abs", "n" * 120])
    two = layer(["d/.wh..wh..opq", ".wh.a", "d/b", "a/"], tarfile.GNU_FORMAT)
    seeds = {
        "fuzz-image-tar": {"pax": one, "gnu": two, "gzip": gzip.compress(one, mtime=0), "xz": lzma.compress(one),
                           "bzip2": bz2.compress(one), "members": gzip.compress(one[:700], mtime=0) + gzip.compress(one[700:], mtime=0)},
        "fuzz-image-oci": {"oci": oci([one, two], "application/vnd.oci.image.layer.v1.tar"), "docker": docker([one, two]),
                           "docker-old": docker_old([one, two]), "flat": flat([one, two]),
                           "docker-packed": gzip.compress(docker([one, two]), mtime=0),
                           "packed": oci([gzip.compress(two, mtime=0)], "application/vnd.oci.image.layer.v1.tar+zstd")},
    }
    for target, files in seeds.items():
        os.makedirs(os.path.join(root, target), exist_ok=True)
        for name, data in files.items():
            with open(os.path.join(root, target, name), "wb") as f:
                f.write(data)


main(sys.argv[1])
