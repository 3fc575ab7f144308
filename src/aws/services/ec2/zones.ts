// Owns the availability zones of regions.

export interface Zone {
  /** `ap-southeast-1a` */
  readonly name: string
  /** `apse1-az2`: the physical zone; which letter stands for it differs from account to account. */
  readonly id: string
}

interface RegionFacts {
  /** Prefix of zone ids. */
  readonly short: string
  readonly letters: string
  /** Physical zones that exist, where the numbering has gaps. */
  readonly numbers?: readonly number[]
}

// "Regions and Availability Zones": zone ids by region. The letters are those that accounts see.
const REGIONS: Readonly<Record<string, RegionFacts>> = {
  'af-south-1': { short: 'afs1', letters: 'abc' },
  'ap-east-1': { short: 'ape1', letters: 'abc' },
  'ap-northeast-1': { short: 'apne1', letters: 'acd', numbers: [4, 1, 2] },
  'ap-northeast-2': { short: 'apne2', letters: 'abcd' },
  'ap-northeast-3': { short: 'apne3', letters: 'abc' },
  'ap-south-1': { short: 'aps1', letters: 'abc' },
  'ap-south-2': { short: 'aps2', letters: 'abc' },
  'ap-southeast-1': { short: 'apse1', letters: 'abc' },
  'ap-southeast-2': { short: 'apse2', letters: 'abc' },
  'ap-southeast-3': { short: 'apse3', letters: 'abc' },
  'ap-southeast-4': { short: 'apse4', letters: 'abc' },
  'ca-central-1': { short: 'cac1', letters: 'abd', numbers: [1, 2, 4] },
  'eu-central-1': { short: 'euc1', letters: 'abc', numbers: [2, 3, 1] },
  'eu-central-2': { short: 'euc2', letters: 'abc' },
  'eu-north-1': { short: 'eun1', letters: 'abc' },
  'eu-south-1': { short: 'eus1', letters: 'abc' },
  'eu-south-2': { short: 'eus2', letters: 'abc' },
  'eu-west-1': { short: 'euw1', letters: 'abc' },
  'eu-west-2': { short: 'euw2', letters: 'abc' },
  'eu-west-3': { short: 'euw3', letters: 'abc' },
  'il-central-1': { short: 'ilc1', letters: 'abc' },
  'me-central-1': { short: 'mec1', letters: 'abc' },
  'me-south-1': { short: 'mes1', letters: 'abc' },
  'sa-east-1': { short: 'sae1', letters: 'abc' },
  'us-east-1': { short: 'use1', letters: 'abcdef' },
  'us-east-2': { short: 'use2', letters: 'abc' },
  'us-west-1': { short: 'usw1', letters: 'ab', numbers: [1, 3] },
  'us-west-2': { short: 'usw2', letters: 'abcd' },
}

/** Names of all regions that are known, in order. */
export function regionNames(): readonly string[] {
  return Object.keys(REGIONS)
}

/** The zones of a region; empty for a region that is not known. */
export function zonesOf(region: string): readonly Zone[] {
  const facts = REGIONS[region]
  if (!facts) return []
  return Array.from(facts.letters).map((letter, index) => ({
    name: region + letter,
    id: `${facts.short}-az${facts.numbers?.[index] ?? index + 1}`,
  }))
}

/** The zone id of a zone's name. */
export function zoneId(region: string, zone: string): string | undefined {
  return zonesOf(region).find(({ name }) => name === zone)?.id
}
