import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readClusterConfig } from './cluster-config-reader.ts'

const original = readFileSync(
  new URL('../../test/fixtures/walkthrough/eks-private-subnet.yaml', import.meta.url),
  'utf8',
)
const head =
  'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: c\n  region: eu-west-1\n'

/** Problems as `line:column severity code: message`. */
function read(text: string): string[] {
  const { problems } = readClusterConfig(text, 'cluster.yaml')
  return problems.map((p) => `${p.line}:${p.column} ${p.severity} ${p.code}: ${p.message}`)
}

describe('the walkthrough', () => {
  it('is read whole and without a word', () => {
    const { located, problems } = readClusterConfig(original, 'cluster.yaml')
    expect(problems).toEqual([])
    expect(located?.config.metadata).toEqual({
      name: 'eksworkshop',
      region: 'ap-southeast-1',
      version: '1.28',
    })
    expect(located?.config.managedNodeGroups?.[0]).toMatchObject({
      instanceType: 't3.xlarge',
      volumeSize: 100,
      iam: { withAddonPolicies: { albIngress: true, xRay: true } },
    })
    expect(located?.config.vpc?.subnets?.private?.['ap-southeast-1b']).toEqual({
      id: 'subnet-031022a6aab9b9e70',
    })
    expect(located?.locate(['managedNodeGroups', 0, 'instanceType'])).toMatchObject({ line: 26, column: 19 })
  })

  it('names the field that was meant', () => {
    expect(read(original.replace('managedNodeGroups', 'managedNodeGroup'))).toEqual([
      '22:1 error unknown-field: unknown field "managedNodeGroup"; did you mean "managedNodeGroups"?',
    ])
    expect(read(original.replace('maxSize', 'maxsize'))).toEqual([
      '29:5 error unknown-field: unknown field "maxsize" in managedNodeGroups[0]; did you mean "maxSize"?',
    ])
  })
})

describe('readClusterConfig', () => {
  it.each([
    [
      'availabilityZone: a\n',
      '6:1 error unknown-field: unknown field "availabilityZone"; did you mean "availabilityZones"?',
    ],
    ['wombat: 1\n', '6:1 error unknown-field: unknown field "wombat"'],
    ['vpc: [a]\n', '6:6 error wrong-type: vpc must be an object, not a list'],
    [
      'availabilityZones: eu-west-1a\n',
      '6:20 error wrong-type: availabilityZones must be a list, not a text',
    ],
    ['iam: {withOIDC: "true"}\n', '6:17 error wrong-type: iam.withOIDC must be true or false, not a text'],
    [
      'managedNodeGroups: [{name: a, volumeSize: 1.5}]\n',
      /volumeSize must be a whole number, not the number 1.5$/,
    ],
    ['managedNodeGroups: [{name: a, minSize: -1}]\n', /minSize must be at least 0, not -1$/],
    ['managedNodeGroups: [{name: a, volumeType: gp4}]\n', /"gp4" is not known; did you mean "gp\d"\?$/],
    [
      'managedNodeGroups: [{instanceType: t3.large}]\n',
      /missing-field: managedNodeGroups\[0\].name is required$/,
    ],
    [
      'fargateProfiles: [{name: a, selectors: [{labels: {a: b}}]}]\n',
      /selectors\[0\].namespace is required$/,
    ],
    [
      'vpc: {id: vpc-1, subnets: {private: {a: {id: sg-1}, b: {id: subnet-1}, c: {id: subnet-2}}}}\n',
      /"sg-1" is not a subnet id such as subnet-0a1b2c3d$/,
    ],
    ['cloudWatch: {clusterLogging: {logRetentionInDays: 2}}\n', /must be one of 1, 3, 5, .*, not 2$/],
    [
      'iam: {withOIDC: true}\nkarpenter: {version: 1.8.1, withSpotInterruptionQueue: true}\n',
      /karpenter.withSpotInterruptionQueue is not supported yet$/,
    ],
    [
      'iam: {withOIDC: true}\nkarpenter: {version: v0.20.0}\n',
      /Karpenter v0.20.0 does not run on any Kubernetes that EKS has; 1.0.5 is the oldest that does$/,
    ],
    [
      'managedNodeGroups: [{name: a, amiFamily: Ubuntu2004}]\n',
      /EKS has no Ubuntu2004 images from Kubernetes 1.30 on$/,
    ],
    [
      'managedNodeGroups: [{name: a, amiFamily: AmazonLinux2}]\n',
      /no AmazonLinux2 images from Kubernetes 1.33 on$/,
    ],
    ['kubernetesNetworkConfig: {ipFamily: IPv6}\n', /the default core addons must be defined for IPv6/],
    [
      'nodeGroups: [{name: a, localZones: [x]}]\n',
      /not-supported: nodeGroups\[0\].localZones is not supported yet$/,
    ],
    ['nodeGroups: [{name: a, minSize: 3, maxSize: 2}]\n', /minSize 3 is above maxSize 2$/],
    ['nodeGroups: [{name: a}]\nmanagedNodeGroups: [{name: a}]\n', /^6:21 .*two node groups are named "a"$/],
    ['nodeGroups: [{name: a, taints: {k: [x]}}]\n', /taints.k must be a text, not a list$/],
    ['autoModeConfig: {enabled: true, nodePools: [gpu]}\n', /invalid NodePool "gpu"$/],
    ['gitops: {flux: {gitProvider: github}}\n', '6:1 error not-supported: gitops is not supported yet'],
    ['outpost: {controlPlaneOutpostARN: x}\n', '6:1 error not-supported: outpost is not supported yet'],
    [
      'iam: {withOIDC: true}\nkarpenter: {version: 1.8.1, verion: 1.8.1}\n',
      /unknown field "verion" in karpenter; did you mean "version"\?$/,
    ],
    [
      'nodeGroups: [{name: a, updateConfig: {maxUnavailable: 1}}]\n',
      /warning field-ignored: nodeGroups\[0\].updateConfig /,
    ],
    [
      'managedNodeGroups: [{name: a, asgSuspendProcesses: [Launching]}]\n',
      /error invalid-value: managedNodeGroups\[0\].asgSuspendProcesses\[0\]: "Launching"/,
    ],
    [
      'nodeGroups: [{name: a, efaEnabled: true}]\n',
      /error invalid-value: node group a: instance type m5.large does not support EFA$/,
    ],
    [
      'managedNodeGroups: [{name: a, minSize: 3, desiredCapacity: 2}]\n',
      /desiredCapacity 2 is below minSize 3$/,
    ],
    [
      'managedNodeGroups: [{name: a, maxSize: 1, desiredCapacity: 2}]\n',
      /desiredCapacity 2 is above maxSize 1$/,
    ],
    ['managedNodeGroups: [{name: a, minSize: 3, maxSize: 2}]\n', /minSize 3 is above maxSize 2$/],
    ['managedNodeGroups: [{name: a}, {name: a}]\n', /two node groups are named "a"$/],
    [
      'managedNodeGroups: [{name: a, instanceType: m5.large, instanceTypes: [c5.large]}]\n',
      /only one of instanceType and instanceTypes/,
    ],
    ['fargateProfiles: [{name: a}, {name: a}]\n', /two Fargate profiles are named "a"$/],
    [
      'iam: {serviceAccounts: [{metadata: {name: a}}]}\n',
      /iam.withOIDC must be true when iam.serviceAccounts is given$/,
    ],
  ])('%j', (text, expected) => {
    const problems = read(head + text)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(expected)
  })

  it('reads the names of image families in any case', () => {
    const { located } = readClusterConfig(
      `${head}nodeGroups: [{name: a, amiFamily: windowsserver2022corecontainer}]\n`,
      'c.yaml',
    )
    expect(located?.config.nodeGroups?.[0]?.amiFamily).toBe('WindowsServer2022CoreContainer')
  })

  it('asks for quotes around a version, as it was written', () => {
    const { problems } = readClusterConfig(`${head}  version: 1.30\n`, 'c.yaml')
    expect(problems).toMatchObject([
      { code: 'wrong-type', line: 6, column: 12, help: 'Put it in quotes: "1.30".' },
    ])
  })

  it.each([
    'autoModeConfig: {enabled: false}\n',
    'autoModeConfig: {enabled: true}\n',
    'privateCluster: {enabled: false}\n',
    'nodeGroups: []\n',
    'nodeGroups: [{name: a, taints: {k: "v:NoSchedule"}}]\n',
    'nodeGroups: [{name: a, taints: [{key: k, effect: NoSchedule}]}]\n',
    'vpc:\n',
    'iam: {serviceAccounts: []}\n',
  ])('has nothing against %j', (text) => {
    expect(read(head + text)).toEqual([])
  })

  it('lists the fields when none is near', () => {
    const { problems } = readClusterConfig(head.replace('  name: c', '  name: c\n  wombat: 1'), 'c.yaml')
    expect(problems[0]?.help).toMatch(/^Fields known here: annotations, .*version\.$/)
  })

  it.each([
    [
      'apiVersion',
      head.replace('v1alpha5', 'v1alpha4'),
      /^1:13 error invalid-value: apiVersion: .* did you mean "eksctl.io\/v1alpha5"/,
    ],
    ['region', head.replace('  region: eu-west-1\n', ''), /missing-field: metadata.region is required/],
    ['name', head.replace('name: c', 'name: c.d'), /"c.d" is not a cluster name/],
  ])('requires %s', (_, text, expected) => {
    expect(read(text)[0]).toMatch(expected)
  })

  it('gives no config when there are errors, and one when there are warnings', () => {
    expect(readClusterConfig(`${head}wombat: 1\n`, 'c.yaml').located).toBeUndefined()
    expect(readClusterConfig(`${head}zonalShiftConfig: {enabled: true}\n`, 'c.yaml').located).toBeDefined()
  })

  it.each([
    [
      'a field that is not supported',
      'outpost: {controlPlaneOutpostARN: x}\n',
      { name: 'c', region: 'eu-west-1' },
    ],
    ['anything else', 'outpost: {controlPlaneOutpostARN: x}\nwombat: 1\n', undefined],
  ])('gives a config to pass over %s with --force', (_, text, metadata) => {
    const { passable } = readClusterConfig(head + text, 'c.yaml')
    expect(passable?.config.metadata).toEqual(metadata)
    expect(passable?.config ?? {}).not.toHaveProperty('outpost')
  })

  it('says when the file holds something else', () => {
    expect(read('kind: Pod\n')).toEqual(['1:1 error no-cluster-config: cluster.yaml holds no ClusterConfig'])
  })
})

describe('several errors', () => {
  it('are told at once, the rules of eksctl among them', () => {
    const text = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: eu-west-1, version: 1.30}
outpost: {etcdInstanceType: m5.large}
managedNodeGroups:
  - {name: a, minSize: 3, maxSize: 2}
  - {instanceType: t3.large}
  - {name: a, volumeSize: many}
`
    const { located, readable, problems } = readClusterConfig(text, 'c.yaml')
    expect(located).toBeUndefined()
    expect(problems.map(({ line, code }) => `${line} ${code}`).toSorted()).toEqual([
      '3 wrong-type',
      '4 not-supported',
      '6 invalid-value',
      '7 missing-field',
      '8 invalid-value',
      '8 wrong-type',
    ])
    expect(readable?.config).toEqual({
      apiVersion: 'eksctl.io/v1alpha5',
      kind: 'ClusterConfig',
      metadata: { name: 'c', region: 'eu-west-1' },
      managedNodeGroups: [{ name: 'a', minSize: 3, maxSize: 2 }, { name: 'a' }],
    })
  })

  it('leave nothing to read without a name', () => {
    const text =
      'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: [], region: eu-west-1}\n'
    expect(readClusterConfig(text, 'c.yaml').readable).toBeUndefined()
  })
})

describe('the version', () => {
  it.each(['auto', 'latest', '1.35'])('may be %s', (version) => {
    const { located, problems } = readClusterConfig(`${head}  version: "${version}"\n`, 'c.yaml')
    expect(problems).toEqual([])
    expect(located?.config.metadata.version).toMatch(/^1\.\d+$/)
  })
})

describe('AmazonLinux2', () => {
  it.each([
    ['1.32', []],
    ['1.33', ['node group a: EKS has no AmazonLinux2 images from Kubernetes 1.33 on']],
  ])('on Kubernetes %s', (version, expected) => {
    const text = `${head}  version: "${version}"\nmanagedNodeGroups: [{name: a, amiFamily: AmazonLinux2}]\n`
    expect(readClusterConfig(text, 'c.yaml').problems.map(({ message }) => message)).toEqual(expected)
  })
})
