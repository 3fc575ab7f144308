import { expect, test } from 'vitest'

import { ebsVolumeLimit } from './volume-limits.ts'

test.each([
  // Nitro types of old share 27 attachments with network interfaces; the root volume is one of them.
  ['t3.xlarge', undefined, {}, 26],
  ['m5.large', { volumes: 1, interfaces: 2 }, {}, 25],
  ['m5.large', { volumes: 3, interfaces: 2 }, {}, 23],
  // Those of today have a limit for volumes alone, which grows with their size.
  ['m7i.large', { volumes: 1, interfaces: 3 }, {}, 31],
  ['m7i.48xlarge', undefined, {}, 127],
  // Before Nitro.
  ['m4.large', undefined, {}, 38],
  // With accelerators or disks of their own there are fewer.
  ['c6id.32xlarge', undefined, {}, 22],
  ['unheard.of', undefined, {}, 26],
  // What the driver is told goes first.
  ['m7i.large', undefined, { limit: 3 }, 3],
  ['m5.large', { volumes: 1, interfaces: 1 }, { reserved: 4 }, 23],
  ['m5.large', { volumes: 40, interfaces: 1 }, {}, 1],
] as const)('%s with %j and %j takes %i', (type, attachments, options, limit) => {
  expect(ebsVolumeLimit(type, attachments, options)).toBe(limit)
})
