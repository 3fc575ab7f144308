import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function said(addons: string): string[] {
  return plan(web, { config: `addons: ${addons}` }).problems.map(
    ({ code, severity, message }) => `${severity} ${code} ${message}`,
  )
}

describe('add-ons', () => {
  it.each(['kubecost_kubecost', 'constructor', 'vpc-cnl'])('refuses %s by name', (name) => {
    expect(said(`[{name: ${name}}]`)).toEqual([`error addon-not-emulated the add-on ${name} is not emulated`])
  })

  it('says what an emulated one lacks', () => {
    expect(said('[{name: aws-efs-csi-driver}]')).toEqual([
      'warning addon-stand-in near, the add-on aws-efs-csi-driver does not do its work: it provisions no volumes, since file systems of EFS are not emulated',
    ])
  })

  it('says which values of one have no effect', () => {
    const values = `'{"enableNetworkPolicy": "true", "nodeAgent": {"enablePolicyEventLogs": "true"}}'`
    expect(said(`[{name: vpc-cni, configurationValues: ${values}}]`)).toEqual([
      'warning addon-stand-in near, nodeAgent in the values of the add-on vpc-cni has no effect: no agent runs on nodes, and none writes down what policies stop',
    ])
  })

  it('has nothing to say of those that do their work', () => {
    expect(said('[{name: vpc-cni}, {name: coredns, version: latest}, {name: kube-proxy}]')).toEqual([])
  })
})
