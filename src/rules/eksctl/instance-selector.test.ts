import { describe, expect, it } from 'vitest'

import { instanceType, typeDetails } from '../nodes/instance-types.ts'
import { selectInstanceTypes, type InstanceSelector } from './instance-selector.ts'

function typesOf(selector: InstanceSelector): readonly string[] {
  const chosen = selectInstanceTypes(selector)
  return 'types' in chosen ? chosen.types : []
}

describe('selectInstanceTypes', () => {
  it('takes exactly what is asked for, by name', () => {
    const types = typesOf({ vCPUs: 2, memory: '4', gpus: 0 })
    expect(types).toContain('c5.large')
    expect(types).toEqual(types.toSorted())
    for (const name of types) {
      expect(instanceType(name)).toMatchObject({ vcpu: 2, memoryMiB: 4096, arch: 'amd64' })
      expect([typeDetails(name).gpus, typeDetails(name).neuron]).toEqual([undefined, undefined])
    }
  })

  it.each<[string, string]>([
    ['4', '4GiB'],
    ['4 GB', '4g'],
    ['4096MiB', '4'],
    ['0.25TiB', '256'],
  ])('reads %s as %s', (text, same) => {
    expect(typesOf({ vCPUs: 2, memory: text, cpuArchitecture: 'amd64' })).toEqual(
      typesOf({ vCPUs: 2, memory: same }),
    )
  })

  it('tells architectures, accelerators and names apart', () => {
    expect(typesOf({ vCPUs: 2, memory: '4', cpuArchitecture: 'arm64' })).toContain('c7g.large')
    expect(typesOf({ gpus: 8, memory: '768' })).toContain('p3dn.24xlarge')
    expect(typesOf({ neuron_devices: 16, allow: '^trn1' })).toEqual(['trn1.32xlarge', 'trn1n.32xlarge'])
    expect(typesOf({ vCPUs: 2, memory: '2GiB', deny: 'a\\.' })).toEqual(['t3.small'])
  })

  it.each<[InstanceSelector, RegExp]>([
    [{ vCPUs: 3 }, /^instance selector criteria matched no instances; /],
    [
      { vCPUs: 2 },
      /^instance selector filters resulted in \d+ instance types, which is greater than .* 40, /,
    ],
    [{ memory: 'much' }, /^invalid value "much" for instanceSelector.memory$/],
    [{ allow: '(' }, /^invalid value "\(" for instanceSelector.allow$/],
  ])('says why %j makes no group', (selector, fault) => {
    const chosen = selectInstanceTypes(selector)
    expect('fault' in chosen ? chosen.fault : chosen.types).toMatch(fault)
  })
})
