// Owns what a near EC2 node has in its file system, for hostPath volumes: what the EKS images have that pods mount.
// Source: awslabs/amazon-eks-ami (AL2023), and the hostPath volumes of the EKS add-ons.

/** As the `type` of a hostPath volume names it. */
export type HostPathKind = 'Directory' | 'File' | 'Socket' | 'CharDevice' | 'BlockDevice'

const DIRECTORIES = [
  '/boot',
  '/dev/shm',
  '/etc/cni/net.d',
  '/etc/containerd',
  '/etc/eks',
  '/etc/kubernetes/pki',
  '/etc/pki/ca-trust/extracted/pem',
  '/etc/ssl/certs',
  '/etc/systemd/system',
  '/home',
  '/lib/modules',
  '/lib64',
  '/mnt',
  '/opt/cni/bin',
  '/proc/sys/net',
  '/root',
  '/run/containerd',
  '/run/dbus',
  '/run/log/journal',
  '/run/systemd',
  '/run/udev',
  '/sys/class',
  '/sys/devices',
  '/sys/fs/bpf',
  '/sys/fs/cgroup',
  '/sys/kernel/debug',
  '/sys/kernel/tracing',
  '/tmp',
  '/usr/bin',
  '/usr/lib/modules',
  '/usr/local/bin',
  '/usr/src',
  '/var/lib/cni',
  '/var/lib/containerd',
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet/plugins',
  '/var/lib/kubelet/plugins_registry',
  '/var/lib/kubelet/pods',
  '/var/lib/kubelet/pod-resources',
  '/var/log/containers',
  '/var/log/journal',
  '/var/log/pods',
  '/var/tmp',
]

const OTHERS: Readonly<Record<string, HostPathKind>> = {
  '/dev/console': 'CharDevice',
  '/dev/fuse': 'CharDevice',
  '/dev/kmsg': 'CharDevice',
  '/dev/net/tun': 'CharDevice',
  '/dev/null': 'CharDevice',
  '/dev/nvme0n1': 'BlockDevice',
  '/dev/random': 'CharDevice',
  '/dev/urandom': 'CharDevice',
  '/dev/zero': 'CharDevice',
  '/etc/hostname': 'File',
  '/etc/hosts': 'File',
  '/etc/localtime': 'File',
  '/etc/machine-id': 'File',
  '/etc/os-release': 'File',
  '/etc/passwd': 'File',
  '/etc/resolv.conf': 'File',
  '/proc/cpuinfo': 'File',
  '/proc/meminfo': 'File',
  '/run/containerd/containerd.sock': 'Socket',
  '/run/dbus/system_bus_socket': 'Socket',
  '/run/xtables.lock': 'File',
  '/var/lib/kubelet/device-plugins/kubelet.sock': 'Socket',
  '/var/lib/kubelet/kubeconfig': 'File',
  '/var/lib/kubelet/pod-resources/kubelet.sock': 'Socket',
  '/var/log/messages': 'File',
}

const known = new Map<string, HostPathKind>(Object.entries(OTHERS))
for (const path of [...DIRECTORIES, ...known.keys()]) {
  const parts = path.split('/')
  // Whatever leads to something is a directory.
  for (let end = parts.length; end > 0; end--) {
    const parent = parts.slice(0, end).join('/') || '/'
    if (!known.has(parent)) known.set(parent, 'Directory')
  }
}

/** What a fresh node has at this path, undefined when nothing is there. */
export function hostPathKind(path: string): HostPathKind | undefined {
  return known.get(normalPath(path))
}

/** The path without `//`, `.` and a slash at its end; `/var/run` is a link to `/run`. */
export function normalPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return `/${parts.join('/')}`.replace(/^\/var\/run(?=\/|$)/, '/run')
}
