// eksctl's own examples, where EKSCTL_EXAMPLES names their directory: each is accepted, or refused for a reason that is known.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { disk } from '../src/config/file-system.ts'
import { readProject } from '../src/config/project.ts'
import { makePlan } from '../src/plan/plan.ts'

const directory = process.env['EKSCTL_EXAMPLES'] ?? ''
/** The day for which versions are judged. */
const TODAY = new Date('2026-11-23T00:00:00Z')

/** AWS has retired what the file asks for, and refuses it there as well. */
const RETIRED: Readonly<Record<string, string>> = {
  '23-kubeflow-spot-instance': 'Kubernetes 1.14 is not known to be available on EKS',
  '25-addons': 'Kubernetes 1.18 is not known to be available on EKS',
  '29-cluster-with-karpenter': 'Kubernetes 1.22 is not known to be available on EKS',
  '30-vpc-with-ip-family': 'Kubernetes 1.21 is not known to be available on EKS',
  '31-override-bootstrap-command-unmanaged-nodegroup': 'Kubernetes 1.21 is not known to be available on EKS',
  '37-outposts-fully-private': 'Kubernetes 1.21 is not known to be available on EKS',
}

/** It would fail on AWS for want of something in the account, or by what the file says. */
const UNFIT: Readonly<Record<string, string>> = {
  // eksctl's own words.
  '05-advanced-nodegroups':
    'overrideBootstrapCommand is required when using a custom AMI based on AmazonLinux2',
  '33-local-zones': 'localZones is not supported yet',
  '35-iamidentitymappings': 'iamIdentityMappings[2].serviceName is not supported yet',
  '35-outposts': 'outpost is not supported yet',
  '36-outposts-vpc': 'outpost is not supported yet',
  // The API has Replace, Reboot and NoAction.
  '44-node-repair': 'repairAction: "Terminate" is not known',
}

/** AWS does it, and Neargate does not. */
const NOT_EMULATED: Readonly<Record<string, string>> = {
  '12-gitops-toolkit': 'gitops is not supported yet',
  '47-auto-mode-with-ack-kro-capabilities': 'capabilities is not supported yet',
  '48-auto-mode-with-argocd-capabilities': 'capabilities is not supported yet',
}

const refused = { ...RETIRED, ...UNFIT, ...NOT_EMULATED }
const names =
  directory === '' ? [] : readdirSync(directory).flatMap((file) => file.match(/^(.+)\.yaml$/)?.[1] ?? [])

describe.skipIf(directory === '')('the examples of eksctl', () => {
  it('are all looked at', () => {
    expect(names.length).toBeGreaterThanOrEqual(49)
    expect(Object.keys(refused).filter((name) => !names.includes(name))).toEqual([])
  })

  it.each(names)('%s', (name) => {
    const { problems } = makePlan(readProject([join(directory, `${name}.yaml`)], disk), {
      today: TODAY,
      target: 'near',
    })
    const errors = problems.filter(({ severity }) => severity === 'error')
    const reason = refused[name]
    if (reason === undefined) expect(errors).toEqual([])
    else expect(errors.map(({ message }) => message)).toContainEqual(expect.stringContaining(reason))
    // Whatever is refused comes with what to do.
    expect(errors.filter(({ help }) => help === '')).toEqual([])
  })
})
