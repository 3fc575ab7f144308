// Owns the contract of whatever runs containers: the embedded stand-in, or an engine behind the Docker API.
import type { DatagramWay } from '../network/datagrams.ts'
import type { PodWay } from '../network/dialer.ts'
import type { RegistryCredential } from '../rules/kubernetes/registry-keys.ts'

/** A pod's shared environment: its address and the life of its containers. */
export interface SandboxSpec {
  /** The pod's UID. */
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly ip: string
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  /** Those of its containers. */
  readonly images?: readonly string[]
  /** What all of its containers have together; a stand-in uses nothing. */
  readonly limits?: PodLimits
  /** What its processes are told of the world; a stand-in has none. */
  readonly environment?: SandboxEnvironment
}

export interface PodLimits {
  readonly cpuMilli?: number
  readonly memoryBytes?: number
}

/** What a container may have, and has for sure. */
export interface ContainerResources {
  readonly limits: PodLimits
  readonly requests: PodLimits
}

/** What processes of a pod find around them. */
export interface SandboxEnvironment {
  readonly hostname: string
  /** The pod is in the network of its node and has its address. */
  readonly isHostNetwork: boolean
  /** The pod shares shared memory and semaphores with the pods of its node that do so, too. */
  readonly isHostIpc: boolean
  /** The pod sees the processes of the pods of its node that do so, too. */
  readonly isHostPid: boolean
  /** All containers see each other's processes. */
  readonly sharesProcesses: boolean
  /** Text of `/etc/resolv.conf`. */
  readonly resolvConf: string
  /** Text of `/etc/hosts`. */
  readonly hosts: string
  readonly sysctls: Readonly<Record<string, string>>
}

export interface ContainerSpec {
  readonly sandboxId: string
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly ports: readonly {
    readonly port: number
    readonly protocol: 'TCP' | 'UDP' | 'SCTP'
    readonly name?: string
  }[]
  readonly limits: PodLimits
  /** How many times this container was started before in this pod. */
  readonly attempt: number
  /** True for init containers and pods that are not restarted on success: it is expected to end by itself. */
  readonly isExpectedToEnd?: boolean
  /**
   * True where work is done when it ends: init containers and those of Jobs. The ports that it declares, for metrics or
   * a probe, don't tell that it serves on.
   */
  readonly isTask?: boolean
  /** The file that the container may leave a last word in. */
  readonly terminationMessagePath?: string
  /** How its process runs; a stand-in runs none. */
  readonly process?: ProcessSpec
}

/** How the process of a container runs. */
export interface ProcessSpec {
  readonly workingDir?: string
  /** A terminal, and whether anybody may type into the process. */
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdinOnce: boolean
  readonly security: ProcessSecurity
  readonly requests: PodLimits
  readonly mounts: readonly HostMount[]
  /** Sees the processes of another container of the pod: that of this name (`kubectl debug --target`). */
  readonly processesOf?: string
}

export interface ProcessSecurity {
  /** `UID` or `UID:GID`; the image's own without one. */
  readonly user?: string
  readonly supplementalGroups: readonly number[]
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
  readonly isPrivileged: boolean
  readonly isRootReadOnly: boolean
  /** False: `no_new_privs` is set. */
  readonly allowsPrivilegeEscalation: boolean
  /** `RuntimeDefault` and `Unconfined`, or the path of a profile on this machine. */
  readonly seccomp: string
}

/** A directory or file of this machine in a container. */
export interface HostMount {
  readonly hostPath: string
  readonly containerPath: string
  readonly isReadOnly: boolean
  /** How mounts that are made on one side later are seen on the other. */
  readonly propagation?: 'private' | 'rslave' | 'rshared'
}

/** How an image is to be made present. */
export interface ImagePull {
  /** The pod that it is for. */
  readonly sandboxId: string
  readonly policy: 'Always' | 'IfNotPresent' | 'Never'
  /** Keys to its registry, the first that fits first. */
  readonly credentials: readonly RegistryCredential[]
  /** Called before a registry is asked. */
  readonly onPull?: () => void
}

export interface ContainerExit {
  readonly exitCode: number
  /** `Completed`, `Error` or `OOMKilled`. */
  readonly reason: string
  readonly finishedAtMs: number
  /** What it left at its termination message path. */
  readonly message?: string
}

export interface LogLine {
  readonly timeMs: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
  /** The last one, whose end was not written. */
  readonly isOpen?: true
}

export interface LogOptions {
  readonly follow?: boolean
  readonly tailLines?: number
  readonly sinceMs?: number
  readonly signal?: AbortSignal
}

/** Of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export interface ExecRequest {
  readonly command: readonly string[]
  /** The kubelet asks, to learn whether the container is well. */
  readonly isProbe?: boolean
  readonly tty: boolean
  readonly stdin: AsyncIterable<Uint8Array> | undefined
  /** Of the terminal of who asks, as they change. */
  readonly sizes?: AsyncIterable<TerminalSize> | undefined
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void
  /** Aborts when nobody waits for its end any more. */
  readonly signal?: AbortSignal
}

export interface AttachRequest {
  readonly tty: boolean
  readonly stdin: AsyncIterable<Uint8Array> | undefined
  /** Of the terminal of who asks, as they change. */
  readonly sizes?: AsyncIterable<TerminalSize> | undefined
  /** Aborts when nobody listens any more; the container goes on. */
  readonly signal: AbortSignal
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void
}

export interface ContainerUsage {
  /** CPU time used since start, in nanoseconds. */
  readonly cpuNanos: number
  /** Working set in bytes. */
  readonly memoryBytes: number
  /** No process runs in it: what it uses is what its pod says, if it says anything. */
  readonly isStandin?: true
}

/** A container that runs, or has ended and was not looked at since. */
export interface RunningContainer {
  readonly id: string
  readonly sandboxId: string
  readonly name: string
  readonly image: string
  readonly startedAtMs: number
}

/**
 * Runs containers. Ids are the runtime's own and survive a restart of Neargate where the runtime does.
 * Rejections are `RuntimeError`s.
 */
export interface Runtime {
  /** `standin`, `docker`, …: shown to users. */
  readonly name: string
  /** False while what runs containers does not answer: nodes are not ready then. Absent: it always does. */
  readonly isHealthy?: boolean
  createSandbox(spec: SandboxSpec): Promise<void>
  /** Stops what still runs in it; no error when it is not there. */
  removeSandbox(sandboxId: string): Promise<void>
  /**
   * Makes the image present. @returns its id, as `status.containerStatuses[].imageID` shows it.
   * @throws RuntimeError ImageNotFound; ImageNeverPulled where the policy says so
   */
  ensureImage(image: string, pull: ImagePull): Promise<string>
  /** The user that an image names (`1000:1000`, `nginx`), empty for none; undefined where no process runs. */
  imageUser(image: string, sandboxId: string): Promise<string | undefined>
  /** @returns the container's id. */
  startContainer(spec: ContainerSpec): Promise<string>
  /**
   * Ports that clients will use although the container does not declare them. A runtime whose containers listen
   * themselves has nothing to do.
   */
  exposePorts(containerId: string, ports: readonly number[]): Promise<void>
  /** Asks it to end, kills it after the grace period; resolves when it has ended. */
  stopContainer(containerId: string, graceMs: number): Promise<void>
  /** Gives a container that runs more or less of the machine; nothing to do where no process runs. */
  resize(containerId: string, resources: ContainerResources): Promise<void>
  /** Resolves when the container ends. */
  wait(containerId: string): Promise<ContainerExit>
  logs(containerId: string, options: LogOptions): AsyncIterable<LogLine>
  /** @returns the exit code of the command. */
  exec(containerId: string, request: ExecRequest): Promise<number>
  /** Passes what the container writes from now on; resolves when it ends or the signal aborts. */
  attach(containerId: string, request: AttachRequest): Promise<void>
  usage(containerId: string): Promise<ContainerUsage>
  /** Bytes on disk of what a container wrote beside volumes, and of its log. Where no process runs it is 0. */
  written(containerId: string): Promise<number>
  /**
   * The way to a port of the pod; undefined when it is known that nothing listens on it. A runtime that does not know
   * returns a way that is refused.
   */
  addressOf(sandboxId: string, port: number): PodWay | undefined
  /** The way of datagrams to a port of the pod; undefined while no container of it runs. */
  datagramsTo(sandboxId: string, port: number): DatagramWay | undefined
  /** What runs now, for adoption after a restart. */
  list(): Promise<readonly RunningContainer[]>
}

export type RuntimeErrorCode =
  | 'ImageNotFound'
  | 'ImageNeverPulled'
  | 'NotFound'
  | 'PortInUse'
  | 'StartFailed'
  /** The container was made, and its process could not be started. */
  | 'ProcessFailed'
  | 'Unavailable'
  | 'NotSupported'

/** The closed set of failures of a runtime. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError'
  readonly code: RuntimeErrorCode
  /** Of ProcessFailed: the container that was made. */
  readonly containerId: string | undefined

  constructor(
    code: RuntimeErrorCode,
    message: string,
    options?: ErrorOptions & { readonly containerId?: string },
  ) {
    super(message, options)
    this.code = code
    this.containerId = options?.containerId
  }
}
