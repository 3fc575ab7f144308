// Owns what the engine's runtime needs from outside: the network of its sandboxes, which no container engine makes.
import type { DatagramWay } from '../../network/datagrams.ts'
import type { PodWay } from '../../network/dialer.ts'

/** A sandbox as its network sees it. */
export interface SandboxPlace {
  /** The pod's UID; `node/NAME` for the network of a node, which its pods with `hostNetwork` share. */
  readonly id: string
  readonly ip: string
  /** Name of its Node object. */
  readonly node: string
  /** The first process of the sandbox, in a network namespace of its own that holds nothing but a loopback device. */
  readonly pid: number
}

/** Furnishes the network namespaces of the sandboxes of one VPC, as a CNI plugin does. */
export interface SandboxNetwork {
  /**
   * Gives the sandbox its address. Repeating it changes nothing; with another `pid` (its first process was started
   * anew) it is done again.
   */
  attach(sandbox: SandboxPlace): Promise<void>
  /** No error when it is not attached, or its process has gone. */
  detach(sandboxId: string): Promise<void>
  /** What is attached, also from before a restart of Neargate: what nobody wants any more is detached then. */
  list(): Promise<readonly { readonly id: string; readonly ip: string }[]>
  /** The way from this process to a port of a sandbox; undefined when it is not attached. Nothing may listen there. */
  wayTo(sandboxId: string, port: number): PodWay | undefined
  /** The way of datagrams there; undefined when it is not attached. Nothing may hear them. */
  datagramsTo(sandboxId: string, port: number): DatagramWay | undefined
}
