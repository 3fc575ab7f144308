import { describe, expect, it } from 'vitest'

import { BulkReader, csvFields } from './bulk-list.ts'

const HEADINGS =
  '"SKU","TermType","Unit","PricePerUnit","Currency","Product Family","Instance Type","Tenancy","Operating System","Pre Installed S/W","CapacityStatus","usageType","operation"'
const BOX =
  '"Compute Instance","t3.large","Shared","Linux","NA","Used","APN1-BoxUsage:t3.large","RunInstances"'

function reader(): BulkReader {
  const made = new BulkReader()
  for (const line of [
    '"FormatVersion","v1.0"',
    '"Disclaimer","Informational, for now ""as is"""',
    '"Publication Date","2026-09-11T18:02:33Z"',
    '"Version","20260911180233"',
    '"OfferCode","AmazonEC2"',
    HEADINGS,
  ]) {
    expect(made.read(line)).toBeUndefined()
  }
  return made
}

const other = (usage: string, operation = '', usd = '0.0100000000'): string =>
  `"A","OnDemand","Hrs","${usd}","USD","Other","","","","","","${usage}","${operation}"`

it('takes a line apart at its commas, not at those in quotes', () => {
  expect(csvFields('"a","b, c","say ""d""","",e')).toEqual(['a', 'b, c', 'say "d"', '', 'e'])
  expect(csvFields('"a",""')).toEqual(['a', ''])
})

it('knows when the file was published', () => {
  expect(reader().published).toBe('2026-09-11')
})

describe('the price on a line', () => {
  it.each([
    [
      `"A","OnDemand","Hrs","0.1088000000","USD",${BOX}`,
      { table: 'ec2Hour', instanceType: 't3.large', usd: 0.1088 },
    ],
    [other('APN1-EBS:VolumeUsage.gp3'), { table: 'gp3GbMonth', usd: 0.01 }],
    [other('APN1-NatGateway-Hours', 'NatGateway'), { table: 'natHour', usd: 0.01 }],
    [other('LoadBalancerUsage', 'LoadBalancing'), { table: 'clbHour', usd: 0.01 }],
    [other('LoadBalancerUsage', 'LoadBalancing:Network'), { table: 'nlbHour', usd: 0.01 }],
    [other('EUW2-LoadBalancerUsage', 'LoadBalancing:Application'), { table: 'albHour', usd: 0.01 }],
    [other('APN1-Fargate-vCPU-Hours:perCPU'), { table: 'fargate', rate: 'vcpuHour', usd: 0.01 }],
    [other('Fargate-GB-Hours'), { table: 'fargate', rate: 'gbHour', usd: 0.01 }],
    [other('APN1-Fargate-EphemeralStorage-GB-Hours'), { table: 'fargate', rate: 'storageGbHour', usd: 0.01 }],
  ])('%s', (line, expected) => {
    expect(reader().read(line)).toEqual(expected)
  })

  it.each([
    ['of a reservation', `"A","Reserved","Hrs","0.07","USD",${BOX}`],
    ['in another currency', `"A","OnDemand","Hrs","0.8","CNY",${BOX}`],
    ['that is free', `"A","OnDemand","Hrs","0.0000000000","USD",${BOX}`],
    ['of Windows', `"A","OnDemand","Hrs","0.2","USD",${BOX.replace('Linux', 'Windows')}`],
    ['of a dedicated host', `"A","OnDemand","Hrs","0.2","USD",${BOX.replace('Shared', 'Dedicated')}`],
    ['with SQL Server', `"A","OnDemand","Hrs","0.9","USD",${BOX.replace('"NA"', '"SQL Std"')}`],
    [
      'of reserved capacity',
      `"A","OnDemand","Hrs","0.9","USD",${BOX.replace('Used', 'UnusedCapacityReservation')}`,
    ],
    ['of a Gateway Load Balancer', other('APN1-LoadBalancerUsage', 'LoadBalancing:Gateway')],
    ['of a regional NAT gateway', other('USW2-RegionalNatGateway-Hours')],
    ['of Arm', other('APN1-Fargate-ARM-vCPU-Hours:perCPU')],
    ['of spot', other('USE1-SpotUsage:Fargate-vCPU-Hours:perCPU')],
  ])('%s is none', (_, line) => {
    expect(reader().read(line)).toBeUndefined()
  })
})
