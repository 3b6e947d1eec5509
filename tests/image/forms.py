#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One image, built with real tools, in every form: all must give the same files, and what a container sees must be what
umoci unpacks. Usage: forms.py IMAGE-DUMP"""
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

DUMP = os.path.abspath(sys.argv[1])
WORK = None


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=WORK, **more)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stdout.decode(errors='replace')}")
    return done.stdout


def write(root, path, text, mode=0o644):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(full, mode)


def dump(target, *only):
    """(facts, entries, troubles)"""
    done = subprocess.run([DUMP, target, *only], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=WORK, check=False)
    if done.returncode:
        sys.exit(f"{target}: {done.stderr.decode()}")
    lines = done.stdout.decode().splitlines()
    entries = [line for line in lines if line[0].isdigit()]
    troubles = [line for line in lines if line.startswith("trouble")]
    facts = [line for line in lines if line.split(" ")[0] in ("os", "arch", "env", "cmd", "label", "diff_id", "created_by")]
    return facts, entries, troubles


# ---------------------------------------------------------------- building

def umoci(*words):
    run("umoci", *words)


def change(bundle):
    """Unpacks, yields the root, repacks what was changed as one more layer."""
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    shutil.rmtree(os.path.join(WORK, bundle), ignore_errors=True)
    umoci("unpack", *rootless, "--image", "layout:t", bundle)
    return os.path.join(WORK, bundle, "rootfs")


def build_layout():
    umoci("init", "--layout", "layout")
    umoci("new", "--image", "layout:t")
    root = change("b1")
    write(root, "etc/motd", "DAVY TEST IMITATION: first layer\n")
    write(root, "etc/keep", "kept\n")
    write(root, "opt/app/run", "#!/bin/sh\necho run\n", 0o755)
    write(root, "opt/app/lib/a", "a" * 5000)
    write(root, "opt/app/lib/b", "b" * 70000)
    write(root, "var/cache/x/y/z", "deep\n")
    write(root, "swap", "a file that becomes a folder\n")
    write(root, "turn/inner", "a folder that becomes a file\n")
    write(root, "usr/share/" + "long-name-" * 12 + "/" + "n" * 200, "long names need PAX or GNU headers\n")
    write(root, "usr/share/\u30ab\u30ca\u30ea\u30a2", "names are UTF-8\n")
    write(root, "empty", "")
    os.link(os.path.join(root, "etc/keep"), os.path.join(root, "etc/keep.hard"))
    os.symlink("keep", os.path.join(root, "etc/keep.soft"))
    os.symlink("/etc", os.path.join(root, "absolute"))
    umoci("repack", "--image", "layout:t", "b1")
    root = change("b2")
    write(root, "etc/motd", "DAVY TEST IMITATION: second layer replaces it\n")
    os.remove(os.path.join(root, "empty"))
    shutil.rmtree(os.path.join(root, "var/cache"))
    os.remove(os.path.join(root, "swap"))
    write(root, "swap/inside", "now a folder\n")
    shutil.rmtree(os.path.join(root, "turn"))
    write(root, "turn", "now a file\n")
    umoci("repack", "--image", "layout:t", "b2")
    write(WORK, "new-app/run", "#!/bin/sh\necho other\n", 0o755)
    write(WORK, "new-app/only", "only here\n")
    umoci("insert", "--opaque", "--image", "layout:t", "new-app", "/opt/app")
    root = change("b3")
    os.remove(os.path.join(root, "opt/app/only"))
    write(root, "etc/motd", "DAVY TEST IMITATION: fourth layer\n")
    umoci("repack", "--image", "layout:t", "b3")
    umoci("config", "--image", "layout:t", "--config.cmd", "/opt/app/run", "--config.env", "A=1",
          "--config.label", "what=imitation")
    return change("final")


def put_blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(WORK, layout, "blobs/sha256", digest), "wb") as f:
        f.write(data)
    return "sha256:" + digest


def get_blob(layout, digest):
    with open(os.path.join(WORK, layout, "blobs/sha256", digest.split(":")[1]), "rb") as f:
        return f.read()


def repacked(name, media_type, pack):
    """A copy of the layout whose layers are packed in another way."""
    shutil.copytree(os.path.join(WORK, "layout"), os.path.join(WORK, name))
    with open(os.path.join(WORK, name, "index.json"), encoding="utf-8") as f:
        index = json.load(f)
    entry = [m for m in index["manifests"] if m["annotations"]["org.opencontainers.image.ref.name"] == "t"][0]
    manifest = json.loads(get_blob(name, entry["digest"]))
    for layer in manifest["layers"]:
        data = pack(gzip.decompress(get_blob(name, layer["digest"])))
        layer.update(mediaType=media_type, digest=put_blob(name, data), size=len(data))
    data = json.dumps(manifest).encode()
    entry.update(digest=put_blob(name, data), size=len(data))
    with open(os.path.join(WORK, name, "index.json"), "w", encoding="utf-8") as f:
        json.dump(index, f)
    return name


def members(data):
    """gzip as pigz and estargz leave it: many members, one of them empty, and zeros behind."""
    cut = [data[i:i + 1000] for i in range(0, len(data), 1000)] + [b""]
    return b"".join(gzip.compress(piece) for piece in cut) + b"\0" * 700


def zstd(data):
    half = len(data) // 2
    return b"".join(subprocess.run(["zstd", "-q", "-c"], input=part, stdout=subprocess.PIPE, check=True).stdout
                    for part in (data[:half], data[half:]))


def old_docker(archive, name):
    """The layout of docker before 25: a folder per layer, repeated layers as links."""
    shutil.rmtree(os.path.join(WORK, "d"), ignore_errors=True)
    os.mkdir(os.path.join(WORK, "d"))
    run("tar", "-C", "d", "-xf", archive)
    path = os.path.join(WORK, "d/manifest.json")
    with open(path, encoding="utf-8") as f:
        manifest = json.load(f)
    for n, layer in enumerate(manifest[0]["Layers"]):
        os.makedirs(os.path.join(WORK, f"d/{n:064x}"))
        os.symlink(os.path.join("..", layer), os.path.join(WORK, f"d/{n:064x}/layer.tar"))
        manifest[0]["Layers"][n] = f"{n:064x}/layer.tar"
    with open(path, "w", encoding="utf-8") as f:
        json.dump(manifest, f)
    run("tar", "-C", "d", "-cf", name, ".")
    return name


# ---------------------------------------------------------------- comparing

def seen(entries):
    """What a container sees: path -> (type, mode, owner, size and SHA-256 or link target)."""
    found, hard = {}, []
    for line in entries:
        words = line.split(" ")
        layer, state, hidden_by, path, kind, size, mode, owner = words[:8]
        if state != "effective" or kind.endswith("/whiteout"):
            assert (state == "effective") == (hidden_by == "0"), line
            continue
        assert path not in found, f"seen twice: {line}"
        if kind == "hardlink":
            hard.append((path, "/" + words[9].lstrip("./")))
        if kind == "regular":
            found[path] = (kind, mode, owner, size, words[8])
        elif kind == "symlink":
            found[path] = (kind, owner, words[9])
        else:
            found[path] = (kind, mode, owner)
    for path, target in hard:
        found[path] = found[target]
    return found


def same(name, got, want):
    if got == want:
        return f"ok - {name}"
    if not isinstance(got, (list, dict)):
        return f"not ok - {name}\n#  got {got}, want {want}"
    lost, extra = [x for x in want if x not in got], [x for x in got if x not in want]
    lines = [f"#  missing {x}" for x in lost[:10]] + [f"#  extra   {x}" for x in extra[:10]]
    return "\n".join([f"not ok - {name}", *lines])


def buildah_layout():
    """An image by buildah, or None where it cannot run."""
    write(WORK, "ctx/one", "one\n")
    write(WORK, "ctx/two", "two: of another size, by which buildah tells that it changed\n")
    write(WORK, "ctx/Containerfile", "FROM scratch\nCOPY one /a/one\nCOPY two /a/one\nLABEL what=imitation\nCMD [\"/a/one\"]\n")
    where = ["--root", "store", "--runroot", "run", "--storage-driver", "vfs"]
    done = subprocess.run(["buildah", *where, "build", "--layers", "--isolation", "chroot", "-t", "two", "ctx"], cwd=WORK,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        print(f"# buildah does not run here: {done.stdout.decode(errors='replace').splitlines()[-1:]}")
        return None
    run("buildah", *where, "push", "two", "oci-archive:buildah.tar:two")
    run("buildah", *where, "push", "two", "docker-archive:buildah-docker.tar:two:1")
    return "buildah.tar"


def main():
    lines = []
    root = build_layout()
    facts, entries, troubles = dump("layout:t")
    # umoci 0.4 ends the tar of `insert` before its last padding
    lines.append(same("no other trouble in an honest image", [t for t in troubles if "3 !truncated" not in t], []))
    lines.append(same("effective set is what umoci unpacks", {k: v for k, v in seen(entries).items() if k != "/"},
                      {k: v for k, v in seen(dump(root)[1]).items() if k != "/"}))
    states = {line.split(" ")[1] for line in entries}
    lines.append(same("all states occur", sorted(states), ["deleted", "effective", "shadowed"]))

    run("skopeo", "copy", "-q", "oci:layout:t", "oci-archive:oci.tar:t")
    run("skopeo", "copy", "-q", "oci:layout:t", "docker-archive:docker.tar:davy/test:1")
    run("skopeo", "copy", "-q", "oci:layout:t", "dir:flat")
    run("tar", "-C", "layout", "-cf", "layout.tar", ".")
    run("tar", "-C", "flat", "-cf", "flat.tar", ".")
    forms = {
        "oci archive by skopeo": "oci.tar",
        "layout in a tar": "layout.tar:t",
        "docker archive by skopeo": "docker.tar",
        "dir: by skopeo": "flat",
        "dir: in a tar": "flat.tar",
        "docker archive, old layout with links": old_docker("docker.tar", "old.tar"),
        "unpacked docker archive": "d",
        "layers of many gzip members": repacked("members", "application/vnd.oci.image.layer.v1.tar+gzip", members) + ":t",
        "layers not packed": repacked("plain", "application/vnd.oci.image.layer.v1.tar", bytes) + ":t",
    }
    for name in ("docker.tar", "oci.tar"):
        run("gzip", "-k", name)
        forms[f"{name} packed as a whole"] = name + ".gz"
    if shutil.which("zstd"):
        forms["zstd layers"] = repacked("zstd", "application/vnd.oci.image.layer.v1.tar+zstd", zstd) + ":t"
    for name, target in forms.items():
        got = dump(target)
        lines.append(same(f"{name}: entries", got[1], entries))
        lines.append(same(f"{name}: facts", got[0], facts))
        lines.append(same(f"{name}: troubles", got[2], troubles))

    wrong = dump(repacked("wrong", "application/vnd.oci.image.layer.v1.tar+gzip", bytes) + ":t")
    lines.append(same("wrong media type: entries", wrong[1], entries))
    lines.append(same("wrong media type is told", sum("!media-type-mismatch" in t for t in wrong[2]), 4))

    blobs = [os.path.join(WORK, "plain/blobs/sha256", b) for b in os.listdir(os.path.join(WORK, "plain/blobs/sha256"))]
    biggest = max(blobs, key=os.path.getsize)
    with open(biggest, "r+b") as f:
        f.seek(600)
        f.write(b"X")
    told = " ".join(dump("plain:t")[2])
    lines.append(same("changed blob is told", "!digest-mismatch" in told and "!diff-id-mismatch" in told, True))
    os.remove(biggest)
    missing = dump("plain:t")
    lines.append(same("missing blob is told", "!missing-blob" in " ".join(missing[2]), True))
    lines.append(same("the other layers are still read", len(missing[1]) > 5, True))

    if shutil.which("buildah") and buildah_layout():
        one, two = dump("buildah.tar"), dump("buildah-docker.tar")
        lines.append(same("buildah: both archives", one[1], two[1]))
        lines.append(same("buildah: no trouble", one[2] + two[2], []))
        lines.append(same("buildah: shadowed file", [e.split(" ")[:4] for e in one[1] if e.split(" ")[3] == "/a/one"],
                          [["2", "effective", "0", "/a/one"], ["1", "shadowed", "2", "/a/one"]]))
        lines.append(same("buildah: history", [f for f in one[0] if "COPY" in f] != [], True))
    print(f"1..{len(lines)}")
    print("\n".join(lines))


if __name__ == "__main__":
    if not shutil.which("umoci") or not shutil.which("skopeo"):
        print("1..0 # SKIP umoci and skopeo are needed (Debian packages of these names)")
        sys.exit(0)
    with tempfile.TemporaryDirectory(prefix="davy-image-") as WORK:
        main()
