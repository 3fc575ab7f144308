// Owns the archive by which an engine takes an image that no registry has (the format of `docker save`).

import { sha256Hex } from '../../base/sha256.ts'
import { tarOf, type TarEntry } from './tar.ts'

export interface ImageContent {
  /** Name and tag. */
  readonly tag: string
  /** `amd64`, `arm64` */
  readonly architecture: string
  readonly files: readonly TarEntry[]
  /** As in an image's configuration: Entrypoint, Cmd, Env, Labels, …. */
  readonly config: Readonly<Record<string, unknown>>
}

/** An image of one layer, ready for `images/load`. */
export function imageArchive({ tag, architecture, files, config }: ImageContent): Buffer {
  const layer = tarOf([...parentsOf(files), ...files])
  const description = json({
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256Hex(layer)}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'neargate' }],
    created: '1970-01-01T00:00:00Z',
  })
  const name = `${sha256Hex(description)}.json`
  return tarOf([
    { name, data: description },
    { name: 'layer.tar', data: layer },
    { name: 'manifest.json', data: json([{ Config: name, RepoTags: [tag], Layers: ['layer.tar'] }]) },
  ])
}

// Docker makes a directory that the archive does not have for root alone.
function parentsOf(files: readonly TarEntry[]): TarEntry[] {
  const present = new Set(files.map(({ name }) => name))
  const parents = files.flatMap(({ name }) => {
    const parts = name.split('/').slice(0, -1)
    return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)
  })
  return [...new Set(parents)].filter((name) => !present.has(name)).map((name) => ({ name, mode: 0o755 }))
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
