# An NFS server and two hosts that mount from it, all inside the lab: source it after tests/e2e/lib.sh.
#
# A host is a network, a host name and a table of mounts of its own, so the kernel's NFS client takes it for another machine:
# it has caches of its own, and its locks meet those of the other host at the server alone.
#
#   serve SIZE                starts the server; what it exports is an ext4 of its own, $export_root
#   exported rw|ro [root_squash], unexported
#   host NAME NUMBER          a host with an address of its own
#   on NAME COMMAND...        runs there
#   run_on NAME SECONDS COMMAND...     the same as `run` of the harness
#   mounted NAME OPTIONS [DIRECTORY]   the export is mounted there, by default at $mount
#   unmounted NAME [DIRECTORY]
#   off_the_net NAME, on_the_net NAME
#   closed                    ends what runs for all this
#
# KTSTR_LAB_MODULES is the folder of the kernel's modules, KTSTR_LAB_NFS that of the programs of server and client.
# shellcheck shell=bash

export_root=$work/export mount=$work/mount
# Seconds for which a server waits for clients that are not heard from (nfsd(7): 10 is the least).
lease=10
declare -A hosts=() server=()
spaces=(--net --uts --mount --root --wd)

# In the order of their dependencies.
modules=(
    lib/crc16 crypto/crc32c_generic fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4 drivers/block/loop drivers/net/veth
    net/dns_resolver/dns_resolver net/sunrpc/sunrpc net/sunrpc/auth_gss/auth_rpcgss fs/nfs_common/grace fs/lockd/lockd
    fs/nfs_common/nfs_acl fs/nfsd/nfsd fs/nfs/nfs fs/nfs/nfsv3 fs/nfs/nfsv4
)

# Nothing of it is installed: the lab's root is an overlay in memory.
laid_over_the_root() {
    tar -C "$KTSTR_LAB_NFS" -cf - . | tar -x -C / --keep-directory-symlink
    printf '%s\n' '_rpc:x:901:901::/run/rpcbind:/bin/false' 'statd:x:902:901::/var/lib/nfs:/bin/false' >>/etc/passwd
    touch /etc/exports
    mkdir -p /var/lib/nfs/{sm,sm.bak,rpc_pipefs,v4recovery}
    touch /var/lib/nfs/{etab,rmtab,state}
    chown statd /var/lib/nfs/{sm,sm.bak,state}
}

serve() {
    local module
    laid_over_the_root
    for module in "${modules[@]}"; do busybox insmod "$KTSTR_LAB_MODULES/$module.ko"; done
    truncate -s "$1" "$work/disk"
    mkfs.ext4 -q -m 0 "$work/disk"
    mkdir -p "$export_root" "$mount"
    mount -o loop "$work/disk" "$export_root"
    mount -t nfsd nfsd /proc/fs/nfsd
    mount -t rpc_pipefs rpc_pipefs /var/lib/nfs/rpc_pipefs
    echo $lease >/proc/fs/nfsd/nfsv4leasetime
    echo $lease >/proc/fs/nfsd/nfsv4gracetime
    echo 3 >/proc/sys/fs/nfs/nlm_timeout # of which the grace period of version 3 is a multiple
    echo 3 >/proc/sys/fs/nfs/nlm_grace_period
    mkdir -p /run/rpcbind
    rpcbind
    rpc.statd
    exported rw
    rpc.mountd
    rpc.nfsd 4
    echo Y >/proc/fs/nfsd/v4_end_grace # it knows no client that could ask for its locks back
}

# fsid=0 makes it the root of version 4.
exported() { exportfs -i -o "$1,${2:-no_root_squash},sync,no_subtree_check,fsid=0" "*:$export_root"; }
unexported() { exportfs -u "*:$export_root"; }

host() {
    local name=$1 net=10.77.$2
    mkfifo "$work/$name.up"
    unshare --net --uts --mount --propagation private \
        sh -c 'cd / && hostname "$1" && echo up >"$2" && exec sleep infinity' sh "$name" "$work/$name.up" &
    hosts[$name]=$!
    read -r _ <"$work/$name.up"
    ip link add "to-$name" type veth peer name net0 netns "${hosts[$name]}"
    ip addr add "$net.1/24" dev "to-$name"
    ip link set "to-$name" up
    on "$name" ip link set lo up
    on "$name" ip addr add "$net.2/24" dev net0
    on "$name" ip link set net0 up
    server[$name]=$net.1
    # Locks of version 3 need two more programs on each side.
    on "$name" sh -c 'mount -t tmpfs run /run && mkdir /run/rpcbind && cp -a /var/lib/nfs /run/nfs &&
        mount --bind /run/nfs /var/lib/nfs && rpcbind && rpc.statd'
}

on() { nsenter "--target=${hosts[$1]}" "${spaces[@]}" -- "${@:2}"; }

# The same as `run` of the harness.
run_on() { run "$2" nsenter "--target=${hosts[$1]}" "${spaces[@]}" -- "${@:3}"; }

mounted() {
    local path=/
    [[ $2 != *vers=3* ]] || path=$export_root
    on "$1" mkdir -p "${3:-$mount}"
    on "$1" mount -t nfs -o "$2" "${server[$1]}:$path" "${3:-$mount}"
}

unmounted() { on "$1" umount "${2:-$mount}"; }

closed() {
    local name
    rpc.nfsd 0
    umount "$export_root"
    for name in "${!hosts[@]}"; do
        kill -KILL "${hosts[$name]}"
        wait "${hosts[$name]}" 2>/dev/null
    done
}

off_the_net() { ip link set "to-$1" down; }
on_the_net() { ip link set "to-$1" up; }
