import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { readUserData } from './user-data.ts'

function encoded(text: string): string {
  return Buffer.from(text).toString('base64')
}

const nodeConfig = `apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    name: shop
    apiServerEndpoint: https://example.eks.amazonaws.com
    certificateAuthority: Q0E=
    cidr: 10.100.0.0/16
  kubelet:
    config:
      clusterDNS: [10.100.0.10]
      maxPods: 20
    flags:
      - --node-labels=tier=web,alpha.eksctl.io/nodegroup-name=ng
      - --register-with-taints=dedicated=web:NoSchedule,spot=:PreferNoSchedule
`
const multipart = [
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="//"',
  '',
  '--//',
  'Content-Type: text/x-shellscript; charset="us-ascii"',
  '',
  '#!/bin/bash\nsystemctl stop chronyd',
  '--//',
  'Content-Type: application/node.eks.aws',
  '',
  nodeConfig,
  '--//',
  'Content-Type: application/node.eks.aws',
  '',
  'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {config: {maxPods: 30}}}',
  '--//--',
].join('\r\n')

const told = {
  cluster: 'shop',
  labels: { tier: 'web', 'alpha.eksctl.io/nodegroup-name': 'ng' },
  taints: [
    { key: 'dedicated', value: 'web', effect: 'NoSchedule' },
    { key: 'spot', effect: 'PreferNoSchedule' },
  ],
  maxPods: 20,
  isBottlerocket: false,
}

describe('readUserData', () => {
  it('reads taints of the kubelet configuration, which give way to a flag', () => {
    const config = (flags: string): string =>
      encoded(`apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      registerWithTaints:
        - {key: karpenter.sh/unregistered, effect: NoExecute}
        - {key: dedicated, value: web, effect: NoSchedule}
        - {key: 5}
    flags: [${flags}]`)
    expect(readUserData(config('')).taints).toEqual([
      { key: 'karpenter.sh/unregistered', effect: 'NoExecute' },
      { key: 'dedicated', value: 'web', effect: 'NoSchedule' },
    ])
    expect(readUserData(config('--register-with-taints=a=b:NoSchedule')).taints).toEqual([
      { key: 'a', value: 'b', effect: 'NoSchedule' },
    ])
  })

  it('reads a NodeConfig of Amazon Linux 2023', () => {
    expect(readUserData(encoded(nodeConfig))).toEqual(told)
  })

  it('merges the parts of a MIME message, the later one winning', () => {
    expect(readUserData(encoded(multipart))).toEqual({ ...told, maxPods: 30 })
  })

  it('reads a call of bootstrap.sh with the variables of its script', () => {
    const script = `#!/bin/bash
CLUSTER_NAME=shop
export NODE_LABELS="tier=web,alpha.eksctl.io/nodegroup-name=ng"
/etc/eks/bootstrap.sh "\${CLUSTER_NAME}" --container-runtime containerd \\
  --kubelet-extra-args "--node-labels=\${NODE_LABELS} --register-with-taints=dedicated=web:NoSchedule --max-pods=20"
`
    expect(readUserData(gzipSync(script).toString('base64'))).toEqual({
      ...told,
      taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }],
    })
  })

  it("reads the variables that eksctl's scripts read", () => {
    const config = `#cloud-config
write_files:
- content: |-
    CLUSTER_NAME=shop
    NODE_LABELS=tier=web,alpha.eksctl.io/nodegroup-name=ng
    NODE_TAINTS=dedicated=web:NoSchedule,spot=:PreferNoSchedule
    MAX_PODS=20
  path: /etc/eksctl/kubelet.env
`
    expect(readUserData(encoded(config))).toEqual(told)
  })

  it("reads Bottlerocket's settings", () => {
    const toml = `[settings.kubernetes]
cluster-name = "shop"
api-server = "https://example.eks.amazonaws.com"
max-pods = 20
[settings.kubernetes.node-labels]
tier = "web"
"alpha.eksctl.io/nodegroup-name" = "ng"
[settings.kubernetes.node-taints]
dedicated = ["web:NoSchedule"]
spot = ":PreferNoSchedule"
`
    expect(readUserData(encoded(toml))).toEqual({ ...told, isBottlerocket: true })
  })

  it.each([
    ['nothing', ''],
    ['a script of something else', encoded('#!/bin/bash\nyum install -y nginx\n')],
    ['a NodeConfig that does not parse', encoded('# node.eks.aws\nspec: [')],
    ['what is neither text nor compressed', Buffer.from([0x1f, 0x8b, 0]).toString('base64')],
  ])('finds no cluster in %s', (_, userData) => {
    expect(readUserData(userData)).toMatchObject({ cluster: undefined, labels: {}, taints: [] })
  })

  it.each(['a:b:NoSchedule', 'a=b', 'a=b:Never', ''])('leaves out the taint %j', (taint) => {
    const script = encoded(
      `/etc/eks/bootstrap.sh shop --kubelet-extra-args '--register-with-taints=${taint}'`,
    )
    expect(readUserData(script)).toMatchObject({ cluster: 'shop', taints: [] })
  })
})
