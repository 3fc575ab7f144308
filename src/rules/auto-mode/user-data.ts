// Owns what an instance of EKS Auto Mode is told when it starts: settings of Bottlerocket, which it runs.
// Source: Bottlerocket's settings.kubernetes; EKS user guide, "Amazon EKS Auto Mode" (its images are Bottlerocket's).
import { Buffer } from 'node:buffer'

import type { Taint } from '../../../generated/kubernetes.d.ts'

/** The user data of a node, base64. Its node is called like its instance. */
export function autoModeUserData(node: {
  readonly clusterName: string
  readonly maxPods: number
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
}): string {
  const lines = [
    '[settings.kubernetes]',
    `cluster-name = ${JSON.stringify(node.clusterName)}`,
    'hostname-override-source = "instance-id"',
    `max-pods = ${node.maxPods}`,
    '[settings.kubernetes.node-labels]',
    ...Object.entries(node.labels).map(([key, value]) => `${JSON.stringify(key)} = ${JSON.stringify(value)}`),
    '[settings.kubernetes.node-taints]',
    ...node.taints.map(
      ({ key, value = '', effect }) => `${JSON.stringify(key)} = ${JSON.stringify(`${value}:${effect}`)}`,
    ),
  ]
  return Buffer.from(`${lines.join('\n')}\n`).toString('base64')
}
