// Owns what the engine's runtime needs from outside: the network of its sandboxes, which no container engine makes.
import type { PodWay } from '../../network/dialer.ts'

/** A sandbox as its network sees it. */
export interface SandboxPlace {
  /** The pod's UID. */
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly vpcId: string
  /** The pod's address; its node's where the pod is in the network of its node. */
  readonly ip: string
  /** Name of its Node object. */
  readonly node: string
  /** The pod has `hostNetwork`: other sandboxes have the same address. */
  readonly isHostNetwork: boolean
  /** The first process of the sandbox, in a network namespace of its own that holds nothing but a loopback device. */
  readonly pid: number
}

/** Furnishes the network namespaces of sandboxes, as a CNI plugin does. */
export interface SandboxNetwork {
  /**
   * Gives the sandbox its address. Repeating it changes nothing; with another `pid` (the first process was started
   * anew) it is done again. @throws RuntimeError StartFailed
   */
  attach(sandbox: SandboxPlace): Promise<void>
  /** No error when it is not attached, or its process has gone. */
  detach(sandboxId: string): Promise<void>
  /** What is attached, also from before a restart of Neargate: what nobody wants any more is detached then. */
  list(): Promise<readonly string[]>
  /** The way from this process to a port of a sandbox; undefined when it is not attached. Nothing may listen there. */
  wayTo(sandboxId: string, port: number): PodWay | undefined
}
