// Owns the interface of the images that Neargate itself provides, and the ones that need no behaviour of their own.
import type { ContainerSpec, SandboxSpec } from '../runtime.ts'

export interface BuiltinContext {
  /** Writes a line to the container's log. */
  log(text: string): void
  /** Ends the container as a process that exits with this code. */
  exit(code: number): void
}

/** A built-in that runs. */
export interface Builtin {
  /** Answers on one of the container's ports; on the others the stand-in does. */
  readonly server?: BuiltinServer
  stop(): Promise<void>
}

/** What a built-in serves over HTTP, with TLS for clients that speak it. */
export interface BuiltinServer {
  readonly port: number
  /** Asked at each handshake; the stand-in's own when there is none. */
  certificate?(): Promise<StandinCertificate | undefined>
  /** @param body text of the request. @returns undefined where the stand-in is to answer */
  answer(path: string, body: string): Promise<BuiltinAnswer | undefined>
}

/** PEM texts of a server certificate. */
export interface StandinCertificate {
  readonly cert: string
  readonly key: string
}

export interface BuiltinAnswer {
  readonly status: number
  /** JSON. */
  readonly body: object
}

/** An image whose behaviour is part of Neargate: started with its container and stopped with it. */
export interface BuiltinImage {
  readonly name: string
  /** The image itself can do this work in a container; the rest is part of what Neargate is to pods. */
  readonly isReplaceable: boolean
  matches(image: string): boolean
  start(sandbox: SandboxSpec, container: ContainerSpec, context: BuiltinContext): Promise<Builtin>
}

/** True when the repository part of the image ends with one of these path segments, e.g. `eks/coredns`. */
export function isRepository(image: string, ...endings: string[]): boolean {
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
  return endings.some((ending) => repository === ending || repository.endsWith(`/${ending}`))
}

// What each part of the system does elsewhere in the region while its pod shows that it is there.
const SYSTEM_PARTS: readonly {
  readonly name: string
  readonly endings: readonly string[]
  readonly where: string
  readonly isReplaceable?: true
}[] = [
  {
    name: 'coredns',
    endings: ['coredns', 'eks/coredns', 'coredns/coredns'],
    where: 'no DNS server listens on port 53: nothing runs in a stand-in pod that would ask it',
    isReplaceable: true,
  },
  {
    name: 'kube-proxy',
    endings: ['kube-proxy', 'eks/kube-proxy', 'eks/kube-proxy-minimal'],
    where: 'node ports are served by the node agent',
  },
  {
    name: 'aws-node',
    endings: ['amazon-k8s-cni', 'amazon-k8s-cni-init', 'amazon/aws-network-policy-agent'],
    where: 'pod addresses come from the subnets of the VPC by the node agent',
  },
  {
    name: 'eks-pod-identity-agent',
    endings: ['eks/eks-pod-identity-agent'],
    where: 'built-ins on this node ask EKS Auth for the credentials of their pods while this pod is ready',
  },
  {
    name: 'kube-state-metrics',
    endings: ['eks/kube-state-metrics', 'kube-state-metrics/kube-state-metrics'],
    where: 'this pod opens its ports and has no metrics',
    isReplaceable: true,
  },
]

/** Built-ins that only open their ports and say which part of the region does their work. */
export function systemBuiltins(): readonly BuiltinImage[] {
  return SYSTEM_PARTS.map(({ name, endings, where, isReplaceable = false }) => ({
    name,
    isReplaceable,
    matches: (image) => isRepository(image, ...endings),
    async start(_sandbox, _container, context) {
      context.log(`neargate built-in ${name}: ${where}`)
      return { stop: async () => undefined }
    },
  }))
}
