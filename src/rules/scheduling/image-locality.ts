// Owns the score of nodes that have the images of a pod already. Pure.
// Source: kubernetes pkg/scheduler/framework/plugins/imagelocality/image_locality.go.
import type { Node, Pod } from '../../../generated/kubernetes.d.ts'

const MAX_SCORE = 100
const MIB = 1024 * 1024
// Less is drawn in no time, and beyond that the score grows no more.
const SMALLEST = 23 * MIB
const LARGEST_PER_CONTAINER = 1000 * MIB

/**
 * The scores of nodes, 0 to 100, in their order; none where no node says which images it has. The size of an image counts
 * as far as it is spread over all nodes of the cluster, so that the first node to have it does not draw all pods.
 */
export function imageScores(pod: Pod, nodes: readonly Node[], all: readonly Node[]): number[] {
  if (!all.some(({ status }) => status?.images?.length)) return []
  const { initContainers = [], containers } = pod.spec
  const wanted = [...initContainers, ...containers].map(({ image = '' }) => normalized(image))
  const holders = new Map<string, number>()
  const known = new Set(wanted)
  const sizesByNode = new Map(all.map((node) => [node, sizesOf(node, known)]))
  for (const image of [...sizesByNode.values()].flatMap((sizes) => [...sizes.keys()])) {
    holders.set(image, (holders.get(image) ?? 0) + 1)
  }
  const largest = LARGEST_PER_CONTAINER * wanted.length
  return nodes.map((node) => {
    const sizes = sizesByNode.get(node) ?? sizesOf(node, known)
    const sum = wanted.reduce((total, image) => {
      const size = sizes.get(image)
      if (size === undefined) return total
      const spread = (holders.get(image) ?? 0) / all.length
      return total + Math.floor(size * spread)
    }, 0)
    const held = Math.min(Math.max(sum, SMALLEST), largest)
    return Math.floor((MAX_SCORE * (held - SMALLEST)) / (largest - SMALLEST))
  })
}

/** What a node's status says of the images that are wanted: their sizes in bytes by name. */
function sizesOf({ status }: Node, wanted: ReadonlySet<string>): ReadonlyMap<string, number> {
  return new Map(
    (status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
      names.filter((name) => wanted.has(name)).map((name) => [name, sizeBytes] as const),
    ),
  )
}

// A name without a tag means the latest one.
function normalized(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
