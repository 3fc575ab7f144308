// Owns what an engine is asked for: the body of a create request for a sandbox and for a container of a pod; pure.
import type { ContainerSpec, HostMount, ProcessSpec, SandboxSpec } from '../runtime.ts'
import { sandboxLabels, containerLabels, type Labels } from './labels.ts'
import { PAUSE_IMAGE } from './pause.ts'
import { podCgroup, type CgroupDriver } from './pod-cgroup.ts'
import { ulimitsOf, type Ulimit } from './ulimits.ts'

/** What holds for all containers of an engine. */
export interface CreateSetting {
  readonly owner: string
  readonly ulimits: readonly Ulimit[]
  /** How the engine makes control groups. */
  readonly cgroupDriver: CgroupDriver
  /** The engine takes a host name for a container in another one's network; the others give it that one's. */
  readonly namesContainers: boolean
  /** Which of the engine's drivers keeps logs: one whose logs it gives out, in files that do not grow without end. */
  readonly logDriver: 'json-file' | 'k8s-file'
}

/** What holds for the containers that an owner has in an engine. @param engineName `docker`, `podman` */
export function createSetting(
  engineName: string,
  of: Pick<CreateSetting, 'owner' | 'cgroupDriver'>,
): CreateSetting {
  const isPodman = engineName === 'podman'
  const logDriver = isPodman ? 'k8s-file' : 'json-file'
  return { ...of, ulimits: ulimitsOf(engineName), namesContainers: isPodman, logDriver }
}

/** containerLogMaxSize and containerLogMaxFiles of the kubelet (kubelet configuration reference). */
const LOG_BYTES = 10 * 1024 ** 2
const LOG_FILES = 5
const CPU_PERIOD_MICROS = 100_000
/** The kubelet's limits (pkg/kubelet/cm/helpers_linux.go). */
const SHORTEST_QUOTA_MICROS = 1000
const FEWEST_SHARES = 2
const MOST_SHARES = 262_144

/** The engine's names for namespaces of a sandbox: its own, or those of another container. */
export interface PauseNamespaces {
  readonly network: string
  readonly ipc: string
}

export function sandboxBody(
  setting: CreateSetting,
  spec: SandboxSpec,
  { network, ipc }: PauseNamespaces,
): object {
  const cgroup = cgroupOf(setting, spec)
  const { hostname = spec.name, sysctls = {} } = spec.environment ?? {}
  return {
    Image: PAUSE_IMAGE,
    ...(network === 'none' && { Hostname: hostname }),
    Labels: sandboxLabels(setting.owner, spec),
    HostConfig: {
      ...(cgroup !== undefined && { CgroupParent: cgroup }),
      NetworkMode: network,
      IpcMode: ipc,
      Sysctls: sysctls,
      Ulimits: setting.ulimits,
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges'],
    },
  }
}

/** The control group that the containers of a pod are put into; undefined where the pod as a whole has no limits. */
export function cgroupOf({ cgroupDriver }: CreateSetting, { id, limits }: SandboxSpec): string | undefined {
  return limits && podCgroup(cgroupDriver, id)
}

/** What the containers of a pod share. */
export interface SandboxHost {
  readonly pauseId: string
  readonly labels: Labels
  readonly hostname: string
  /** Whose shared memory they have. */
  readonly ipcId: string
  /** Whose processes they see beside their own; undefined: nobody's. */
  readonly processesId: string | undefined
  /** The control group that its containers are put into. */
  readonly cgroup: string | undefined
  /** Files that all of its containers have. */
  readonly mounts: readonly HostMount[]
}

/** @param targetId the container whose processes it is to see */
export function containerBody(
  setting: CreateSetting,
  spec: ContainerSpec,
  { sandbox, targetId }: { readonly sandbox: SandboxHost; readonly targetId: string | undefined },
): object {
  const { command, args, env, process } = spec
  const pause = `container:${sandbox.pauseId}`
  const processes = targetId ?? sandbox.processesId
  const mounts = distinct([...(process?.mounts ?? []), ...sandbox.mounts])
  return {
    Image: spec.image,
    // An entrypoint alone means no arguments, whatever the image has (API reference, Container: command).
    ...(command.length > 0 && { Entrypoint: command, Cmd: args }),
    ...(command.length === 0 && args.length > 0 && { Cmd: args }),
    ...(setting.namesContainers && { Hostname: sandbox.hostname }),
    Env: Object.entries({ HOSTNAME: sandbox.hostname, ...env }).map(([name, value]) => `${name}=${value}`),
    ...(process?.workingDir && { WorkingDir: process.workingDir }),
    ...(process?.security.user && { User: process.security.user }),
    Tty: process?.tty ?? false,
    OpenStdin: process?.stdin ?? false,
    StdinOnce: process?.stdinOnce ?? false,
    Labels: containerLabels(setting.owner, sandbox.labels, spec),
    HostConfig: {
      ...(sandbox.cgroup !== undefined && { CgroupParent: sandbox.cgroup }),
      NetworkMode: pause,
      IpcMode: `container:${sandbox.ipcId}`,
      ...(processes && { PidMode: `container:${processes}` }),
      Ulimits: setting.ulimits,
      LogConfig: logConfig(setting),
      ...cgroupSettings(spec),
      ...(process && securitySettings(process)),
      Binds: mounts.map(bind),
    },
  }
}

// Podman's driver keeps one file, and begins it anew: `kubectl logs` reads no older one on a real node either.
function logConfig({ logDriver }: CreateSetting): object {
  const Config = {
    'max-size': String(LOG_BYTES),
    ...(logDriver === 'json-file' && { 'max-file': String(LOG_FILES) }),
  }
  return { Type: logDriver, Config }
}

/** The weight of a container by the CPU that it requests (pkg/kubelet/cm/helpers_linux.go MilliCPUToShares). */
export function cpuShares(requestedMilli: number): number {
  return Math.min(MOST_SHARES, Math.max(FEWEST_SHARES, Math.floor((requestedMilli * 1024) / 1000)))
}

// pkg/kubelet/cm/helpers_linux.go: MilliCPUToQuota. There is no swap on nodes of EKS.
function cgroupSettings({ limits, process }: ContainerSpec): object {
  const { cpuMilli, memoryBytes } = limits
  return {
    CpuShares: cpuShares(process?.requests.cpuMilli ?? cpuMilli ?? 0),
    ...(cpuMilli !== undefined && {
      CpuPeriod: CPU_PERIOD_MICROS,
      CpuQuota: Math.max(SHORTEST_QUOTA_MICROS, (cpuMilli * CPU_PERIOD_MICROS) / 1000),
    }),
    ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
  }
}

function securitySettings({ security }: ProcessSpec): object {
  const { isPrivileged, allowsPrivilegeEscalation, seccomp } = security
  return {
    CapAdd: security.addCapabilities,
    CapDrop: security.dropCapabilities,
    GroupAdd: security.supplementalGroups.map(String),
    Privileged: isPrivileged,
    ReadonlyRootfs: security.isRootReadOnly,
    SecurityOpt: [
      ...(allowsPrivilegeEscalation ? [] : ['no-new-privileges']),
      ...(seccomp === 'RuntimeDefault' || isPrivileged ? [] : [`seccomp=${seccomp.toLowerCase()}`]),
    ],
  }
}

// A volume that is mounted over a file of the sandbox (a ConfigMap at /etc/hosts) wins.
function distinct(mounts: readonly HostMount[]): readonly HostMount[] {
  return mounts.filter(
    ({ containerPath }, index) =>
      mounts.findIndex((other) => other.containerPath === containerPath) === index,
  )
}

function bind({ hostPath, containerPath, isReadOnly, propagation = 'private' }: HostMount): string {
  return `${hostPath}:${containerPath}:${isReadOnly ? 'ro' : 'rw'},${propagation === 'private' ? 'rprivate' : propagation}`
}
