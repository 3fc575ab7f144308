import { expect, it, test } from 'vitest'

import { sampleNode, samplePod } from '../../controllers/testing/samples.ts'
import { imageScores } from './image-locality.ts'

const MIB = 1024 * 1024
const GCR = 'gcr.io'

/** A node that has these images, by name and MiB. */
const node = (name: string, images: Readonly<Record<string, number>>) => {
  const { status, ...rest } = sampleNode(name)
  const listed = Object.entries(images).map(([image, mib]) => ({ names: [image], sizeBytes: mib * MIB }))
  return { ...rest, status: { ...status, images: listed } }
}

const pod = (...images: string[]) =>
  samplePod('p', { spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) } })

// The first two are upstream's own (image_locality_test.go).
it.each([
  [
    'the larger image, and untagged names',
    pod(`${GCR}/40`, `${GCR}/250`),
    [
      { [`${GCR}/40:latest`]: 40, [`${GCR}/300:latest`]: 300, [`${GCR}/2000:latest`]: 2000 },
      { [`${GCR}/250:latest`]: 250, [`${GCR}/10:v1`]: 10 },
    ],
    [0, 5],
  ],
  [
    'no more than is worth drawing',
    pod(`${GCR}/10:v1`, `${GCR}/2000`),
    [
      { [`${GCR}/40:latest`]: 40, [`${GCR}/300:latest`]: 300, [`${GCR}/2000:latest`]: 2000 },
      { [`${GCR}/250:latest`]: 250, [`${GCR}/10:v1`]: 10 },
    ],
    [49, 0],
  ],
  [
    'nodes without images',
    pod(`${GCR}/10:v1`, `${GCR}/2000`),
    [
      { [`${GCR}/600:latest`]: 600, [`${GCR}/40:latest`]: 40, [`${GCR}/900:latest`]: 900 },
      { [`${GCR}/300:latest`]: 300, [`${GCR}/600:latest`]: 600, [`${GCR}/40:latest`]: 40 },
      {},
    ],
    [0, 0, 0],
  ],
])('counts %s', (_, wanting, images, scores) => {
  const nodes = images.map((each, index) => node(`n${index}`, each))
  expect(imageScores(wanting, nodes, nodes)).toEqual(scores)
})

test('spreads over all nodes, not those that fit alone', () => {
  const nodes = Array.from({ length: 10 }, (_none, index) =>
    node(`n${index}`, index === 0 ? { [`${GCR}/900:latest`]: 900 } : {}),
  )
  const wanting = pod(`${GCR}/900`)
  expect(imageScores(wanting, nodes.slice(0, 2), nodes)).toEqual([6, 0])
  expect(imageScores(wanting, nodes.slice(0, 2), nodes.slice(0, 2))).toEqual([43, 0])
})
