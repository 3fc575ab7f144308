import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function said(addons: string): string[] {
  return plan(web, { config: `addons: ${addons}` }).problems.map(
    ({ code, severity, message }) => `${severity} ${code} ${message}`,
  )
}

describe('add-ons', () => {
  it.each(['cert-manager', 'constructor', 'vpc-cnl'])('refuses %s by name', (name) => {
    expect(said(`[{name: ${name}}]`)).toEqual([`error addon-not-emulated the add-on ${name} is not emulated`])
  })

  it('says what an emulated one lacks', () => {
    expect(said('[{name: aws-efs-csi-driver}]')).toEqual([
      'warning addon-stand-in near, the add-on aws-efs-csi-driver does not do its work: it provisions no volumes, since file systems of EFS are not emulated',
    ])
  })

  it('has nothing to say of those that do their work', () => {
    expect(said('[{name: vpc-cni}, {name: coredns, version: latest}, {name: kube-proxy}]')).toEqual([])
  })
})
