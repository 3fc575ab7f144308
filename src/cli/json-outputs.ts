// Owns the shapes of what commands print with `--json`; docs/reference has the schema of each, made from these types.
import type { LoadBalancerReport, WorkloadReport } from '../deploy/up-result.ts'
import type { Explanation } from '../explain/explanation.ts'
import type { Plan } from '../plan/plan.ts'
import type { NetworkRequest, NetworkResult, RegionStatus } from '../region/admin.ts'
import type { Finding } from '../region/doctor.ts'

/** What `up --json` prints. */
export interface UpOutput {
  readonly cluster: string
  readonly region: string
  readonly target: 'near' | 'aws'
  /** The file that has a context for the cluster. */
  readonly kubeconfig: string
  readonly workloads: readonly WorkloadReport[]
  readonly loadBalancers: readonly LoadBalancerReport[]
  /** True when everything was as the files say already. */
  readonly unchanged: boolean
  /** How long it took. */
  readonly seconds: number
}

/** What `start --json` prints. */
export interface StartOutput {
  /** False when it ran already. */
  readonly started: boolean
  /** The data directory. */
  readonly data: string
  /** The AWS endpoint. */
  readonly endpoint: string
  readonly pid: number
  readonly region: string
  /** Variables that point `aws`, `kubectl`, `helm` and SDKs there, as `neargate env` prints them. */
  readonly environment: Readonly<Record<string, string>>
}

/** What `status --json` prints while a region runs. */
export interface RunningOutput extends RegionStatus {
  readonly running: true
  /** The data directory. */
  readonly data: string
  /** The AWS endpoint. */
  readonly endpoint: string
  /** ISO 8601. */
  readonly startedAt: string
  /** The other regions on the data directory. */
  readonly beside: readonly RegionStatus[]
}

/** What `status --json` prints, with exit code 1, where none runs. */
export interface StoppedOutput {
  readonly running: false
  /** The data directory. */
  readonly data: string
}

/** What `network --json` prints where the file names subnets. */
export interface NetworkOutput extends NetworkResult, Omit<NetworkRequest, 'vpcId'> {}

/** What `network --json` prints where the file names none. */
export interface NoNetworkOutput {
  readonly subnets: readonly []
  readonly created: false
}

/** What `dns --json` prints. */
export interface DnsOutput {
  /** Where names of load balancers are answered, over UDP and TCP: `127.0.0.1:4569` */
  readonly server: string
  /** The regions whose load balancers are known there. */
  readonly regions: readonly string[]
}

/** By command: what it prints with `--json`. */
export interface JsonOutputs {
  readonly plan: Plan
  readonly up: UpOutput
  readonly start: StartOutput
  readonly status: RunningOutput | StoppedOutput
  readonly explain: readonly Explanation[]
  readonly doctor: readonly Finding[]
  readonly dns: DnsOutput
  readonly env: Readonly<Record<string, string>>
  readonly network: NetworkOutput | NoNetworkOutput
}

/** The text that a command prints with `--json`. */
export function jsonText<Command extends keyof JsonOutputs>(_: Command, value: JsonOutputs[Command]): string {
  return JSON.stringify(value, undefined, 2)
}
