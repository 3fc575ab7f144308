// Owns which ports of a cluster's nodes lead to pods by `hostPort`. Pure.
// Source: containernetworking/plugins, plugins/meta/portmap, which the VPC CNI of EKS chains.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { LOOPBACK, type HostPort } from '../network/vpc/host-rules.ts'
import { isPodTerminal } from '../rules/scheduling/pod.ts'
import { hostPorts } from '../rules/scheduling/requests.ts'

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp' } as const

/** Those of pods that run. A pod on its node's network listens there itself. */
export function hostPortsOf(pods: readonly Pod[]): HostPort[] {
  return pods.flatMap((pod) => {
    const { podIP, hostIP } = pod.status ?? {}
    if (pod.spec.hostNetwork || isPodTerminal(pod) || !podIP || !hostIP) return []
    return hostPorts(pod).flatMap(({ hostPort = 0, containerPort, protocol = 'TCP', hostIP: asked }) => {
      // SCTP is carried nowhere here; the API server lets no fourth one in.
      const lower = PROTOCOLS[protocol as keyof typeof PROTOCOLS]
      if (lower === undefined) return []
      const endpoint = { ip: podIP, port: containerPort }
      return addressesOf(asked, hostIP).map((ip) => ({
        node: hostIP,
        ip,
        port: hostPort,
        protocol: lower,
        endpoint,
      }))
    })
  })
}

function addressesOf(asked: string | undefined, node: string): string[] {
  if (!asked || asked === '0.0.0.0') return [node, LOOPBACK]
  return asked === node || asked === LOOPBACK ? [asked] : []
}
